/** The demo's texts about rights and refusals, and who leads when people follow each other. Pure. */
import { describe, expect, it } from 'vitest'
import { errorCodeOf } from '../../client/index.ts'
import type { Policy, Role } from '../../client/types.ts'
import { DEFAULT_POLICY } from '../../core/model/policy.ts'
import { CLOSE } from '../../core/protocol/codes.ts'
import { holdsStill } from '../../web/follow/cycle.ts'
import { rightsNews } from '../../web/people/news.ts'
import { lookingOnWords, ruleWords, sharedWords } from '../../web/people/role-words.ts'
import { endingOf } from '../../web/shell/ending-words.ts'

const NAMES: Readonly<Record<string, string>> = { o: 'Mint Otter', f: 'Quiet Fox' }
const OWNED: Policy = { ...DEFAULT_POLICY, owner: 'o' }
const CLASS: Policy = { ...OWNED, mode: 'classroom' }

function as(role: Role, policy: Policy, user = 'me') {
  return { user, role, policy }
}

function news(before: ReturnType<typeof as>, after: ReturnType<typeof as>): string | null {
  return rightsNews(before, after, (user) => NAMES[user] ?? null)
}

describe('the message about changed rights', () => {
  const asEditor: Policy = { ...CLASS, members: { me: { role: 'editor', name: 'Me' } } }
  const asViewer: Policy = { ...CLASS, members: { me: { role: 'viewer', name: 'Me' } } }

  it('names the owner, since only the owner can change them', () => {
    expect(news(as('viewer', CLASS), as('editor', asEditor))).toBe('Mint Otter made you an editor.')
    expect(news(as('editor', asEditor), as('viewer', asViewer))).toBe('Mint Otter made you a viewer.')
    expect(news(as('editor', OWNED), as('viewer', CLASS))).toBe(
      'Mint Otter turned classroom mode on. You can only view now.',
    )
    expect(news(as('viewer', CLASS), as('editor', OWNED))).toBe(
      'Mint Otter turned classroom mode off. You can edit now.',
    )
  })

  it('states at least the result if the owner is unknown here, or the change came from a token', () => {
    const strange = (policy: Policy): Policy => ({ ...policy, owner: 'x' })
    expect(news(as('viewer', strange(CLASS)), as('editor', strange(asEditor)))).toBe('You can edit now.')
    expect(news(as('editor', OWNED), as('viewer', OWNED))).toBe('You can only view now.')
    expect(news(as('editor', OWNED), as('viewer', { ...OWNED, access: 'view' }))).toBe(
      'You can only view now.',
    )
  })

  it('tells all three people about a new owner', () => {
    const handed: Policy = { ...CLASS, owner: 'f', members: { o: { role: 'editor', name: '' } } }
    expect(news(as('viewer', CLASS, 'f'), as('owner', handed, 'f'))).toBe(
      'Mint Otter made you the owner of this room.',
    )
    expect(news(as('owner', CLASS, 'o'), as('editor', handed, 'o'))).toBe(
      'You made Quiet Fox the owner of this room. You are an editor now.',
    )
    expect(news(as('viewer', CLASS), as('viewer', handed))).toBe(
      'Mint Otter made Quiet Fox the owner of this room.',
    )
  })

  it('is empty if nothing changed for this user', () => {
    const other: Policy = { ...CLASS, members: { f: { role: 'editor', name: 'Quiet Fox' } } }
    expect(news(as('viewer', CLASS), as('viewer', other))).toBe(null)
    expect(news(as('owner', OWNED, 'o'), as('owner', CLASS, 'o'))).toBe(null)
  })
})

describe('the policy of a room in words', () => {
  it('tells viewers whom to ask', () => {
    expect(lookingOnWords({ ...OWNED, access: 'view' }, 'Mint Otter')).toBe(
      'You can only view this room. Mint Otter can make you an editor.',
    )
    expect(lookingOnWords({ ...OWNED, access: 'view' }, null)).toBe(
      'You can only view this room. The owner can make you an editor.',
    )
    expect(lookingOnWords(CLASS, null)).toBe(
      'This is a classroom. You can only view until its owner makes you an editor.',
    )
    expect(lookingOnWords({ ...DEFAULT_POLICY, access: 'view' }, null)).toBe('You can only view this room.')
  })

  it('is shown to people who cannot change it', () => {
    expect(ruleWords(DEFAULT_POLICY, null)).toBe('This room has no owner. Anyone with the link can edit.')
    expect(ruleWords({ ...OWNED, access: 'view' }, 'Mint Otter')).toBe(
      'Mint Otter owns this room. Anyone with the link can view.',
    )
    expect(ruleWords(CLASS, null)).toMatch(/^Somebody else owns this room\. It is a classroom/)
  })

  it('is shown to people who share the link', () => {
    expect(sharedWords('private')).toBe('Link copied. Only invited people can join with it.')
    expect(sharedWords('view')).toBe('Link copied. Anyone who opens it can view.')
    expect(sharedWords(undefined)).toBe('Link copied. Anyone who opens it joins this room.')
  })
})

