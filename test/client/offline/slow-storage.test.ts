/**
 * A storage that does not answer, answers late or fails: the room is joined anyway, and stored work is not
 * lost.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { connect } from '../../../client/index.ts'
import { MemoryStorage } from '../../support/memory-storage.ts'
import { secretOf } from '../../support/secrets.ts'
import { type Request, SlowStorage } from '../../support/slow-storage.ts'
import { append, count, has, place } from '../support/people.ts'

const here = place({ withoutDatabase: true })
const token = secretOf('ann')
const BEFORE: readonly Request[] = ['clients', 'hold', 'read', 'write']
/** Half of it is for the storage. */
const connectMs = 2_000

/** A room, and a storage with work of an earlier page that the room does not have. */
async function withWork() {
  const name = await here.make({ 'a.txt': '' })
  const memory = new MemoryStorage()
  const { room, network } = await here.join(name, { storage: memory, token })
  const file = await room.open('a.txt')
  network.cut()
  append(file, '<before>')
  await memory.until((kept) => kept.includes('<before>'))
  memory.crash()
  return { name, memory, storage: new SlowStorage(memory) }
}

it.each(BEFORE)('is joined and works while the storage never answers `%s`', async (request) => {
  const { name, storage, memory } = await withWork()
  const { room } = await here.join(name, { storage: storage.hang(request), token, connectMs })
  const errors: Error[] = []
  room.on('error', (error) => errors.push(error))
  expect(errors).toMatchObject([{ code: 'storage', message: expect.stringContaining('no answer') }])
  const file = await room.open('a.txt')
  append(file, '<today>')
  await room.settled()
  expect(file.text).toBe('<today>')
  await room.close()
  expect(memory.kept).toContain('<before>')
})

it.each(BEFORE)(
  'resumes earlier work once the storage answers `%s`, and stores new work',
  async (request) => {
    const { name, storage, memory } = await withWork()
    const { room, network } = await here.join(name, { storage: storage.hang(request), token, connectMs })
    const file = await room.open('a.txt')
    append(file, '<today>')
    await room.settled()
    storage.release()
    await has(file, '<before>', '<today>')
    await memory.until((kept) => kept === '[]')
    network.hold()
    append(file, '<later>')
    await memory.until((kept) => kept.includes('<later>'))
    network.release()
    await room.settled()
    expect(['<before>', '<today>', '<later>'].map((word) => count(file.text, word))).toEqual([1, 1, 1])
    await room.close()
    expect(storage.held).toBe(0)
  },
)

it.each(BEFORE)('is joined where the storage fails at `%s`, and reports it', async (request) => {
  const { name, storage, memory } = await withWork()
  const { room } = await here.join(name, { storage: storage.fail(request), token, connectMs })
  const errors: Error[] = []
  room.on('error', (error) => errors.push(error))
  expect(errors[0]).toMatchObject({ code: 'storage', message: expect.stringContaining(`${request} fails`) })
  append(await room.open('a.txt'), '<today>')
  await room.settled()
  expect(memory.kept).toContain('<before>')
  await room.close()
  expect(storage.held).toBe(0)
})

it('rejects in time when neither the storage nor the room answers', async () => {
  const storage = new SlowStorage(new MemoryStorage()).hang(...BEFORE)
  const socket = () => {
    throw new Error('no network')
  }
  const joining = connect({ url: here.stack.url, room: 'nowhere', token, storage, socket, connectMs: 300 })
  const ended = await Promise.race([joining.catch((error) => error), delay(10_000, 'nothing')])
  expect(ended).toMatchObject({ code: 'unreachable' })
})

it('hands back at the end what an unresponsive storage cannot store, and does not send it as well', async () => {
  const name = await here.make({ 'a.txt': '' })
  const memory = new MemoryStorage()
  const storage = new SlowStorage(memory)
  const { room, network } = await here.join(name, { storage, token })
  const file = await room.open('a.txt')
  network.cut()
  storage.hang('write')
  append(file, '<typed>')
  const handedBack: unknown[] = []
  room.on('unsynced', (event) => handedBack.push(event))
  await storage.until('write')
  await room.close()
  expect(handedBack).toMatchObject([{ reason: 'ended', kept: false, text: '<typed>' }])
  storage.release()
  await expect.poll(() => storage.held).toBe(0)
  expect(memory.kept).toBe('[]')
})
