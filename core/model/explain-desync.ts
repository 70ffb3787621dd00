/**
 * Does over what a report tells of, step by step: the text before the commit, each edit as the log has it and as the client
 * took it, the checksums on both sides. What comes out is where the two parted, and with which edit. It believes nothing
 * that it can compute.
 */
import type { CommittedChange } from '../protocol/messages.ts'
import { OpError, type TextOp } from '../text/op.ts'
import { Text } from '../text/text.ts'
import { isWholeChange } from './blobs.ts'
import type { DesyncReport } from './desync-report.ts'

/**
 * `before`: the client's text was another before the commit already. `op`: the client took another edit than the room
 * committed. `client`: the client took the same edits to the same text and came to another. `room`: the room's checksum is
 * not that of its own log. `unknown`: the report does not hold enough.
 */
export type Cause = 'before' | 'op' | 'client' | 'room' | 'unknown'

export interface Explanation {
  readonly cause: Cause
  /** In words, for whoever looks into it. */
  readonly message: string
  /** The edit with which they parted: where it stands among the commit's edits of the file, and what it was on each side. */
  readonly op: { readonly index: number; readonly log: TextOp | null; readonly client: TextOp | null } | null
  /** The text that the log leads to, where it can be computed. */
  readonly expected: string | null
  /** The client's text. */
  readonly found: string | null
  /** Whether the client's checksum comes out of what the report holds. */
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
    const message = `The text was another before commit ${said.seq} already; it was last known to be right at ${said.good}.`
    return { cause: 'before', message, op: null, ...outcome }
  }
  const index = said.ops === undefined ? -1 : firstOther(log, said.ops)
  if (index >= 0) {
    const op = { index, log: log[index] ?? null, client: said.ops?.[index] ?? null }
    const message = `The client took another edit than commit ${said.seq} has: edit ${index + 1} of the file in it.`
    return { cause: 'op', message, op, ...outcome }
  }
  if (expected.checksum() !== commit.sums[said.file]) {
    const message = `The room's checksum at ${said.seq} is not that of the text that its own log leads to.`
    return { cause: 'room', message, op: null, ...outcome }
  }
  const taken =
    said.ops === undefined ? 'Which edits it took is not in the report.' : 'It took the same edits.'
  const message = `The client came to another text than the log leads to. ${taken}`
  return { cause: 'client', message, op: null, ...outcome }
}

function lacking(before: string | undefined): { cause: Cause; message: string } {
  const what = before === undefined ? 'text before the commit' : 'content of the commit'
  return { cause: 'unknown', message: `The ${what} is not in the report: it was too large, or is gone.` }
}

/** The text to begin with; null when it is not known. */
function startOf(before: string | undefined, steps: readonly CommittedChange[]): Text | null {
  const creation = steps.find((change) => change.type === 'create')
  if (creation === undefined) return before === undefined ? null : Text.from(before)
  return typeof creation.text === 'string' ? Text.from(creation.text) : null
}

/** The edits in order; null when one of them is not at hand. */
function editsOf(steps: readonly CommittedChange[]): TextOp[] | null {
  if (!steps.every(isWholeChange)) return null
  return steps.flatMap((change) => (change.type === 'edit' ? [change.op] : []))
}

/** The text after the edits. One that does not fit is passed over, as a client does. */
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

/** Where two lists of ops first differ; -1 when they do not. */
function firstOther(a: readonly TextOp[], b: readonly TextOp[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if (JSON.stringify(a[i]) !== JSON.stringify(b[i])) return i
  }
  return -1
}
