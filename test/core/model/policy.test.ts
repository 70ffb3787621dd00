/** Roles, and who may make which change: R1 to R9. */
import { describe, expect, it } from 'vitest'
import { refusalOf } from '../../../core/model/admission.ts'
import {
  applyPolicy,
  DEFAULT_POLICY,
  MOST_MEMBERS,
  prohibitionOf,
  roleOf,
  showsCursor,
} from '../../../core/model/policy.ts'
import { ROW_BYTES } from '../../../core/protocol/limits.ts'
import type { Change, Policy, PolicyChange, Role } from '../../../core/protocol/messages.ts'
import { Harness } from '../authority/support.ts'

const OLGA = { user: 'olga', role: null }
const ED = { user: 'ed', role: 'editor' as const }
const EDIT: Change = { type: 'edit', file: 'f', op: ['x'] }

/** Olga's room after some changes. */
function roomOf(...changes: PolicyChange[]): Policy {
  return changes.reduce(applyPolicy, { ...DEFAULT_POLICY, owner: 'olga', access: 'private' } as Policy)
}

const role = (user: string, role: Role): PolicyChange => ({ type: 'role', user, role })

describe('[R1] a role', () => {
  it.each<[string, Policy, { user: string; role: Role | null }, Role | null]>([
    [
      'is owner for the owner of the room, whatever the token says',
      roomOf(),
      { ...OLGA, role: 'viewer' },
      'owner',
    ],
    ['is the one in the token', roomOf(), ED, 'editor'],
    ['is null in a private room without a role in the token', roomOf(), { user: 'zoe', role: null }, null],
    [
      'is viewer if the address allows that',
      roomOf({ type: 'access', access: 'view' }),
      { user: 'zoe', role: null },
      'viewer',
    ],
    [
      'is editor if the address allows that',
      roomOf({ type: 'access', access: 'edit' }),
      { user: 'zoe', role: null },
      'editor',
    ],
    [
      'is less than the address allows if the token says so',
      roomOf({ type: 'access', access: 'edit' }),
      { user: 'zoe', role: 'viewer' },
      'viewer',
    ],
    ['is viewer in a classroom', roomOf({ type: 'mode', mode: 'classroom' }), ED, 'viewer'],
    [
      'is editor in a classroom for a promoted user',
      roomOf({ type: 'mode', mode: 'classroom' }, role('ed', 'editor')),
      ED,
      'editor',
    ],
    [
      'is the one given in the room rather than the one in the token',
      roomOf(role('ed', 'viewer')),
      ED,
      'viewer',
    ],
    ['is editor for an owner token of somebody else', roomOf(), { user: 'ed', role: 'owner' }, 'editor'],
    ['is owner by token if the room has no owner', DEFAULT_POLICY, { user: 'ed', role: 'owner' }, 'owner'],
    ['is not read from the object prototype', roomOf(), { user: 'constructor', role: null }, null],
  ])('%s', (_, policy, grant, expected) => {
    expect(roleOf(policy, grant)).toBe(expected)
  })

  it('[R5] of owner passes on with the room: the previous owner becomes an editor', () => {
    const policy = roomOf(role('ed', 'viewer'), role('ed', 'owner'))
    expect(roleOf(policy, ED)).toBe('owner')
    expect(roleOf(policy, OLGA)).toBe('editor')
    expect(policy.members).toEqual({ olga: { role: 'editor', name: '' } })
  })
})

describe('a change', () => {
  it.each<[string, Policy, { user: string; role: Role | null }, Change, string | null]>([
    ['[R2] of a file is allowed for an editor', roomOf(), ED, EDIT, null],
    ['[R2] of a file is refused for a viewer', roomOf(role('ed', 'viewer')), ED, EDIT, 'forbidden'],
    [
      '[R3] of roles is refused for an editor: nobody can promote themselves',
      roomOf(),
      ED,
      role('ed', 'owner'),
      'forbidden',
    ],
    ['[R3] of the mode is allowed for the owner', roomOf(), OLGA, { type: 'mode', mode: 'classroom' }, null],
    ['[R5] never demotes the owner', roomOf(), OLGA, role('olga', 'viewer'), 'owner_stays'],
    ['[R5] never removes the owner', roomOf(), OLGA, { type: 'kick', user: 'olga' }, 'owner_stays'],
    [
      '[R9] may be chat, even by a viewer',
      roomOf(role('ed', 'viewer')),
      ED,
      { type: 'chat', text: 'hi' },
      null,
    ],
    [
      '[R9] must not be chat while chat is off',
      roomOf({ type: 'chatting', on: false }),
      ED,
      { type: 'chat', text: 'hi' },
      'chat_off',
    ],
    [
      '[R9] may be chat by the owner while chat is off',
      roomOf({ type: 'chatting', on: false }),
      OLGA,
      { type: 'chat', text: 'hi' },
      null,
    ],
    [
      '[R9] must not be an overlong message',
      roomOf(),
      ED,
      { type: 'chat', text: 'x'.repeat(4001) },
      'chat_too_long',
    ],
  ])('%s', (_, policy, grant, change, code) => {
    expect(prohibitionOf(policy, grant, change)?.code ?? null).toBe(code)
  })

  it('[R5] can give roles to a limited number of users', () => {
    const many = Array.from({ length: MOST_MEMBERS }, (_, i) => role(`u${i}`, 'viewer'))
    const policy = roomOf(...many)
    expect(prohibitionOf(policy, OLGA, role('one-more', 'viewer'))?.code).toBe('too_many_members')
    expect(prohibitionOf(policy, OLGA, role('u7', 'editor'))).toBeNull()
    // The previous owner becomes one of the members, unless the new owner was one.
    expect(prohibitionOf(policy, OLGA, role('one-more', 'owner'))?.code).toBe('too_many_members')
    expect(prohibitionOf(policy, OLGA, role('u7', 'owner'))).toBeNull()
    expect(prohibitionOf(policy, OLGA, role('olga', 'owner'))).toBeNull()
  })

  it('[R4] leaves a policy that fits into a journal row, with the maximum number of users and the longest names', () => {
    const user = (i: number) => `${i}`.padStart(4, '0') + '𒈙'.repeat(124)
    const many = Array.from({ length: MOST_MEMBERS }, (_, i): PolicyChange[] => [
      { type: 'role', user: user(i), role: 'editor', name: '𒈙'.repeat(64) },
      { type: 'kick', user: user(i + MOST_MEMBERS), at: Date.UTC(2100, 0, 1) },
    ])
    expect(Buffer.byteLength(JSON.stringify(roomOf(...many.flat())))).toBeLessThan(ROW_BYTES)
  })
})

