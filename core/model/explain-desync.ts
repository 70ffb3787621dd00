/**
 * Replays a desync report step by step: the text before the commit, each edit as logged and as the client
 * applied it, the checksums on both sides. The result is where the two diverged, and with which edit. Trusts
 * nothing that it can compute.
 */
import type { CommittedChange } from '../protocol/messages.ts'
import { OpError, type TextOp } from '../text/op.ts'
import { Text } from '../text/text.ts'
import { isWholeChange } from './blobs.ts'
import type { DesyncReport } from './desync-report.ts'

/**
 * - `before`: the client's text already differed before the commit.
 * - `op`: the client applied a different edit than the room committed.
 * - `client`: the client applied the same edits to the same text, with a different result.
 * - `room`: the room's checksum does not match its own log.
 * - `unknown`: the report does not contain enough.
 */
export type Cause = 'before' | 'op' | 'client' | 'room' | 'unknown'

export interface Explanation {
  readonly cause: Cause
  /** Explanation for a human reader. */
  readonly message: string
  /**
   * The edit at which they diverged: its index among the commit's edits of the file, and its op on each
   * side.
   */
  readonly op: { readonly index: number; readonly log: TextOp | null; readonly client: TextOp | null } | null
  /** The text according to the log, if it can be computed. */
  readonly expected: string | null
  /** The client's text. */
  readonly found: string | null
  /** Whether the client's checksum can be reproduced from the report. */
  readonly isReproduced: boolean
}

export function explainDesync(report: DesyncReport): Explanation {
  const { said, commit, sumBefore } = report
  const steps = commit.entries.flatMap(({ changes }) => changes)
  const start = startOf(said.before, steps)
  const log = editsOf(steps)
  if (start === null || log === null) {
    const found = said.text ?? null
    const isReproduced = found !== null && Text.from(found).checksum() === said.sum
    return { ...lacking(said.before), op: null, expected: null, found, isReproduced }
  }
  const expected = fold(start, log)
  const mine = said.ops === undefined ? null : fold(start, said.ops)
  const found = said.text ?? mine?.toString() ?? null
  const sums = [mine?.checksum(), said.text === undefined ? undefined : Text.from(said.text).checksum()]
  const outcome = { expected: expected.toString(), found, isReproduced: sums.includes(said.sum) }
  if (said.before !== undefined && sumBefore !== null && start.checksum() !== sumBefore) {
    const message = `The text already differed before commit ${said.seq}; it was last known to be right at ${said.good}.`
    return { cause: 'before', message, op: null, ...outcome }
  }
  const index = said.ops === undefined ? -1 : firstOther(log, said.ops)
  if (index >= 0) {
    const op = { index, log: log[index] ?? null, client: said.ops?.[index] ?? null }
    const message = `The client applied a different edit than commit ${said.seq} has: edit ${index + 1} of the file.`
    return { cause: 'op', message, op, ...outcome }
  }
  if (expected.checksum() !== commit.sums[said.file]) {
    const message = `The room's checksum at ${said.seq} does not match its own log.`
    return { cause: 'room', message, op: null, ...outcome }
  }
  const taken =
    said.ops === undefined ? 'The report does not have the edits it applied.' : 'It applied the same edits.'
  const message = `The client's text differs from the log's. ${taken}`
  return { cause: 'client', message, op: null, ...outcome }
}

function lacking(before: string | undefined): { cause: Cause; message: string } {
  const what = before === undefined ? 'text before the commit' : 'content of the commit'
  return { cause: 'unknown', message: `The ${what} is not in the report: it was too large, or is gone.` }
}

/** The initial text; null if unknown. */
function startOf(before: string | undefined, steps: readonly CommittedChange[]): Text | null {
  const creation = steps.find((change) => change.type === 'create')
  if (creation === undefined) return before === undefined ? null : Text.from(before)
  return typeof creation.text === 'string' ? Text.from(creation.text) : null
}

/** The edits in order; null if the content of one is missing. */
function editsOf(steps: readonly CommittedChange[]): TextOp[] | null {
  if (!steps.every(isWholeChange)) return null
  return steps.flatMap((change) => (change.type === 'edit' ? [change.op] : []))
}

/** The text after the edits. Stops at the first edit that does not fit, as a client does. */
function fold(start: Text, ops: readonly TextOp[]): Text {
  let text = start
  for (const op of ops) {
    try {
      text = text.apply(op)
    } catch (error) {
      if (!(error instanceof OpError)) throw error
      return text
    }
  }
  return text
}

/** Index of the first difference between two lists of ops; -1 if there is none. */
function firstOther(a: readonly TextOp[], b: readonly TextOp[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if (JSON.stringify(a[i]) !== JSON.stringify(b[i])) return i
  }
  return -1
}
