/** Messages with an old seq, in a room that has just woken: S5, P2. */
import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { makeRoom, RawClient } from '../raw-client.ts'

it('[S5] commits since an old base are read from disk after waking', async () => {
  const room = await makeRoom({ 'a.txt': 'abc' })
  const anna = await RawClient.join(room)
  const file = anna.fileAt('a.txt')
  for (let i = 0; i < 20; i++) await anna.commit([{ type: 'edit', file, op: ['x'] }])
  await anna.commit([{ type: 'create', file: 'large', path: 'large.txt', text: 'x'.repeat(100_000) }])
  await evictDurableObject(env.ROOM.getByName(room))
  const ben = await RawClient.join(room)
  ben.send({ type: 'submit', n: 1, base: 1, changes: [{ type: 'edit', file, op: [1, 'y'] }] })
  expect(await ben.receive('commit')).toMatchObject({ entries: [{ changes: [{ op: [21, 'y'] }] }] })
})
