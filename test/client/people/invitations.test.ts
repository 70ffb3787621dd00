/** How an owner controls access: revoked invitations, banned users, and guests. */
import { describe, expect, it } from 'vitest'
import { secretOf } from '../../support/secrets.ts'
import { append, next, ownerAndGuest, place, until } from '../support/people.ts'

const here = place({ withoutDatabase: true })

describe('invitations', () => {
  it('[A11] are listed for the owner, and revoking one disconnects its user', async () => {
    const { owned, owner } = await ownerAndGuest(here)
    const listed = until(owner.room, ['policy'], () => owner.room.invitations.length === 2)
    const token = await here.invite(owned, { role: 'editor', name: 'Ann' })
    await listed
    const [own, anns] = owner.room.invitations
    expect([own?.role, own?.user, anns?.role, anns?.name]).toEqual(['owner', owned.user, 'editor', 'Ann'])
    const ann = await here.join(owned.room, { token })
    owner.room.revokeInvitation(anns?.id ?? '')
    await until(ann.room, ['status'], () => ann.room.status.status === 'refused')
    expect(ann.room.status).toMatchObject({ code: 4401, reason: expect.stringContaining('revoked') })
    expect(owner.room.invitations.map(({ role }) => role)).toEqual(['owner'])
    await expect(here.join(owned.room, { token })).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(() => owner.room.revokeInvitation('no id')).toThrow(
      expect.objectContaining({ code: 'bad_invitation' }),
    )
  })

  it.each(['a string', 'a function'])(
    '[A11] can all be revoked at once, and the owner goes on with the token of the response, joined with %s',
    async (kind) => {
      const owned = await here.own({ 'a.txt': 'one' })
      const owner = await here.join(owned.room, {
        token: kind === 'a string' ? owned.token : () => owned.token,
      })
      const token = await here.invite(owned, { role: 'editor' })
      const ann = await here.join(owned.room, { token })
      const file = await owner.room.open('a.txt')
      const { token: fresh } = await owner.room.revokeAll()
      expect(fresh).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
      await until(ann.room, ['status'], () => ann.room.status.status === 'refused')
      await expect.poll(() => owner.network.closes).toEqual([4401])
      append(file, ', two')
      await owner.room.settled()
      expect(owner.room.me).toMatchObject({ role: 'owner', user: owned.user })
      await expect(owner.room.chat()).resolves.toEqual([])
      await expect(here.join(owned.room, { token: owned.token })).rejects.toMatchObject({
        code: 'unauthenticated',
      })
      expect((await here.join(owned.room, { token: fresh ?? '' })).room.me.role).toBe('owner')
    },
  )

  it('cannot be revoked by anybody else', async () => {
    const { guest } = await ownerAndGuest(here)
    await expect(guest.room.revokeAll()).rejects.toMatchObject({ code: 'forbidden' })
    guest.room.setGuests(false)
    expect(await next(guest.room, 'rejected')).toMatchObject({ code: 'forbidden' })
    expect(guest.room.status.status).toBe('connected')
  })
})

describe('a banned user', () => {
  it('[R10] is kept out until the owner lifts the ban', async () => {
    const { owned, owner } = await ownerAndGuest(here)
    const token = secretOf('ann')
    const ann = await here.join(owned.room, { token })
    const { user } = ann.room.me
    owner.room.ban(user)
    await until(ann.room, ['status'], () => ann.room.status.status === 'refused')
    expect(ann.room.status).toMatchObject({ code: 4403, reason: expect.stringContaining('kept out') })
    expect(Object.keys(owner.room.policy?.banned ?? {})).toEqual([user])
    await expect(here.join(owned.room, { token })).rejects.toMatchObject({ code: 'forbidden' })
    owner.room.unban(user)
    await owner.room.settled()
    expect((await here.join(owned.room, { token })).room.me.user).toBe(user)
    for (const call of [() => owner.room.ban(''), () => owner.room.unban('a b')]) {
      expect(call).toThrow(expect.objectContaining({ code: 'bad_user' }))
    }
  })

  it('[R11] guests are kept out while the owner does not allow them', async () => {
    const { owned, owner, guest } = await ownerAndGuest(here)
    const token = await here.invite(owned, { role: 'editor' })
    const ann = await here.join(owned.room, { token })
    owner.room.setGuests(false)
    await until(guest.room, ['status'], () => guest.room.status.status === 'refused')
    expect(guest.room.status).toMatchObject({ code: 4401, reason: expect.stringContaining('guests') })
    await expect(here.join(owned.room)).rejects.toMatchObject({ code: 'unauthenticated' })
    ann.room.say('still here')
    await ann.room.settled()
    owner.room.setGuests(true)
    await owner.room.settled()
    expect((await here.join(owned.room)).room.me.role).toBe('editor')
  })
})
