/** The room’s machine is killed: acked work is there, other work arrives, and nothing arrives twice. */
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { OpenFile, Room } from '../../../client/index.ts'
import { append, count, lists, ownPlace, reads } from '../support/people.ts'

const here = ownPlace({ vars: { FLUSH_IDLE_MS: '600000', FLUSH_MAX_AGE_MS: '600000' } })

it('[C2] resolves `settled` only for what a machine dying at that moment keeps', async () => {
  const name = await here.make({ 'a.txt': '' })
  const ann = await here.join(name)
  const file = await ann.room.open('a.txt')
  append(file, 'kept')
  ann.room.create('b.txt', 'too')
  await ann.room.settled()
  await here.stack.restart()
  ann.network.cut()
  expect(await here.read(name, 'a.txt')).toBe('kept')
  expect(await here.read(name, 'b.txt')).toBe('too')
})

it('[S3] [C2] keeps each acked edit once when the machine dies while two people type', async () => {
  const name = await here.make({ 'a.txt': '' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  let typing = true
  const tokens: string[] = []
  const write = async (who: string, room: Room, file: OpenFile) => {
    for (let i = 0; typing || i < 50; i++) {
      const token = `<${who} ${i}>`
      tokens.push(token)
      append(file, token)
      // Sometimes in step with the room, sometimes ahead of it.
      if (i % 4 === 0) await room.settled()
      else await turn()
    }
  }
  const writing = Promise.all([write('ann', ann.room, hers), write('bob', bob.room, his)])
  await reached(() => tokens.length > 40)
  await here.stack.restart()
  const before = tokens.length
  await reached(() => tokens.length > before + 40)
  typing = false
  await writing
  await Promise.all([ann.room.settled(), bob.room.settled()])
  const text = await here.read(name, 'a.txt')
  await Promise.all([reads(hers, text), reads(his, text)])
  expect(ann.network.attempts.length).toBeGreaterThan(1)
  expect(tokens.filter((token) => count(text, token) !== 1)).toEqual([])
  expect(text.length).toBe(tokens.join('').length)
})

it('[H6] loads a room from Postgres after its machine lost everything, and its people go on', async () => {
  const name = await here.make({ 'a.txt': 'a', 'b.txt': 'b' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const hers = await ann.room.open('a.txt')
  append(hers, '1')
  ann.room.create('c.txt', 'c')
  ann.room.remove('b.txt')
  await ann.room.settled()
  const his = await bob.room.open('a.txt')
  const { seq } = await here.status(name)
  for (const { network } of [ann, bob]) network.cut()
  await here.flushed(name)
  append(hers, '<unsent of ann>')
  append(his, '<unsent of bob>')
  bob.room.create('d.txt', 'd')
  await here.stack.forget()
  for (const { network } of [ann, bob]) network.restore()
  await Promise.all([ann.room.settled(), bob.room.settled()])
  const text = await here.read(name, 'a.txt')
  expect([count(text, '<unsent of ann>'), count(text, '<unsent of bob>'), text.length]).toEqual([1, 1, 32])
  await Promise.all([reads(hers, text), reads(his, text)])
  await Promise.all([ann, bob].map(({ room }) => lists(room, 'a.txt', 'c.txt', 'd.txt')))
  expect(await here.read(name, 'c.txt')).toBe('c')
  expect((await here.status(name)).seq).toBeGreaterThan(seq)
})

it('[S3] knows a client’s submissions after being loaded from Postgres', async () => {
  const name = await here.make({ 'a.txt': '' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  ann.network.deafen()
  append(hers, '<once>')
  await reads(his, '<once>')
  for (const { network } of [ann, bob]) network.cut()
  await here.flushed(name)
  await here.stack.forget()
  append(hers, '<then>')
  ann.network.restore()
  await ann.room.settled()
  expect(await here.read(name, 'a.txt')).toBe('<once><then>')
  await reads(hers, '<once><then>')
})

/** Yields to the other clients until the condition holds. */
async function reached(holds: () => boolean): Promise<void> {
  while (!holds()) await turn()
}
