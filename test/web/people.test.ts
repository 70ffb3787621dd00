/** What the demo says to people about their rights, and about why they are not let in; and who of those who follow each other moves. Pure. */
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

describe('what somebody is told whose rights are others', () => {
  const asEditor: Policy = { ...CLASS, members: { me: { role: 'editor', name: 'Me' } } }
  const asViewer: Policy = { ...CLASS, members: { me: { role: 'viewer', name: 'Me' } } }

  it('names who did it: only the owner can have', () => {
    expect(news(as('viewer', CLASS), as('editor', asEditor))).toBe('Mint Otter made you an editor.')
    expect(news(as('editor', asEditor), as('viewer', asViewer))).toBe('Mint Otter made you a viewer.')
    expect(news(as('editor', OWNED), as('viewer', CLASS))).toBe(
      'Mint Otter switched classroom mode on. You are looking on now.',
    )
    expect(news(as('viewer', CLASS), as('editor', OWNED))).toBe(
      'Mint Otter switched classroom mode off. You may edit now.',
    )
  })

  it('says at least what holds now where nobody here knows the owner, or it was a token', () => {
    const strange = (policy: Policy): Policy => ({ ...policy, owner: 'x' })
    expect(news(as('viewer', strange(CLASS)), as('editor', strange(asEditor)))).toBe('You may edit now.')
    expect(news(as('editor', OWNED), as('viewer', OWNED))).toBe('You are looking on now.')
    expect(news(as('editor', OWNED), as('viewer', { ...OWNED, access: 'view' }))).toBe(
      'You are looking on now.',
    )
  })

  it('tells all three whose room it is now', () => {
    const handed: Policy = { ...CLASS, owner: 'f', members: { o: { role: 'editor', name: '' } } }
    expect(news(as('viewer', CLASS, 'f'), as('owner', handed, 'f'))).toBe(
      'Mint Otter handed the room over to you. It is yours now.',
    )
    expect(news(as('owner', CLASS, 'o'), as('editor', handed, 'o'))).toBe(
      'You handed the room over to Quiet Fox. You are an editor now.',
    )
    expect(news(as('viewer', CLASS), as('viewer', handed))).toBe(
      'Mint Otter handed the room over to Quiet Fox.',
    )
  })

  it('is nothing where nothing is new for them', () => {
    const other: Policy = { ...CLASS, members: { f: { role: 'editor', name: 'Quiet Fox' } } }
    expect(news(as('viewer', CLASS), as('viewer', other))).toBe(null)
    expect(news(as('owner', OWNED, 'o'), as('owner', CLASS, 'o'))).toBe(null)
  })
})

describe('what holds in a room', () => {
  it('is said to those who look on, with whom to ask', () => {
    expect(lookingOnWords({ ...OWNED, access: 'view' }, 'Mint Otter')).toBe(
      'You are looking on. Mint Otter can make you an editor.',
    )
    expect(lookingOnWords({ ...OWNED, access: 'view' }, null)).toBe(
      'You are looking on. The owner can make you an editor.',
    )
    expect(lookingOnWords(CLASS, null)).toBe(
      'This is a classroom. You are looking on until its owner makes you an editor.',
    )
    expect(lookingOnWords({ ...DEFAULT_POLICY, access: 'view' }, null)).toBe('You are looking on.')
  })

  it('is said to those who cannot change it', () => {
    expect(ruleWords(DEFAULT_POLICY, null)).toBe('This room belongs to nobody. Who has the link can edit.')
    expect(ruleWords({ ...OWNED, access: 'view' }, 'Mint Otter')).toBe(
      'Mint Otter owns this room. Who has the link can look.',
    )
    expect(ruleWords(CLASS, null)).toMatch(/^Somebody else owns this room\. It is a classroom/)
  })

  it('is said to those who share its link', () => {
    expect(sharedWords('private')).toBe('Link copied. Only who was invited gets in with it.')
    expect(sharedWords('view')).toBe('Link copied. Whoever opens it can look on.')
    expect(sharedWords(undefined)).toBe('Link copied. Whoever opens it is in this room.')
  })
})

describe('the page for whom a room does not let in', () => {
  function ending(code: number, reason: string, isInvited = false) {
    const { title, text, ways } = endingOf({ room: 'tea', code: errorCodeOf(code), reason, isInvited })
    return [title, text, ways.map(({ way }) => way)] as const
  }

  it('offers to make no room that could not be called so', () => {
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

  it('tells who was removed from who may not enter', () => {
    expect(ending(4403, CLOSE.kicked.reason)).toEqual([
      'You were removed from this room',
      'The owner of “tea” has removed you. To come back, ask them for an invitation, and open that.',
      ['elsewhere'],
    ])
    expect(ending(4403, CLOSE.kicked.reason, true)[1]).toContain('ask them for a new link')
    // A link does not help whoever is kept out, and nor does coming in without one.
    expect(ending(4403, CLOSE.banned.reason, true)).toEqual([
      'You are kept out of this room',
      expect.stringContaining('only they can let you in again'),
      ['elsewhere'],
    ])
    expect(ending(4403, 'the token is for another room', true)).toEqual([
      'You may not enter this room',
      'Your invitation does not open it: the token is for another room. Ask its owner for a new link.',
      ['as-guest', 'elsewhere'],
    ])
  })

  it('says what to do about an invitation that has ended, and about one that is lacking', () => {
    expect(ending(4401, CLOSE.expired.reason, true)).toEqual([
      'Your invitation has ended',
      expect.stringContaining('Ask whoever sent it for a new link'),
      ['as-guest', 'elsewhere'],
    ])
    expect(ending(4401, CLOSE.revoked.reason, true)[1]).toContain('was taken back')
    expect(ending(4401, CLOSE.noGuests.reason)[0]).toBe('“tea” is by invitation')
    expect(ending(4401, CLOSE.unauthenticated.reason)).toEqual([
      '“tea” is by invitation',
      expect.stringContaining('Ask the owner of the room for an invitation'),
      ['again', 'elsewhere'],
    ])
  })

  it('offers to try again where the room was closed or is open elsewhere, and to make one that is not there', () => {
    expect(ending(4410, CLOSE.closedByOwner.reason).slice(0, 1)).toEqual(['“tea” is closed'])
    expect(ending(4410, CLOSE.closedByOwner.reason)[2]).toEqual(['again', 'elsewhere'])
    expect(ending(4409, CLOSE.replaced.reason)[2]).toEqual(['again', 'elsewhere'])
    expect(ending(4404, CLOSE.noSuchRoom.reason)[2]).toEqual(['create', 'elsewhere'])
    expect(ending(4413, 'message too large')).toEqual([
      'The room cannot be entered',
      'message too large',
      ['again', 'elsewhere'],
    ])
  })
})

describe('of people who follow each other', () => {
  const follows = (...pairs: [string, string][]) => new Map(pairs)

  it('one holds still, and it is the same for all', () => {
    const two = follows(['a', 'b'], ['b', 'a'])
    expect([holdsStill('a', two), holdsStill('b', two)]).toEqual([true, false])
    const three = follows(['a', 'c'], ['c', 'b'], ['b', 'a'])
    expect(['a', 'b', 'c'].map((user) => holdsStill(user, three))).toEqual([true, false, false])
  })

  it('whoever is in no circle goes along', () => {
    expect(holdsStill('a', follows(['a', 'b']))).toBe(false)
    expect(holdsStill('a', follows(['a', 'b'], ['b', 'c'], ['c', 'b']))).toBe(false)
    expect(holdsStill('a', follows(['b', 'a']))).toBe(false)
  })
})