describe('the page shown when a room refuses a user', () => {
  function ending(code: number, reason: string, isInvited = false) {
    const { title, text, ways } = endingOf({ room: 'tea', code: errorCodeOf(code), reason, isInvited })
    return [title, text, ways.map(({ way }) => way)] as const
  }

  it('does not offer to create a room whose name is not allowed', () => {
    const name = {
      room: '..',
      code: 'bad_name',
      reason: 'No room can have this name.',
      isInvited: false,
    } as const
    expect(endingOf(name)).toEqual({
      title: 'No room can be called “..”',
      text: 'No room can have this name.',
      ways: [expect.objectContaining({ way: 'elsewhere' })],
    })
  })

  it('distinguishes people who were removed from people who have no access', () => {
    expect(ending(4403, CLOSE.kicked.reason)).toEqual([
      'You were removed from this room',
      'The owner of “tea” removed you. To come back, ask them for an invitation.',
      ['elsewhere'],
    ])
    expect(ending(4403, CLOSE.kicked.reason, true)[1]).toContain('ask them for a new link')
    // Neither a new link nor joining without one helps banned people.
    expect(ending(4403, CLOSE.banned.reason, true)).toEqual([
      'You are banned from this room',
      expect.stringContaining('only they can lift the ban'),
      ['elsewhere'],
    ])
    expect(ending(4403, 'the token is for another room', true)).toEqual([
      'You do not have access to this room',
      'Your invitation was refused: the token is for another room. Ask the owner for a new link.',
      ['as-guest', 'elsewhere'],
    ])
  })

  it('says what to do about an expired, revoked or missing invitation', () => {
    expect(ending(4401, CLOSE.expired.reason, true)).toEqual([
      'Your invitation is no longer valid',
      expect.stringContaining('Ask the sender for a new link'),
      ['as-guest', 'elsewhere'],
    ])
    expect(ending(4401, CLOSE.revoked.reason, true)[1]).toContain('was revoked')
    expect(ending(4401, CLOSE.noGuests.reason)[0]).toBe('“tea” is invitation-only')
    expect(ending(4401, CLOSE.unauthenticated.reason)).toEqual([
      '“tea” is invitation-only',
      expect.stringContaining('Ask its owner for an invitation'),
      ['again', 'elsewhere'],
    ])
  })

  it('offers a retry if the room was closed or is open elsewhere, and to create one that does not exist', () => {
    expect(ending(4410, CLOSE.closedByOwner.reason).slice(0, 1)).toEqual(['“tea” is closed'])
    expect(ending(4410, CLOSE.closedByOwner.reason)[2]).toEqual(['again', 'elsewhere'])
    expect(ending(4409, CLOSE.replaced.reason)[2]).toEqual(['again', 'elsewhere'])
    expect(ending(4404, CLOSE.noSuchRoom.reason)[2]).toEqual(['create', 'elsewhere'])
    expect(ending(4413, 'message too large')).toEqual([
      'Could not join the room',
      'message too large',
      ['again', 'elsewhere'],
    ])
  })
})

describe('people who follow each other in a circle', () => {
  const follows = (...pairs: [string, string][]) => new Map(pairs)

  it('have one leader, the same for all', () => {
    const two = follows(['a', 'b'], ['b', 'a'])
    expect([holdsStill('a', two), holdsStill('b', two)]).toEqual([true, false])
    const three = follows(['a', 'c'], ['c', 'b'], ['b', 'a'])
    expect(['a', 'b', 'c'].map((user) => holdsStill(user, three))).toEqual([true, false, false])
  })

  it('are followed by people outside of the circle', () => {
    expect(holdsStill('a', follows(['a', 'b']))).toBe(false)
    expect(holdsStill('a', follows(['a', 'b'], ['b', 'c'], ['c', 'b']))).toBe(false)
    expect(holdsStill('a', follows(['b', 'a']))).toBe(false)
  })
})
