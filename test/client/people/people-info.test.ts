/**
 * The people of a room with their windows, and their viewports in units of the local text, sent no more
 * often than needed.
 */
import { describe, expect, it } from 'vitest'
import type { PersonInfo, Room } from '../../../client/index.ts'
import { has, type OwnedRoom, type Person, place, reads, type, until } from '../support/people.ts'

const here = place({ withoutDatabase: true })

async function joinAs(owned: OwnedRoom, name: string, role: 'editor' | 'viewer' = 'editor'): Promise<Person> {
  const token = await here.invite(owned, { role, user: name.toLowerCase(), name })
  return here.join(owned.room, { token })
}

function sees({ room }: Person, holds: (people: readonly PersonInfo[]) => boolean): Promise<void> {
  return until(room, ['peers', 'policy'], () => holds(room.people))
}

function named(room: Room, name: string): PersonInfo | undefined {
  return room.people.find((person) => person.name === name)
}

describe('the people of a room', () => {
  it('are listed once each with their role, this user first and the others by name', async () => {
    const owned = await here.own({}, { name: 'Nora' })
    const owner = await here.join(owned.room, { token: owned.token })
    const zoe = await joinAs(owned, 'Zoe')
    const adam = await joinAs(owned, 'Adam', 'viewer')
    for (const person of [owner, zoe, adam]) await sees(person, ({ length }) => length === 3)
    const list = ({ room }: Person) => room.people.map(({ name, role, isMe }) => [name, role, isMe])
    expect(list(owner)).toEqual([
      ['Nora', 'owner', true],
      ['Adam', 'viewer', false],
      ['Zoe', 'editor', false],
    ])
    expect(list(zoe)).toEqual([
      ['Zoe', 'editor', true],
      ['Adam', 'viewer', false],
      ['Nora', 'owner', false],
    ])
    const { user, name, color } = zoe.room.me
    expect(named(adam.room, 'Zoe')).toMatchObject({ user, name, color, sessions: [{ user, name, color }] })
  })

  it('have their windows, the most recently active first; for this user, the others', async () => {
    const owned = await here.own({ 'a.txt': 'one', 'b.txt': 'two' })
    const owner = await here.join(owned.room, { token: owned.token })
    const [one, two] = [await joinAs(owned, 'Zoe'), await joinAs(owned, 'Zoe')]
    const [a, b] = [await one.room.open('a.txt'), await two.room.open('b.txt')]
    await sees(owner, () => named(owner.room, 'Zoe')?.sessions.length === 2)
    const windows = () => named(owner.room, 'Zoe')?.sessions.map(({ file }) => file)
    one.room.setPresence({ file: a.file })
    await sees(owner, () => windows()?.[0] === a.file)
    two.room.setPresence({ file: b.file })
    await sees(owner, () => windows()?.[0] === b.file)
    expect(windows()).toEqual([b.file, a.file])
    one.room.setPresence({ selections: [{ anchor: 1, head: 1 }] })
    await sees(owner, () => windows()?.[0] === a.file)
    await sees(one, ([me]) => me?.sessions.length === 1)
    expect(one.room.people[0]).toMatchObject({
      isMe: true,
      sessions: [{ session: two.room.me.session, file: b.file }],
    })
  })

  it('keep the order of their windows over a role change and a reconnect', async () => {
    const owned = await here.own({ 'a.txt': 'one' })
    const owner = await here.join(owned.room, { token: owned.token })
    const [one, two] = [await joinAs(owned, 'Zoe'), await joinAs(owned, 'Zoe')]
    const { file } = await one.room.open('a.txt')
    await sees(owner, () => named(owner.room, 'Zoe')?.sessions.length === 2)
    for (const { room } of [two, one]) {
      room.setPresence({ file })
      const latest = () => named(owner.room, 'Zoe')?.sessions[0]
      await sees(owner, () => latest()?.session === room.me.session && latest()?.file === file)
    }
    owner.room.setRole('zoe', 'viewer')
    await sees(owner, () => named(owner.room, 'Zoe')?.role === 'viewer')
    expect(named(owner.room, 'Zoe')?.sessions[0]?.session).toBe(one.room.me.session)
    owner.network.cut()
    expect(owner.room.people).toMatchObject([{ isMe: true, role: 'owner' }])
    owner.network.restore()
    await sees(owner, () => named(owner.room, 'Zoe')?.sessions.length === 2)
    expect(named(owner.room, 'Zoe')?.sessions[0]?.session).toBe(one.room.me.session)
  })

  it('show a new role as soon as the owner has decided, here and for everybody else', async () => {
    const owned = await here.own({ 'a.txt': 'one' })
    const owner = await here.join(owned.room, { token: owned.token })
    const [zoe, adam] = [await joinAs(owned, 'Zoe'), await joinAs(owned, 'Adam')]
    await sees(adam, ({ length }) => length === 3)
    owner.room.setMode('classroom')
    await sees(adam, (people) => people.filter(({ role }) => role === 'viewer').length === 2)
    owner.room.setRole(zoe.room.me.user, 'editor')
    await sees(adam, () => named(adam.room, 'Zoe')?.role === 'editor')
    expect(adam.room.people.map(({ role }) => role).sort()).toEqual(['editor', 'owner', 'viewer'])
  })
})

