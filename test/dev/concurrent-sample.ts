/**
 * Sample concurrent traces: one written by hand, in which nobody writes in the same place, so
 * that only one result is possible; and larger random ones, in which people also write in one
 * place and delete the same text.
 */
import { type ConcurrentTrace, concurrentTraceOf } from '../../dev/traces/concurrent-trace.ts'
import { Weave } from '../../dev/traces/weave.ts'
import { Random } from '../support/random.ts'

/** As parsed from a file. */
export interface RawTrace {
  readonly kind: 'concurrent'
  readonly numAgents: number
  readonly endContent: string
  readonly txns: readonly {
    readonly agent: number
    readonly parents: readonly number[]
    readonly patches: readonly (readonly [number, number, string])[]
  }[]
}

/** Two agents continue concurrently from the same text; the third merges them. */
export const BY_HAND: RawTrace = {
  kind: 'concurrent',
  numAgents: 3,
  endContent: 'Hello, dear 🦊 world!\nGoodbye.',
  txns: [
    { agent: 0, parents: [], patches: [[0, 0, 'hello world\nbye']] },
    { agent: 0, parents: [0], patches: [[0, 1, 'H']] },
    {
      agent: 1,
      parents: [0],
      patches: [
        [11, 0, '!'],
        [13, 3, 'Goodbye.'],
      ],
    },
    { agent: 0, parents: [1], patches: [[5, 0, ', dear']] },
    { agent: 2, parents: [2, 3], patches: [[12, 0, '🦊 ']] },
    { agent: 1, parents: [4], patches: [] },
  ],
}

const WORDS = ['the ', 'quick ', 'brown ', 'fox ', 'x', 'y', '🦊', 'é', '\n', 'jumps ', '(a)', '🇨🇭']

/** A random trace of three agents; its `endContent` is computed by a weave. */
export function byChance(seed: number, length: number): RawTrace {
  const random = new Random(seed)
  const numAgents = 3
  const weave = new Weave()
  const txns: RawTrace['txns'][number][] = []
  /** The ancestors of each transaction, and the last transaction of each agent. */
  const before: Set<number>[] = []
  const last: number[] = []
  for (let i = 0; i < length; i++) {
    const agent = i === 0 ? 0 : random.int(numAgents)
    const mine = new Set<number>()
    const hears = (of: number | undefined) => {
      if (of !== undefined) for (const each of [of, ...(before[of] ?? [])]) mine.add(each)
    }
    if (i > 0) hears(last[agent] ?? 0)
    if (random.chance(0.25)) hears(last[random.int(numAgents)])
    if (random.chance(0.04) || i === length - 1) for (const each of last) hears(each)
    const parents = [...mine].filter((each) => ![...mine].some((other) => before[other]?.has(each)))
    before.push(mine)
    last[agent] = i
    const bare = { agent, parents, patches: [] }
    const txn = traceOf({ kind: 'concurrent', numAgents, endContent: '', txns: [...txns, bare] }).txns[i]
    if (txn === undefined) throw new Error('the transaction was just added')
    const patches = Array.from({ length: random.chance(0.2) ? 3 : 1 }, () => {
      const { length: points } = [...weave.text(txn.seen)]
      const at = random.chance(0.2) ? 0 : random.int(points + 1)
      const deleted = random.chance(0.5) ? 0 : Math.min(points - at, 1 + random.int(12))
      const inserted = deleted > 0 && random.chance(0.5) ? '' : (WORDS[random.int(WORDS.length)] ?? '')
      const patch = [at, deleted, inserted] as const
      weave.apply(txn, patch)
      return patch
    })
    txns.push({ agent, parents, patches })
  }
  const seen = Array.from(
    { length: numAgents },
    (_, agent) => txns.filter((txn) => txn.agent === agent).length,
  )
  return { kind: 'concurrent', numAgents, endContent: weave.text(seen), txns }
}

export function traceOf(raw: RawTrace): ConcurrentTrace {
  return concurrentTraceOf({ ...raw })
}
