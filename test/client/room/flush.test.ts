/**
 * When a room is flushed to Postgres: when idle, before commits have waited too long, and when the last
 * client leaves.
 */
import { expect, it } from 'vitest'
import { append, ownPlace, POLL } from '../support/people.ts'

const NEVER = '600000'

const here = ownPlace({ vars: { FLUSH_IDLE_MS: NEVER, FLUSH_MAX_AGE_MS: NEVER } })

function stored(room: string, path: string): Promise<{ text: string }[]> {
  return here.stack.query('select text from files where room = $1 and path = $2', [room, path])
}

it('flushes a room that was made and never joined', async () => {
  const name = await here.make({ 'a.txt': 'a' })
  await expect.poll(() => stored(name, 'a.txt'), POLL).toEqual([{ text: 'a' }])
})

it('flushes at once when the last client leaves, and not before', async () => {
  const name = await here.make({ 'a.txt': '' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  append(await ann.room.open('a.txt'), 'ann')
  await ann.room.settled()
  ann.room.close()
  await expect.poll(async () => (await here.status(name)).people, POLL).toBe(1)
  append(await bob.room.open('a.txt'), ' and bob')
  await bob.room.settled()
  const { seq, flushed } = await here.status(name)
  expect(flushed).toBeLessThan(seq)
  bob.room.close()
  await here.flushed(name)
  expect(await stored(name, 'a.txt')).toEqual([{ text: 'ann and bob' }])
})

it('flushes when the last client is cut off', async () => {
  const name = await here.make({ 'a.txt': '' })
  const { room, network } = await here.join(name)
  append(await room.open('a.txt'), 'ann')
  await room.settled()
  network.cut()
  await here.flushed(name)
  expect(await stored(name, 'a.txt')).toEqual([{ text: 'ann' }])
})

it('flushes an idle room while people stay', async () => {
  await here.stack.restart({ FLUSH_IDLE_MS: '200', FLUSH_MAX_AGE_MS: NEVER })
  const name = await here.make({ 'a.txt': '' })
  const { room } = await here.join(name)
  append(await room.open('a.txt'), 'ann')
  await room.settled()
  await here.flushed(name)
  expect(await stored(name, 'a.txt')).toEqual([{ text: 'ann' }])
  expect((await here.status(name)).people).toBe(1)
})

it('flushes a busy room when its oldest commit has waited long enough', async () => {
  await here.stack.restart({ FLUSH_IDLE_MS: NEVER, FLUSH_MAX_AGE_MS: '400' })
  const name = await here.make({ 'a.txt': '' })
  const { room } = await here.join(name)
  const file = await room.open('a.txt')
  append(file, '<first>')
  await room.settled()
  const { seq } = await here.status(name)
  const flushed = async () => {
    append(file, '.')
    await room.settled()
    return (await here.status(name)).flushed
  }
  await expect.poll(flushed, POLL).toBeGreaterThanOrEqual(seq)
  expect((await stored(name, 'a.txt'))[0]?.text).toMatch(/^<first>\.+$/)
})

it('flushes what was not flushed when the machine died', async () => {
  await here.stack.restart({ FLUSH_IDLE_MS: '1000', FLUSH_MAX_AGE_MS: NEVER })
  const name = await here.make({ 'a.txt': '' })
  const { room, network } = await here.join(name)
  append(await room.open('a.txt'), 'ann')
  await room.settled()
  await here.stack.restart()
  network.cut()
  await expect.poll(() => stored(name, 'a.txt'), POLL).toEqual([{ text: 'ann' }])
})
