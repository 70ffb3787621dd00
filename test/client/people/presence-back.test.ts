/** Cursors after a lost connection, and after the room itself was unloaded: each in its place, at once. */
import { expect, it } from 'vitest'
import type { Room } from '../../../client/index.ts'
import { append, has, ownPlace, reads, sees, type, until } from '../support/people.ts'

const here = ownPlace({ vars: { GRACE_MS: '0', FLUSH_IDLE_MS: '0' } })

/** The head of the only remote selection. */
function cursorOf(room: Room, user: string): number | undefined {
  return room.peers.find((peer) => peer.user === user)?.selections[0]?.head
}

/** Ann with her cursor in a file, and Bob who sees it; both have more than the first commit. */
async function two(text: string) {
  const name = await here.make({ 'a.txt': text })
  const token = (who: string) => `${who} of this test, whose secret is long enough`.replaceAll(/[ ,]/g, '-')
  const [ann, bob] = [
    await here.join(name, { token: token('ann') }),
    await here.join(name, { token: token('bob') }),
  ]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  append(hers, '.')
  await ann.room.settled()
  await has(his, '.')
  ann.room.setPresence({ file: hers.file, selections: [{ anchor: 3, head: 3 }] })
  await sees(bob, () => cursorOf(bob.room, ann.room.me.user) === 3)
  return { name, ann, bob, hers, his }
}

it('[P3] [H6] a cursor is in its place after a short loss, and not moved twice by missed commits', async () => {
  const { ann, bob, hers, his } = await two('one two')
  bob.network.cut()
  type(hers, 0, 'zero ')
  await ann.room.settled()
  const seen: (number | undefined)[] = []
  bob.room.on('peers', () => {
    const cursor = cursorOf(bob.room, ann.room.me.user)
    if (cursor !== undefined && his.text === hers.text) seen.push(cursor)
  })
  bob.network.restore()
  await reads(his, 'zero one two.')
  await sees(bob, () => cursorOf(bob.room, ann.room.me.user) !== undefined)
  expect([...new Set(seen)]).toEqual([8])
})

it('[P3] a cursor is already moved when listeners of the change are called', async () => {
  const { ann, bob, hers, his } = await two('one two')
  const seen: (number | undefined)[] = []
  his.on('change', () => seen.push(cursorOf(bob.room, ann.room.me.user)))
  type(hers, 0, '> ')
  await has(his, '> ')
  type(his, 0, '>')
  expect(seen).toEqual([5, 6])
})

it('[P2] a cursor shows again after the room was unloaded and loaded', async () => {
  const { name, ann, bob, hers, his } = await two('one two')
  await here.flushed(name)
  for (const { network } of [ann, bob]) network.cut()
  await here.stack.forget()
  for (const { network } of [ann, bob]) network.restore()
  await sees(bob, () => cursorOf(bob.room, ann.room.me.user) === 3)
  type(his, 0, '> ')
  await bob.room.settled()
  await has(hers, '> ')
  expect(cursorOf(bob.room, ann.room.me.user)).toBe(5)
  const carol = await here.join(name)
  await carol.room.open('a.txt')
  await sees(carol, () => cursorOf(carol.room, ann.room.me.user) === 5)
})

it('[P2] a cursor shows again when the missed commits are only in the archive', async () => {
  const { name, ann, bob, hers, his } = await two('one two')
  ann.network.cut()
  type(his, 0, '> ')
  await bob.room.settled()
  await here.flushed(name)
  bob.network.cut()
  await here.stack.forget()
  bob.network.restore()
  await until(bob.room, ['status'], () => bob.room.status.status === 'connected')
  ann.network.restore()
  await reads(hers, '> one two.')
  await sees(bob, () => cursorOf(bob.room, ann.room.me.user) === 5)
  type(his, 0, '>')
  await bob.room.settled()
  expect(cursorOf(bob.room, ann.room.me.user)).toBe(6)
})

it('[P2] a cursor shows again when the missed commits are large and arrive slowly', async () => {
  const { name, ann, bob, hers, his } = await two('one two')
  ann.network.cut()
  type(his, 0, 'x'.repeat(40_000))
  await bob.room.settled()
  await here.flushed(name)
  bob.network.cut()
  await here.stack.forget()
  bob.network.restore()
  await until(bob.room, ['status'], () => bob.room.status.status === 'connected')
  ann.network.restore()
  await has(hers, 'xone two.')
  await sees(bob, () => cursorOf(bob.room, ann.room.me.user) === 40_003)
})
