/** Following a user: an event for each new position and no other; a short absence does not end it. */
import { describe, expect, it } from 'vitest'
import type { Followed, Room } from '../../../client/index.ts'
import { secretOf } from '../../support/secrets.ts'
import { append, has, type Person, place, type, until } from '../support/people.ts'

const here = place({ withoutDatabase: true })

/** The `follow` events received. */
function emitted(room: Room): (Followed | null)[] {
  const list: (Followed | null)[] = []
  room.on('follow', (followed) => list.push(followed))
  return list
}

/** Ann, who is visible to Bob, in a room with two files. */
async function two() {
  const name = await here.make({ 'a.txt': 'one\ntwo\n', 'src/b.txt': 'three' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  await until(bob.room, ['peers'], () => bob.room.people.length === 2)
  await until(ann.room, ['peers'], () => ann.room.people.length === 2)
  return { name, ann, bob, user: ann.room.me.user }
}

/** Resolves when the last event has this path and these ends of the viewport. */
function led({ room }: Person, list: (Followed | null)[], path: string | null, ...viewport: number[]) {
  return until(room, ['follow'], () => {
    const last = list.at(-1)
    const seen = last?.viewport == null ? [] : [last.viewport.anchor, last.viewport.head]
    return last?.path === path && seen.join() === viewport.join()
  })
}

describe('following a user', () => {
  it('emits their position at once, and then each time that it changes', async () => {
    const { ann, bob, user } = await two()
    const list = emitted(bob.room)
    expect([bob.room.following, bob.room.follow(user), bob.room.following]).toEqual([null, true, user])
    const { name, color } = ann.room.me
    const who = { user, name, color }
    expect(list).toEqual([{ ...who, path: null, viewport: null, selections: [] }])
    const hers = await ann.room.open('a.txt')
    await bob.room.open('a.txt')
    const selections = [{ anchor: 4, head: 5 }]
    ann.room.setPresence({ file: hers.file, viewport: { anchor: 0, head: 8 }, selections })
    await led(bob, list, 'a.txt', 0, 8)
    expect(list.at(-1)).toEqual({ ...who, path: 'a.txt', viewport: { anchor: 0, head: 8 }, selections })
    ann.room.setPresence({ viewport: { anchor: 4, head: 8 } })
    await led(bob, list, 'a.txt', 4, 8)
    expect(list).toHaveLength(3)
  })

  it('leads into files that are not open here: first the path, then the viewport once open', async () => {
    const { ann, bob, user } = await two()
    const list = emitted(bob.room)
    bob.room.follow(user)
    const { file } = await ann.room.open('src/b.txt')
    ann.room.setPresence({ file, viewport: { anchor: 0, head: 5 } })
    await led(bob, list, 'src/b.txt')
    expect(list.at(-1)).toMatchObject({ viewport: null, selections: [] })
    const opened = led(bob, list, 'src/b.txt', 0, 5)
    await bob.room.open('src/b.txt')
    await opened
    const renamed = led(bob, list, 'src/c.txt', 0, 5)
    ann.room.rename('src/b.txt', 'src/c.txt')
    await renamed
  })

  it('leads into a file they have just made, as soon as it is here', async () => {
    const { ann, bob, user } = await two()
    const list = emitted(bob.room)
    bob.room.follow(user)
    const file = ann.room.create('new.txt', 'new')
    ann.room.setPresence({ file })
    await led(bob, list, 'new.txt')
    expect(list.map((followed) => followed?.path)).toEqual([null, 'new.txt'])
  })

  it('moves with text that shifts their viewport, and is silent otherwise', async () => {
    const { ann, bob, user } = await two()
    const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
    ann.room.setPresence({ file: hers.file, viewport: { anchor: 0, head: 4 } })
    await until(bob.room, ['peers'], () => bob.room.peers[0]?.viewport?.head === 4)
    bob.room.follow(user)
    const list = emitted(bob.room)
    append(hers, 'below')
    await has(his, 'below')
    ann.room.setPresence({ data: { mood: 'fine' } })
    await until(bob.room, ['peers'], () => bob.room.peers[0]?.data.mood === 'fine')
    expect(list).toEqual([])
    type(hers, 1, 'above')
    await led(bob, list, 'a.txt', 0, 9)
  })

  it('switches to their most recently active window', async () => {
    const name = await here.make({ 'a.txt': 'one', 'b.txt': 'two' })
    const [one, other] = [
      await here.join(name, { token: secretOf('ann') }),
      await here.join(name, { token: secretOf('ann') }),
    ]
    const bob = await here.join(name)
    const [a, b] = [await one.room.open('a.txt'), await other.room.open('b.txt')]
    await until(bob.room, ['peers'], () => bob.room.peers.length === 2)
    const list = emitted(bob.room)
    bob.room.follow(one.room.me.user)
    one.room.setPresence({ file: a.file })
    await led(bob, list, 'a.txt')
    other.room.setPresence({ file: b.file })
    await led(bob, list, 'b.txt')
    one.room.setPresence({ selections: [{ anchor: 1, head: 1 }] })
    await led(bob, list, 'a.txt')
    const left = led(bob, list, 'b.txt')
    one.room.close()
    await left
  })

  it('ends when the application says so, with one event', async () => {
    const { ann, bob, user } = await two()
    bob.room.follow(user)
    const list = emitted(bob.room)
    expect([bob.room.follow(null), bob.room.follow(null), bob.room.following]).toEqual([true, true, null])
    const { file } = await ann.room.open('a.txt')
    ann.room.setPresence({ file })
    await until(bob.room, ['peers'], () => bob.room.peers[0]?.file === file)
    expect(list).toEqual([null])
  })

  it('is not possible for users who are not here, nor for oneself', async () => {
    const { bob, user } = await two()
    expect([bob.room.follow('nobody'), bob.room.follow(bob.room.me.user)]).toEqual([false, false])
    expect(bob.room.following).toBeNull()
    bob.room.follow(user)
    expect([bob.room.follow('nobody'), bob.room.following]).toEqual([false, user])
  })

  it('survives the loss of our connection and of theirs', async () => {
    const { ann, bob, user } = await two()
    const hers = await ann.room.open('a.txt')
    await bob.room.open('a.txt')
    const list = emitted(bob.room)
    bob.room.follow(user)
    for (const { room, network } of [bob, ann]) {
      network.cut()
      network.restore()
      await until(room, ['status'], () => room.status.status === 'connected')
      const head = list.length
      ann.room.setPresence({ file: hers.file, viewport: { anchor: 0, head } })
      await led(bob, list, 'a.txt', 0, head)
    }
    expect([bob.room.following, list.includes(null)]).toEqual([user, false])
  })

  it('ends when the room is closed', async () => {
    const { bob, user } = await two()
    bob.room.follow(user)
    const list = emitted(bob.room)
    bob.room.close()
    expect([list, bob.room.following]).toEqual([[null], null])
  })

  it('does not loop when two users follow each other', async () => {
    const { ann, bob } = await two()
    const lists: (Followed | null)[][] = []
    for (const { room } of [ann, bob]) {
      const { file } = await room.open('a.txt')
      lists.push(emitted(room))
      room.on('follow', (followed) => {
        if (followed?.viewport) room.setPresence({ file, viewport: followed.viewport })
      })
    }
    ann.room.follow(bob.room.me.user)
    bob.room.follow(ann.room.me.user)
    const { file } = await ann.room.open('a.txt')
    ann.room.setPresence({ file, viewport: { anchor: 0, head: 8 } })
    await until(ann.room, ['follow'], () => lists[0]?.at(-1)?.viewport?.head === 8)
    // Any further event would arrive before this one.
    for (const [one, other] of [
      [ann, bob],
      [bob, ann],
    ] as const) {
      one.room.setPresence({ data: { done: true } })
      await until(other.room, ['peers'], () => other.room.peers[0]?.data.done === true)
    }
    expect(lists.map((list) => list.length)).toEqual([2, 2])
  })
})
