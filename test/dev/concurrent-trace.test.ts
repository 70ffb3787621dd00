/** Parsing and validation of concurrent traces, and the weave that computes their result. */
import { describe, expect, it } from 'vitest'
import { weaveTrace } from '../../dev/traces/concurrent-replayer.ts'
import { concurrentTraceOf, isConcurrent } from '../../dev/traces/concurrent-trace.ts'
import { Copy, Weave } from '../../dev/traces/weave.ts'
import { BY_HAND, byChance, traceOf } from './concurrent-sample.ts'

describe('a concurrent trace', () => {
  it('is distinguished from a sequential one', () => {
    expect(isConcurrent(BY_HAND)).toBe(true)
    for (const other of [{ startContent: '', endContent: '', txns: [] }, null, 7, [], 'concurrent'])
      expect(isConcurrent(other)).toBe(false)
  })

  it('has for each transaction what its author had seen', () => {
    const { txns } = traceOf(BY_HAND)
    expect(txns.map(({ seen }) => [...seen])).toEqual([
      [1, 0, 0],
      [2, 0, 0],
      [1, 1, 0],
      [3, 0, 0],
      [3, 1, 1],
      [3, 2, 1],
    ])
  })

  it('produces its endContent, by hand and at random', () => {
    weaveTrace(traceOf(BY_HAND))
    for (let seed = 1; seed <= 20; seed++) weaveTrace(traceOf(byChance(seed, 60)))
  })

  const first = { agent: 0, parents: [], patches: [[0, 0, 'abc']] }
  const secondAs = (txn: object) => [first, { agent: 1, parents: [0], patches: [[0, 0, 'x']], ...txn }]
  it.each<[string, object, string]>([
    ['no agents', { numAgents: 0, txns: [] }, 'numAgents must be'],
    ['half an agent', { numAgents: 1.5, txns: [] }, 'numAgents must be'],
    ['more agents than a room takes', { numAgents: 101, txns: [] }, 'numAgents must be'],
    ['no transactions', { txns: null }, 'endContent and txns are missing'],
    ['no end', { endContent: 7 }, 'endContent and txns are missing'],
    ['an invalid transaction', { txns: [null] }, 'transaction 0 is not an object'],
    ['an unknown agent', { txns: secondAs({ agent: 2 }) }, 'transaction 1 has no agent'],
    ['an agent below zero', { txns: secondAs({ agent: -1 }) }, 'transaction 1 has no agent'],
    ['no parents', { txns: secondAs({ parents: undefined }) }, 'transaction 1 has no parents'],
    ['itself as a parent', { txns: secondAs({ parents: [1] }) }, 'parent that does not precede it'],
    ['a parent by name', { txns: secondAs({ parents: ['0'] }) }, 'parent that does not precede it'],
    ['the parent "constructor"', { txns: secondAs({ parents: ['constructor'] }) }, 'parent that does not'],
    ['a parent below zero', { txns: secondAs({ parents: [-1] }) }, 'parent that does not precede it'],
    [
      'an agent beside itself',
      { txns: secondAs({ agent: 0, parents: [] }) },
      'does not follow the previous one',
    ],
    ['no patches', { txns: secondAs({ patches: null }) }, 'has invalid patches'],
    ['half a patch', { txns: secondAs({ patches: [[0, 0]] }) }, 'has invalid patches'],
    ['a position below zero', { txns: secondAs({ patches: [[-1, 0, 'x']] }) }, 'has invalid patches'],
    ['a length that is no number', { txns: secondAs({ patches: [[0, '1', 'x']] }) }, 'has invalid patches'],
  ])('with %s is refused', (_, fields, message) => {
    const trace = { kind: 'concurrent', numAgents: 2, endContent: 'xabc', txns: secondAs({}), ...fields }
    expect(() => concurrentTraceOf(trace)).toThrow(message)
  })

  it.each<[string, object, string]>([
    ['writes beyond its text', { patches: [[4, 0, 'x']] }, 'transaction 1 reaches beyond its text'],
    ['deletes beyond its text', { patches: [[1, 3, '']] }, 'transaction 1 reaches beyond its text'],
    ['writes into text it has not seen', { parents: [], patches: [[1, 0, 'x']] }, 'reaches beyond its text'],
    ['produces another text', { patches: [[0, 0, 'y']] }, 'do not produce its endContent'],
    ['produces a shorter text', { patches: [] }, 'do not produce its endContent'],
    ['produces a longer text', { patches: [[0, 0, 'xx']] }, 'do not produce its endContent'],
  ])('that %s is refused before anything is started', (_, txn, message) => {
    const trace = concurrentTraceOf({ numAgents: 2, endContent: 'xabc', txns: secondAs(txn) })
    expect(() => weaveTrace(trace)).toThrow(message)
  })
})

describe('a weave', () => {
  const first = { agent: 0, seen: Uint32Array.of(1, 0), patches: [] }
  const second = { agent: 1, seen: Uint32Array.of(1, 1), patches: [] }

  /** One person has written `ab🦊c`, and another has deleted the `b`. */
  function woven() {
    const weave = new Weave()
    const copy = new Copy(weave)
    expect(copy.take(weave.apply(first, [0, 0, 'ab🦊c']))).toEqual([{ at: 0, remove: 0, insert: 'ab🦊c' }])
    expect(copy.take(weave.apply(second, [1, 1, '']))).toEqual([{ at: 1, remove: 1, insert: '' }])
    return { weave, copy }
  }

  it('shows the text made of the transactions seen', () => {
    const { weave, copy } = woven()
    expect(
      [
        [0, 0],
        [1, 0],
        [1, 1],
      ].map((seen) => weave.text(seen)),
    ).toEqual(['', 'ab🦊c', 'a🦊c'])
    expect(copy.text).toBe('a🦊c')
  })

  it('locates a position in a text that its author has not seen, in UTF-16 units', () => {
    const { weave, copy } = woven()
    // Deletes `b🦊`; the `b` is already deleted.
    const change = weave.apply({ agent: 0, seen: Uint32Array.of(2, 0), patches: [] }, [1, 2, 'X'])
    expect(copy.take(change)).toEqual([{ at: 1, remove: 2, insert: 'X' }])
    expect([copy.text, weave.text([2, 1]), weave.text([2, 0]), weave.text([1, 1])]).toEqual([
      ...['aXc', 'aXc', 'aXc'],
      'a🦊c',
    ])
  })

  it('locates it next to the remaining text if everything around it was deleted', () => {
    const { weave, copy } = woven()
    copy.take(weave.apply({ agent: 1, seen: Uint32Array.of(1, 2), patches: [] }, [0, 2, '']))
    expect(copy.text).toBe('c')
    const change = weave.apply({ agent: 0, seen: Uint32Array.of(2, 0), patches: [] }, [3, 0, 'X'])
    expect(copy.take(change)).toEqual([{ at: 0, remove: 0, insert: 'X' }])
  })

  it('adopts another order, but not a lost, duplicated or foreign character', () => {
    const { copy } = woven()
    for (const wrong of ['', 'a🦊', 'a🦊cc', 'a🦊x', 'aac', 'a🦊c ']) expect(copy.follow(wrong)).toBe(false)
    expect(copy.text).toBe('a🦊c')
    expect(copy.follow('c🦊a')).toBe(true)
    expect(copy.text).toBe('c🦊a')
  })
})