describe('a viewport', () => {
  /** Two clients with one open file; the second sees the first. */
  async function two(text: string) {
    const owned = await here.own({ 'a.txt': text, 'b.txt': 'two' })
    const [ann, bob] = [await here.join(owned.room, { token: owned.token }), await here.join(owned.room)]
    const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
    await sees(bob, ({ length }) => length === 2)
    return { owned, ann, bob, hers, his }
  }

  const viewport = ({ room }: Person) => room.peers[0]?.viewport

  function showing(person: Person, anchor: number, head: number): Promise<void> {
    return sees(person, () => viewport(person)?.anchor === anchor && viewport(person)?.head === head)
  }

  /** Presence messages sent from here. */
  const sent = ({ network }: Person) =>
    network.sent.filter((frame) => JSON.parse(frame).type === 'presence').map((frame) => JSON.parse(frame))

  it('[P1] [U1] is sent with the rest, and shown in UTF-16 units', async () => {
    const { ann, bob, hers } = await two('😀😀 héllo 漢字')
    ann.room.setPresence({ file: hers.file, viewport: { anchor: 2, head: 13 } })
    await showing(bob, 2, 13)
    expect(sent(ann)).toMatchObject([{ file: hers.file, selections: [], viewport: [1, 11] }])
    ann.room.setPresence({ selections: [{ anchor: 4, head: 4 }] })
    await sees(bob, () => bob.room.peers[0]?.selections.length === 1)
    expect(viewport(bob)).toEqual({ anchor: 2, head: 13 })
    ann.room.setPresence({ viewport: null })
    await sees(bob, () => viewport(bob) === null)
  })

  it('[P3] moves with remote and local typing, and is the same for everybody', async () => {
    const { owned, ann, bob, hers, his } = await two('one\ntwo\nthree\n')
    ann.room.setPresence({ file: hers.file, viewport: { anchor: 4, head: 8 } })
    await showing(bob, 4, 8)
    type(his, 0, '😀\n')
    expect(viewport(bob)).toEqual({ anchor: 7, head: 11 })
    await has(hers, '😀')
    type(hers, 9, '--')
    await has(his, '--')
    expect(viewport(bob)).toEqual({ anchor: 7, head: 13 })
    await Promise.all([ann.room.settled(), bob.room.settled()])
    const cat = await here.join(owned.room)
    await cat.room.open('a.txt')
    await sees(cat, () => cat.room.peers.some((peer) => peer.viewport !== null))
    const seen = cat.room.peers.find(({ user }) => user === ann.room.me.user)
    expect(seen?.viewport).toEqual({ anchor: 7, head: 13 })
  })

  it('is null while the file is not open here, and gone when its owner changes file', async () => {
    const { ann, bob } = await two('one')
    const other = await ann.room.open('b.txt')
    ann.room.setPresence({ file: other.file, viewport: { anchor: 0, head: 3 } })
    await sees(bob, () => bob.room.peers[0]?.file === other.file)
    expect(viewport(bob)).toBeNull()
    const shown = sees(bob, () => viewport(bob)?.head === 3)
    await bob.room.open('b.txt')
    await shown
    const { file } = await ann.room.open('a.txt')
    ann.room.setPresence({ file })
    await sees(bob, () => bob.room.peers[0]?.file === file)
    expect(viewport(bob)).toBeNull()
  })

  it('is sent once per turn, with the latest value', async () => {
    const { ann, bob, hers } = await two('one\ntwo\n')
    for (let head = 0; head <= 8; head++) {
      ann.room.setPresence({ file: hers.file, viewport: { anchor: 0, head } })
      ann.room.setPresence({ selections: [{ anchor: head, head }] })
    }
    await showing(bob, 0, 8)
    expect(sent(ann)).toMatchObject([{ selections: [[8, 8]], viewport: [0, 8] }])
  })

  it('is not sent again when it only moved with what others typed', async () => {
    const { ann, bob, hers, his } = await two('one\ntwo\n')
    ann.room.setPresence({
      file: hers.file,
      viewport: { anchor: 4, head: 8 },
      selections: [{ anchor: 5, head: 5 }],
    })
    await showing(bob, 4, 8)
    for (const word of ['x', 'yy', 'zzz']) {
      type(his, 0, word)
      await has(hers, word)
    }
    // The next message comes after any that these would have caused.
    ann.room.setPresence({ data: { done: true } })
    await sees(bob, () => bob.room.peers[0]?.data.done === true)
    expect(sent(ann)).toMatchObject([{ viewport: [4, 8] }, { viewport: [10, 14], data: { done: true } }])
    expect(viewport(bob)).toEqual({ anchor: 10, head: 14 })
  })

  it('[C6] is sent again after a large text, which not every client has', async () => {
    const { ann, bob, hers, his } = await two('one\ntwo\n')
    ann.room.setPresence({ file: hers.file, viewport: { anchor: 4, head: 8 } })
    await showing(bob, 4, 8)
    const large = 'x'.repeat(40_000)
    type(his, 0, large)
    await reads(hers, `${large}one\ntwo\n`)
    await expect.poll(() => sent(ann).length).toBe(2)
    expect(sent(ann)[1]).toMatchObject({ viewport: [40_004, 40_008] })
  })

  it('of viewers is hidden in a classroom, and so are their cursors', async () => {
    const { ann, bob, his } = await two('one\ntwo\n')
    const where = { viewport: { anchor: 0, head: 4 }, selections: [{ anchor: 1, head: 2 }] }
    bob.room.setPresence({ file: his.file, ...where })
    await showing(ann, 0, 4)
    ann.room.setMode('classroom')
    await sees(ann, () => viewport(ann) === null)
    expect(ann.room.peers).toMatchObject([{ file: his.file, role: 'viewer', selections: [] }])
    ann.room.setMode('open')
    await showing(ann, 0, 4)
    expect(ann.room.peers).toMatchObject([where])
  })
})
