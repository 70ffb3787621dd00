/** Without a database a room lives only in its object: everything works, and the log says so once. */
import { expect, it } from 'vitest'
import { append, ownPlace, reads } from '../support/people.ts'

const here = ownPlace({ withoutDatabase: true, vars: { FLUSH_IDLE_MS: '0', FLUSH_MAX_AGE_MS: '0' } })

it('works, survives its machine, and logs once that there is no database', async () => {
  const name = await here.make({ 'a.txt': 'a' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  append(hers, '1')
  await reads(his, 'a1')
  ann.room.create('b.txt', 'b')
  await ann.room.settled()
  const { seq, flushed } = await here.status(name)
  expect([seq, flushed]).toEqual([3, null])
  await here.stack.restart()
  append(his, '2')
  await bob.room.settled()
  await reads(hers, 'a12')
  here.leave()
  await expect.poll(async () => (await here.status(name)).people).toBe(0)
  expect(await here.read(name, 'b.txt')).toBe('b')
  // Once per life of workerd.
  expect(here.stack.logs.filter((line) => line.includes('DATABASE_URL is not set'))).toHaveLength(2)
  expect(here.stack.logs).toHaveLength(2)
})

it('answers 409 for a room that exists and 404 for one that does not', async () => {
  expect((await here.post({ room: 'here' })).status).toBe(201)
  expect((await here.post({ room: 'here' })).status).toBe(409)
  expect((await fetch(`${here.stack.url}/api/rooms/elsewhere`)).status).toBe(404)
})

it('throws when a test asks for the missing database', () => {
  expect(() => here.stack.database).toThrow('no database')
})
