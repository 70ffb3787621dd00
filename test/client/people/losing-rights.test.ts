/**
 * The right to edit is lost while edits are in flight: none of them stays anywhere, and typed text is
 * handed back.
 */
import { describe, expect, it } from 'vitest'
import type { Rejection, TextChange } from '../../../client/index.ts'
import { append, next, ownerAndGuest, type Person, pathsOf, place, reads } from '../support/people.ts'

const here = place({ withoutDatabase: true })

describe('a user who loses the right to edit while edits are in flight', () => {
  /** Collects rejections until nothing is pending. */
  async function refusals({ room, network }: Person): Promise<Rejection[]> {
    const emitted: Rejection[] = []
    room.on('rejected', (rejection) => emitted.push(rejection))
    network.release()
    await room.settled()
    return emitted
  }

  it('gets all typed text back, in flight and behind it, and has the room’s text', async () => {
    const { owner, guest, hers, his } = await ownerAndGuest(here)
    const other = await guest.room.open('b.txt')
    const changes: TextChange[] = []
    his.on('change', (change) => changes.push(change))
    guest.network.hold()
    append(his, ' in flight')
    await Promise.resolve()
    append(his, ' and behind')
    append(other, ' elsewhere')
    const created = guest.room.create('c.txt', 'created')
    owner.room.setMode('classroom')
    append(hers, ', by the owner')
    await owner.room.settled()
    const emitted = await refusals(guest)
    expect(emitted.map(({ code }) => code)).toEqual(Array(emitted.length).fill('forbidden'))
    expect(
      emitted.flatMap(({ changes }) => changes.map(({ type, file, text }) => [type, file, text])),
    ).toEqual([
      ['edit', his.file, ' in flight'],
      ['edit', his.file, ' and behind'],
      ['edit', other.file, ' elsewhere'],
      ['create', created, 'created'],
    ])
    expect([his.text, other.text, pathsOf(guest.room)]).toEqual([
      'one, by the owner',
      'two',
      ['a.txt', 'b.txt'],
    ])
    expect(changes.map(({ origin }) => origin)).toEqual(['local', 'local', 'remote', 'rollback', 'rollback'])
    expect(guest.room.status).toMatchObject({ status: 'connected', pending: 0 })
  })

  it('gets it back also after a time offline', async () => {
    const { owner, guest, hers, his } = await ownerAndGuest(here)
    guest.network.cut()
    append(his, ' typed on a train')
    owner.room.setRole(guest.room.me.user, 'viewer')
    await owner.room.settled()
    const rejected = next(guest.room, 'rejected')
    guest.network.restore()
    expect(await rejected).toMatchObject({ code: 'forbidden', changes: [{ text: ' typed on a train' }] })
    await guest.room.settled()
    expect([his.text, hers.text]).toEqual(['one', 'one'])
  })

  it('[T6] gets back what is now too long for the room to read, and stays connected', async () => {
    const { owner, guest, his } = await ownerAndGuest(here)
    const long = 'x'.repeat(100_000)
    const stays = async (rejected: Promise<Rejection>) => {
      expect(await rejected).toMatchObject({ code: 'forbidden', changes: [{ text: long }] })
      await guest.room.settled()
      expect(guest.room.status).toMatchObject({ status: 'connected', pending: 0 })
      expect(his.text).toBe('one')
    }
    // In flight when the role changes.
    guest.network.hold()
    append(his, long)
    await Promise.resolve()
    owner.room.setRole(guest.room.me.user, 'viewer')
    await owner.room.settled()
    const first = next(guest.room, 'rejected')
    guest.network.release()
    await stays(first)
    // Typed offline, and sent by a client that knows it is not allowed.
    const back = next(guest.room, 'policy')
    owner.room.setRole(guest.room.me.user, 'editor')
    await back
    guest.network.cut()
    append(his, long)
    owner.room.setRole(guest.room.me.user, 'viewer')
    await owner.room.settled()
    const second = next(guest.room, 'rejected')
    guest.network.restore()
    await stays(second)
  })

  it('loses nothing when the right is back before the network', async () => {
    const { owner, guest, hers, his } = await ownerAndGuest(here)
    guest.network.cut()
    append(his, ' typed on a train')
    owner.room.setMode('classroom')
    owner.room.setMode('open')
    await owner.room.settled()
    guest.network.restore()
    await reads(hers, 'one typed on a train')
    await guest.room.settled()
    expect(guest.room.canEdit).toBe(true)
  })
})
