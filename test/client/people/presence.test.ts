/**
 * Presence: cursors in units of the local text, which move with the text and disappear with their people.
 */
import { expect, it } from 'vitest'
import type { Room } from '../../../client/index.ts'
import { has, place, reads, sees, type } from '../support/people.ts'

const here = place({ withoutDatabase: true })

/** Two clients in a room with one open file; the second sees the first. */
async function two(text: string) {
  const name = await here.make({ 'a.txt': text, 'b.txt': '' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  await sees(bob, (peers) => peers.length === 1)
  return { name, ann, bob, hers, his }
}

/** The head of the only selection of the only peer here. */
function cursor(room: Room): number | undefined {
  return room.peers[0]?.selections[0]?.head
}

it('[P2] shows new peers, and those who were here before', async () => {
  const { ann, bob } = await two('')
  await sees(ann, (peers) => peers.length === 1)
  for (const [one, other] of [
    [ann, bob],
    [bob, ann],
  ] as const) {
    const { user, name, color, session } = other.room.me
    const who = { session, client: expect.any(String), user, name, color, role: 'editor' }
    const where = { file: null, selections: [], viewport: null, data: {} }
    expect(one.room.peers).toEqual([{ ...who, ...where }])
  }
})

it('[P1] [U1] shows selections in UTF-16 units, whatever the width of characters before them', async () => {
  const { ann, bob, hers } = await two('😀😀 héllo 漢字')
  const selections = [
    { anchor: 2, head: 4 },
    { anchor: 13, head: 5 },
  ]
  ann.room.setPresence({ file: hers.file, selections, data: { typing: true } })
  await sees(bob, ([peer]) => peer?.selections.length === 2)
  expect(bob.room.peers).toMatchObject([{ file: hers.file, selections, data: { typing: true } }])
})

it('[P3] moves a peer’s cursor with remote and local typing', async () => {
  const { ann, bob, hers, his } = await two('one two')
  ann.room.setPresence({ file: hers.file, selections: [{ anchor: 4, head: 4 }] })
  await sees(bob, () => cursor(bob.room) === 4)
  type(his, 0, '😀')
  expect(cursor(bob.room)).toBe(6)
  await reads(hers, '😀one two')
  type(hers, 0, '>>')
  await has(his, '>>')
  expect(cursor(bob.room)).toBe(8)
  type(his, 8, '!')
  expect(cursor(bob.room)).toBe(8)
  await bob.room.settled()
  expect([his.text, cursor(bob.room)]).toEqual(['>>😀one !two', 8])
})

it('[P2] moves a cursor that was sent while others typed to its place', async () => {
  const { ann, bob, hers, his } = await two('one two')
  bob.network.hold()
  type(his, 0, 'zero ')
  ann.room.setPresence({ file: hers.file, selections: [{ anchor: 4, head: 7 }] })
  await expect.poll(() => ann.network.sent.some((frame) => JSON.parse(frame).type === 'presence')).toBe(true)
  bob.network.release()
  await sees(bob, ([peer]) => peer?.selections.length === 1)
  await reads(hers, 'zero one two')
  await bob.room.settled()
  expect(bob.room.peers[0]?.selections).toEqual([{ anchor: 9, head: 12 }])
})

it('emits `peers` when text moved a cursor', async () => {
  const { ann, bob, hers, his } = await two('one')
  ann.room.setPresence({ file: hers.file, selections: [{ anchor: 3, head: 3 }] })
  await sees(bob, () => cursor(bob.room) === 3)
  const moved = sees(bob, () => cursor(bob.room) === 5)
  type(hers, 0, '> ')
  await moved
  expect(his.text).toBe('> one')
})

it('follows a peer into another file, whose selections show once it is open here', async () => {
  const { ann, bob, hers } = await two('one')
  ann.room.setPresence({ file: hers.file, selections: [{ anchor: 1, head: 1 }] })
  await sees(bob, () => cursor(bob.room) === 1)
  const other = await ann.room.open('b.txt')
  type(other, 0, 'abc')
  ann.room.setPresence({ file: other.file, selections: [{ anchor: 2, head: 3 }] })
  await sees(bob, ([peer]) => peer?.file === other.file)
  await ann.room.settled()
  expect(bob.room.peers[0]?.selections).toEqual([])
  await has(await bob.room.open('b.txt'), 'abc')
  // Inside text that is not acked yet a selection collapses; it is right after the ack.
  await sees(bob, ([peer]) => peer?.selections[0]?.anchor === 2 && peer.selections[0].head === 3)
})

it('[P2] removes a peer who closed', async () => {
  const { ann, bob } = await two('')
  ann.room.close()
  await sees(bob, (peers) => peers.length === 0)
})

it('[P2] removes a peer who was cut off, and shows them again in place when they are back', async () => {
  const { ann, bob, hers } = await two('one')
  ann.room.setPresence({ file: hers.file, selections: [{ anchor: 1, head: 2 }], data: { mood: 'fine' } })
  await sees(bob, () => cursor(bob.room) === 2)
  const { session } = ann.room.me
  ann.network.cut()
  expect(ann.room.peers).toEqual([])
  await sees(bob, (peers) => peers.length === 0)
  ann.network.restore()
  await sees(bob, () => cursor(bob.room) === 2)
  expect(bob.room.peers).toMatchObject([{ data: { mood: 'fine' }, selections: [{ anchor: 1, head: 2 }] }])
  expect(bob.room.peers[0]?.session).not.toBe(session)
  await sees(ann, (peers) => peers.length === 1)
})

it('[P4] does not write to the log', async () => {
  const { name, ann, bob, hers } = await two('one')
  const { seq } = await here.status(name)
  ann.room.setPresence({ file: hers.file, selections: [{ anchor: 3, head: 0 }] })
  await sees(bob, () => cursor(bob.room) === 0)
  expect((await here.status(name)).seq).toBe(seq)
})