describe('admission', () => {
  const visitor = { ...ED, issuedAt: 10_000, isGuest: false }

  it('[R6] is refused to a removed user until they have a newer token', () => {
    const policy = roomOf({ type: 'kick', user: 'ed', at: 20_500 })
    expect(refusalOf(policy, visitor)).toMatchObject({ code: 4403 })
    // In the same second: tokens have no finer resolution.
    expect(refusalOf(policy, { ...visitor, issuedAt: 20_000 })).toMatchObject({ code: 4403 })
    expect(refusalOf(policy, { ...visitor, issuedAt: 21_000 })).toBeNull()
    expect(refusalOf(policy, { ...visitor, issuedAt: null })).toMatchObject({ code: 4403 })
  })

  it('[R7] is refused to everybody but the owner while the room is closed', () => {
    const policy = roomOf({ type: 'close', closed: true })
    expect(refusalOf(policy, visitor)).toMatchObject({ code: 4410 })
    expect(refusalOf(policy, { ...visitor, user: 'olga' })).toBeNull()
    expect(refusalOf(applyPolicy(policy, { type: 'close', closed: false }), visitor)).toBeNull()
  })

  it('[R8] asks a guest to sign in, and refuses a known user without a role', () => {
    const zoe = { user: 'zoe', role: null, issuedAt: null }
    expect(refusalOf(roomOf(), { ...zoe, isGuest: true })).toMatchObject({ code: 4401 })
    expect(refusalOf(roomOf(), { ...zoe, isGuest: false })).toMatchObject({ code: 4403 })
  })
})

it('[P5] cursors are shown, except those of viewers in a classroom', () => {
  const classroom = roomOf({ type: 'mode', mode: 'classroom' })
  expect(showsCursor(roomOf(), 'viewer')).toBe(true)
  expect(showsCursor(classroom, 'viewer')).toBe(false)
  expect(showsCursor(classroom, 'editor')).toBe(true)
})

describe('the authority', () => {
  const olga = { client: 'client-olga', user: 'olga', name: 'Olga', role: 'owner' as const }
  const ed = { client: 'client-ed', user: 'ed', name: 'Ed', role: 'editor' as const }

  it('[R3] considers the open batch: no edit is accepted after its author’s demotion', () => {
    const harness = new Harness({ f: '' })
    expect(harness.submit(olga, [role('ed', 'viewer')])).toMatchObject({ type: 'accepted' })
    expect(harness.edit(ed, 'f', ['x'])).toMatchObject({ type: 'reject', code: 'forbidden' })
    expect(harness.seal().entries.map(({ user }) => user)).toEqual(['olga'])
  })

  it('[S2] accepts all of a submission or nothing: a role change is undone with the rest', () => {
    const harness = new Harness({ f: '' })
    const outcome = harness.submit(olga, [role('ed', 'viewer'), { type: 'remove', file: 'nowhere' }])
    expect(outcome).toMatchObject({ code: 'no_such_file' })
    expect(harness.authority.state.policy).toEqual(DEFAULT_POLICY)
  })

  it('[R5] refuses a submission that hands the room over and then acts as the owner', () => {
    const harness = new Harness()
    harness.submit(olga, [role('olga', 'owner')])
    harness.seal()
    const outcome = harness.submit(olga, [role('ed', 'owner'), { type: 'mode', mode: 'classroom' }])
    expect(outcome).toMatchObject({ code: 'forbidden' })
    expect(harness.authority.state.policy.owner).toBe('olga')
  })

  it('[R6] [R9] adds the name to chat, and the time to a removal', () => {
    const harness = new Harness()
    harness.submit(ed, [{ type: 'chat', text: 'hi', name: 'Olga' }])
    harness.submit(olga, [{ type: 'kick', user: 'ed', at: 7 }])
    expect(harness.seal().entries.flatMap(({ changes }) => changes)).toEqual([
      { type: 'chat', text: 'hi', name: 'Ed' },
      { type: 'kick', user: 'ed', at: 1_000 },
    ])
  })
})
