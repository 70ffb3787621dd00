/**
 * A recorded session of several people at once, in the format of editing-traces: each transaction names its
 * `parents`, and its positions are in the text that these produce together. Parses a trace and computes what
 * each author had seen; knows no client.
 */
import { isPatch, type Patch } from './patch.ts'

export interface ConcurrentTransaction {
  /** From 0. */
  readonly agent: number
  readonly patches: readonly Patch[]
  /** By agent, the number of transactions that the author had seen, including this one. */
  readonly seen: Uint32Array
}

export interface ConcurrentTrace {
  readonly agents: number
  readonly endContent: string
  /** Each transaction follows everything its author had seen. The text is empty before the first. */
  readonly txns: readonly ConcurrentTransaction[]
}

/** Agents become clients, and a room limits the connections of one user. */
const MOST_AGENTS = 100

type Fields = Readonly<Record<string, unknown>>

/** Whether a parsed value is meant to be a concurrent trace. */
export function isConcurrent(value: unknown): value is Fields {
  return isObject(value) && (value.kind === 'concurrent' || 'numAgents' in value)
}

/** @throws Error that says what is invalid */
export function concurrentTraceOf({ numAgents: agents, endContent, txns }: Fields): ConcurrentTrace {
  if (!isCount(agents) || agents < 1 || agents > MOST_AGENTS)
    throw new Error(`numAgents must be a whole number from 1 to ${MOST_AGENTS}`)
  if (typeof endContent !== 'string' || !Array.isArray(txns))
    throw new Error('endContent and txns are missing')
  const seen: Uint32Array[] = []
  const done = new Uint32Array(agents)
  return {
    agents,
    endContent,
    txns: txns.map((value: unknown, index): ConcurrentTransaction => {
      const wrong = (what: string) => new Error(`transaction ${index} ${what}`)
      if (!isObject(value)) throw wrong('is not an object')
      const { agent, parents, patches } = value
      if (!isCount(agent) || agent >= agents) throw wrong('has no agent from 0 to numAgents - 1')
      if (!Array.isArray(parents)) throw wrong('has no parents')
      if (!Array.isArray(patches) || !patches.every(isPatch)) throw wrong('has invalid patches')
      const mine = new Uint32Array(agents)
      for (const parent of parents) {
        const its = isCount(parent) ? seen[parent] : undefined
        if (its === undefined) throw wrong('has a parent that does not precede it')
        its.forEach((count, other) => {
          mine[other] = Math.max(mine[other] ?? 0, count)
        })
      }
      const before = done[agent] ?? 0
      if (mine[agent] !== before) throw wrong(`does not follow the previous one of its agent, ${agent}`)
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
