/** The judge of the benchmark: a bar is decided only where the spread of the rounds allows it. */
import { describe, expect, it } from 'vitest'
import { BARS, type Bar, type Round } from '../../bench/bars.ts'
import { judge } from '../../bench/judge.ts'
import { SCENARIOS } from '../../bench/scenarios.ts'
import { SYSTEMS } from '../../bench/systems.ts'

const bar = (sense: Bar['sense'], value: number): Bar => ({
  row: 'typing',
  label: 'CPU',
  sense,
  bar: value,
  unit: 'ms',
  value: (round) => round.typing?.edgeroom?.cpu ?? Number.NaN,
})

const roundsOf = (...values: readonly number[]): Round[] =>
  values.map((cpu) => ({ typing: { edgeroom: { cpu } } }))

const judged = (rounds: readonly Round[], one: Bar) => judge(rounds, [one])[0]

describe('a bar', () => {
  it('holds if every one of three rounds reaches it', () => {
    const verdict = judged(roundsOf(1, 3, 2), bar('≤', 3))
    expect(verdict).toMatchObject({ measured: 2, spread: { low: 1, high: 3 }, judgement: 'holds' })
    expect(judged(roundsOf(1, 3, 2), bar('≥', 1))?.judgement).toBe('holds')
  })

  it('does not hold if none of three rounds reaches it', () => {
    expect(judged(roundsOf(4, 5, 6), bar('≤', 3.9))?.judgement).toBe('does not hold')
    expect(judged(roundsOf(4, 5, 6), bar('≥', 6.1))?.judgement).toBe('does not hold')
  })

  it('is not decided if it is within the spread, on whichever side the median is', () => {
    expect(judged(roundsOf(1, 2, 4), bar('≤', 3))?.judgement).toBe('not decided')
    expect(judged(roundsOf(2, 4, 5), bar('≤', 3))?.judgement).toBe('not decided')
    expect(judged(roundsOf(2, 4, 5), bar('≥', 3))?.judgement).toBe('not decided')
  })

  it('is not decided by fewer than three rounds, which have no spread', () => {
    for (const rounds of [roundsOf(1), roundsOf(1, 1)])
      expect(judged(rounds, bar('≤', 3))).toMatchObject({ spread: null, judgement: 'not decided' })
  })

  it('is not decided if a failed round leaves too few', () => {
    expect(judged(roundsOf(1, Number.NaN, 1), bar('≤', 3))?.judgement).toBe('not decided')
  })

  it('is decided by many rounds although one of them was disturbed', () => {
    expect(judged(roundsOf(1, 1, 2, 2, 2, 90), bar('≤', 3))?.judgement).toBe('holds')
  })

  it('is not measured if nothing was', () => {
    expect(judged([{}, {}, {}], bar('≤', 3))).toMatchObject({ measured: null, judgement: 'not measured' })
  })

  it('with a ratio takes it within each round', () => {
    const ratio: Bar = {
      ...bar('≤', 0.5),
      value: (round) => (round.typing?.edgeroom?.cpu ?? 0) / (round.typing?.row?.cpu ?? 0),
    }
    const rounds = [1, 10, 100].map((speed) => ({
      typing: { edgeroom: { cpu: speed }, row: { cpu: 2 * speed } },
    }))
    expect(judged(rounds, ratio)).toMatchObject({ measured: 0.5, spread: { low: 0.5, high: 0.5 } })
  })
})

describe('the bars', () => {
  /** A round in which every figure of every scenario is 1, or the one given. */
  const roundOf = (figures: Readonly<Record<string, Readonly<Record<string, number>>>> = {}): Round =>
    Object.fromEntries(
      Object.entries(SCENARIOS).map(([id, { systems }]) => {
        const names = systems.length === 0 ? ['-'] : systems
        const all = (name: string) =>
          new Proxy({}, { get: (_, figure) => figures[`${id} ${name}`]?.[String(figure)] ?? 1 })
        return [id, Object.fromEntries(names.map((name) => [name, all(name)]))]
      }),
    )

  it('are all measured by a whole run', () => {
    for (const verdict of judge([roundOf(), roundOf(), roundOf()]))
      expect(verdict.measured, `${verdict.row}: ${verdict.label}`).toBe(1)
  })

  it('compare with the cheapest of the peers, not with one of them', () => {
    const cheapest = BARS.find(({ label }) => label.includes('cheapest peer'))
    if (cheapest === undefined) throw new Error('there is no such bar')
    for (const peer of ['sharedb', 'hocuspocus', 'y-partyserver'])
      expect(cheapest.value(roundOf({ [`open32 ${peer}`]: { cpuMsPerOp: 0.5 } }))).toBe(2)
    const { hocuspocus, ...others } = roundOf().open32 ?? {}
    expect(cheapest.value({ open32: others })).toBeNaN()
  })

  it('have systems that all exist', () => {
    for (const { systems } of Object.values(SCENARIOS))
      for (const system of systems) expect(Object.keys(SYSTEMS)).toContain(system)
  })

  it('on what people see are measured with cursors, and closed loops without', () => {
    // People type at a rate, and all who do have a cursor.
    for (const id of ['open32', 'open3', 'programs', 'rows', 'editors200', 'viewers2000', 'rooms1000'])
      expect(SCENARIOS[id]?.params.rate, id).toBeGreaterThan(0)
    for (const id of ['closed1', 'closed8', 'closed32', 'closed128'])
      expect(SCENARIOS[id]?.params.rate, id).toBeUndefined()
  })
})
