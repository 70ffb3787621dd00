/** The comparison of two versions: pairs of measurements, and what they decide. */
import { describe, expect, it } from 'vitest'
import { changeOf, comparisonsOf, markdownOfComparisons, type Pair } from '../../bench/report/comparison.ts'

const pairsOf = (...ratios: readonly number[]): Pair[] =>
  ratios.map((ratio, i) => {
    const old = 1 + i
    return {
      old: { cpuMsPerOp: old, opsPerS: 1000 },
      new: { cpuMsPerOp: ratio * old, opsPerS: 1000 / ratio },
    }
  })

const cpuOf = (pairs: readonly Pair[]) =>
  comparisonsOf({ closed8: pairs }).find(({ figure }) => figure === 'cpuMsPerOp')

describe('a comparison', () => {
  it('takes the ratio within each pair, however much the machine changes between them', () => {
    const cpu = cpuOf(pairsOf(0.9, 0.9, 0.9, 0.9, 0.9, 0.9))
    expect(cpu?.old).toBe(3.5)
    expect(cpu?.ratio).toBeCloseTo(0.9)
    expect(cpu?.interval?.low).toBeCloseTo(0.9)
    expect(cpu?.interval?.high).toBeCloseTo(0.9)
  })

  it('calls a change better or worse only if the whole 95 % interval does', () => {
    const decided = (...ratios: readonly number[]) => {
      const cpu = cpuOf(pairsOf(...ratios))
      return cpu && changeOf(cpu)
    }
    expect(decided(0.8, 0.9, 0.85, 0.95, 0.9, 0.99)).toBe('better')
    expect(decided(0.8, 0.9, 0.85, 0.95, 0.9, 1.01)).toBe('not decided')
    expect(decided(1.2, 1.1, 1.05, 1.3, 1.2, 1.1)).toBe('worse')
    expect(decided(0.5, 0.5, 0.5, 0.5, 0.5)).toBe('not decided')
  })

  it('knows that more ops per second are better', () => {
    const faster = comparisonsOf({ closed8: pairsOf(0.8, 0.9, 0.85, 0.95, 0.9, 0.99) })
    expect(faster.map(({ figure }) => figure)).toEqual(['cpuMsPerOp', 'opsPerS'])
    expect(faster.map(changeOf)).toEqual(['better', 'better'])
  })

  it('leaves out pairs of which a side has no such figure', () => {
    const [first, ...others] = pairsOf(1, 1, 1, 1, 1, 1)
    if (first === undefined) throw new Error('there is no pair')
    expect(cpuOf([...others, { ...first, old: {} }])?.interval).toBeNull()
    expect(comparisonsOf({ closed8: [{ old: {}, new: {} }] })).toEqual([])
  })

  it('is a table with the interval, or with what is missing for it', () => {
    const about = {
      old: 'abc1234 core: a change',
      machine: '2 × CPU',
      at: '2026-11-27T00:00:00Z',
      isQuick: false,
    }
    const whole = markdownOfComparisons(
      comparisonsOf({ closed8: pairsOf(0.8, 0.9, 0.9, 0.9, 0.9, 0.95) }),
      about,
    )
    expect(whole).toMatch(/^# Against abc1234 core: a change, 2026-11-27$/m)
    expect(whole).toMatch(/closed8 .*CPU ms\/op .*0\.900 × .*0\.800 to 0\.950 .*better/)
    expect(markdownOfComparisons(comparisonsOf({ closed8: pairsOf(0.8) }), about)).toContain(
      'needs six pairs',
    )
  })
})
