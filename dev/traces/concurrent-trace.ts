/**
 * A recorded session of several people at once, as the editing-traces project publishes them: each transaction names those that its author
 * had seen (`parents`), and its positions are in the text that these make together. Knows how to read one, and what each author had
 * seen; no client.
 */
import { isPatch, type Patch } from './patch.ts'

export interface ConcurrentTransaction {
  /** From 0. */
  readonly agent: number
  readonly patches: readonly Patch[]
  /** How many transactions of each agent its author had seen, this one included. */
  readonly seen: Uint32Array
}

export interface ConcurrentTrace {
  readonly agents: number
  readonly endContent: string
  /** Each comes after all that its author had seen. The text is empty before the first. */
  readonly txns: readonly ConcurrentTransaction[]
}

/** Agents are clients here, and a room takes so many of one user. */
const MOST_AGENTS = 100

type Fields = Readonly<Record<string, unknown>>

/** Whether something that was read is meant to be such a trace. */
export function isConcurrent(value: unknown): value is Fields {
  return isObject(value) && (value.kind === 'concurrent' || 'numAgents' in value)
}

/** @throws Error that says what is wrong with it */
export function concurrentTraceOf({ numAgents: agents, endContent, txns }: Fields): ConcurrentTrace {
  if (!isCount(agents) || agents < 1 || agents > MOST_AGENTS)
    throw new Error(`numAgents must be a whole number from 1 to ${MOST_AGENTS}`)
  if (typeof endContent !== 'string' || !Array.isArray(txns))
    throw new Error('endContent and txns are needed')
  const seen: Uint32Array[] = []
  const done = new Uint32Array(agents)
  return {
    agents,
    endContent,
    txns: txns.map((value: unknown, index): ConcurrentTransaction => {
      const wrong = (what: string) => new Error(`transaction ${index} ${what}`)
      if (!isObject(value)) throw wrong('is no object')
      const { agent, parents, patches } = value
      if (!isCount(agent) || agent >= agents) throw wrong('has no agent from 0 to numAgents - 1')
      if (!Array.isArray(parents)) throw wrong('has no parents')
      if (!Array.isArray(patches) || !patches.every(isPatch)) throw wrong('has patches that are none')
      const mine = new Uint32Array(agents)
      for (const parent of parents) {
        const its = isCount(parent) ? seen[parent] : undefined
        if (its === undefined) throw wrong('has a parent that does not come before it')
        its.forEach((count, other) => {
          mine[other] = Math.max(mine[other] ?? 0, count)
        })
      }
      const before = done[agent] ?? 0
      if (mine[agent] !== before) throw wrong(`does not follow the last one of its agent, ${agent}`)
      done[agent] = before + 1
      mine[agent] = before + 1
      seen.push(mine)
      return { agent, patches, seen: mine }
    }),
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
