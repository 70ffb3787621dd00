/** Presence as the room keeps it: latest whereabouts, transformed to the current seq. */
import { describe, expect, it } from 'vitest'
import { DEFAULT_POLICY } from '../../../core/model/policy.ts'
import { Presence } from '../../../core/model/presence.ts'
import { ANNA, BEN, Harness } from '../authority/support.ts'

const anna = { session: 's1', client: ANNA.client, user: 'anna', name: 'Anna', granted: null }
const ben = { session: 's2', client: BEN.client, user: 'ben', name: 'Ben', granted: null }
const nothing = () => []

describe('presence', () => {
  it('[P2] sends only the latest whereabouts of a session', () => {
    const presence = new Presence(() => DEFAULT_POLICY)
    presence.join(anna)
    const { granted: _, ...peer } = anna
    presence.move('s1', { seq: 0, file: 'f', selections: [[1, 1]] })
    presence.move('s1', { seq: 0, file: 'f', selections: [[2, 5]] })
    expect(presence.news(nothing)).toEqual({
      peers: [{ ...peer, role: 'editor', file: 'f', selections: [[2, 5]] }],
      left: [],
    })
    expect(presence.hasNews).toBe(false)
  })

  it('[P2] lists sessions that left, and drops their pending news', () => {
    const presence = new Presence(() => DEFAULT_POLICY)
    presence.join(anna)
    presence.join(ben)
    presence.news(nothing)
    presence.move('s2', { seq: 0, file: 'f', selections: [] })
    presence.leave('s2')
    presence.leave('s2')
    expect(presence.news(nothing)).toEqual({ peers: [], left: ['s2'] })
    expect(presence.others('s1', nothing)).toEqual([])
  })

  it('[P2] [P3] transforms selections to the current seq: own typing pushes them, that of others does not', () => {
    const harness = new Harness({ f: 'abc' })
    const presence = new Presence(() => DEFAULT_POLICY)
    presence.join(anna)
    presence.move('s1', { seq: 1, file: 'f', selections: [[1, 2]] })
    harness.edit(ANNA, 'f', [1, 'AA'])
    harness.edit(BEN, 'f', [1, 'B'])
    harness.seal()
    expect(harness.text('f')).toBe('aAABbc')
    const [peer] = presence.others('s2', (seq) => harness.authority.commitsAfter(seq))
    expect(peer?.selections).toEqual([[3, 5]])
  })

  it('[P2] transforms each selection over a commit once, however often it is sent', () => {
    const harness = new Harness({ f: 'abc' })
    const presence = new Presence(() => DEFAULT_POLICY)
    presence.join(anna)
    presence.join(ben)
    presence.move('s1', { seq: 1, file: 'f', selections: [[1, 2]], viewport: [1, 3] })
    const asked: number[] = []
    const others = () =>
      presence.others('s2', (seq) => {
        asked.push(seq)
        return harness.authority.recentAfter(seq)
      })
    for (let i = 0; i < 3; i++) {
      harness.edit(BEN, 'f', ['B'])
      harness.seal()
      expect(others()).toMatchObject([{ selections: [[2 + i, 3 + i]], viewport: [2 + i, 4 + i] }])
    }
    expect(asked).toEqual([1, 2, 3])
  })

  it('[P2] shows whereabouts at an old seq without selections, until a newer one arrives', () => {
    const harness = new Harness({ f: 'abc' })
    const presence = new Presence(() => DEFAULT_POLICY)
    presence.join(anna)
    const sent = () => presence.news((seq) => harness.authority.recentAfter(seq)).peers
    for (let i = 0; i < 5_000; i++) {
      harness.edit({ ...BEN, client: `ben-${i}` }, 'f', ['B'])
      harness.seal()
    }
    presence.move('s1', { seq: 1, file: 'f', selections: [[1, 2]], viewport: [0, 3], data: { x: 1 } })
    expect(sent()).toMatchObject([{ file: 'f', selections: [], data: { x: 1 } }])
    presence.move('s1', { seq: 5_001, file: 'f', selections: [[1, 2]] })
    expect(sent()).toMatchObject([{ file: 'f', selections: [[1, 2]] }])
  })

  it('shows no cursor if the past is gone, rather than a wrong one', () => {
    const presence = new Presence(() => DEFAULT_POLICY)
    presence.restore(anna, { seq: 1, file: 'f', selections: [[1, 2]] })
    const [peer] = presence.others('s2', () => null)
    expect(peer).toMatchObject({ file: 'f', selections: [] })
  })
})
