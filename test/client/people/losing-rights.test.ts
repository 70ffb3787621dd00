/** The right to edit is lost while edits are on their way: nothing of them stays anywhere, and nothing typed is lost silently. */
import { describe, expect, it } from 'vitest'
import type { Rejection, TextChange } from '../../../client/index.ts'
import { append, next, ownerAndGuest, type Person, pathsOf, place, reads } from '../support/people.ts'

const here = place({ withoutDatabase: true })

describe('somebody who loses the right to edit while their edits are on their way', () => {
  /** Collects what the room refuses until nothing waits any more. */
  async function refusals({ room, network }: Person): Promise<Rejection[]> {
    const told: Rejection[] = []
    room.on('rejected', (rejection) => told.push(rejection))
    network.release()
    await room.settled()
    return told
  }

  it('gets back all that was typed, in flight and behind it, and stands where the room stands', async () => {
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
    const told = await refusals(guest)
    expect(told.map(({ code }) => code)).toEqual(Array(told.length).fill('forbidden'))
    expect(told.flatMap(({ changes }) => changes.map(({ type, file, text }) => [type, file, text]))).toEqual([
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

  it('gets it back after a time without a network, too', async () => {
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

  it('[T6] gets back what was too long to be read by the room any more, and stays', async () => {
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
    // Typed without a network, and sent by somebody who knows that it may not be.
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

  it('loses nothing when the right is back before the network is', async () => {
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
