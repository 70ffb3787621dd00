/**
 * Records what one commit does to the followed texts until its checksums have been compared: if one differs,
 * this becomes the report for the room. Texts are immutable, so keeping one costs a reference.
 *
 * Invariant: a report is a message that the room's decoder accepts. Whatever is too large for it, or must
 * not be sent, is omitted.
 */
import { REPORT_UNITS, VIEWER_REPORT_UNITS } from '../protocol/limits.ts'
import type { Desync } from '../protocol/messages.ts'
import { parseOp, parseText, type TextOp } from '../text/op.ts'
import type { Text } from '../text/text.ts'

export class Evidence {
  readonly #before = new Map<string, Text>()
  readonly #ops = new Map<string, TextOp[]>()
  readonly #misfits = new Set<string>()
  /** By file, the last seq at which its text was known to match the room's. */
  readonly #good = new Map<string, number>()

  /** The text matches the room's as of `seq`. */
  agreed(file: string, seq: number): void {
    this.#good.set(file, seq)
  }

  /** Starts a commit. @param before the followed texts that it changes */
  begin(before: Iterable<readonly [file: string, text: Text]>): void {
    this.#before.clear()
    this.#ops.clear()
    this.#misfits.clear()
    for (const [file, text] of before) this.#before.set(file, text)
  }

  /** The commit creates this file, with this text. */
  follow(file: string, text: Text): void {
    this.#before.set(file, text)
  }

  /** Whether the commit has a checksum for this text. */
  covers(file: string): boolean {
    return this.#before.has(file)
  }

  /** Records an edit of the file from the commit. */
  edited(file: string, op: TextOp): void {
    const ops = this.#ops.get(file)
    if (ops === undefined) this.#ops.set(file, [op])
    else ops.push(op)
  }

  /** The edit does not fit the text, which remains unchanged. */
  misfit(file: string): void {
    this.#misfits.add(file)
  }

  isMisfit(file: string): boolean {
    return this.#misfits.has(file)
  }

  /** The report for a text whose checksum after commit `seq` differs from the commit's. */
  report(file: string, seq: number, text: Text): Desync {
    const before = this.#before.get(file)
    const ops = this.#ops.get(file) ?? []
    return {
      type: 'desync',
      file,
      seq,
      good: this.#good.get(file) ?? 0,
      sum: text.checksum(),
      points: text.points,
      ...(before === undefined ? {} : sendable('before', () => parseText(before.toString()))),
      ...sendable('text', () => parseText(text.toString())),
      ...sendable('ops', () => ops.map((op) => parseOp(op))),
    }
  }
}

/**
 * The report as sent by somebody who may not edit: without texts, and without the edits if they are large.
 */
export function viewerReport({ before: _, text: __, ...report }: Desync): Desync {
  if (JSON.stringify(report).length <= VIEWER_REPORT_UNITS) return report
  const { ops: ___, ...least } = report
  return least
}

/**
 * A field of the report, if its content can be sent. Damaged content may be neither a valid op nor a valid
 * text.
 */
function sendable<K extends string, V>(name: K, content: () => V): { [P in K]?: V } {
  try {
    const value = content()
    return JSON.stringify(value).length <= REPORT_UNITS ? ({ [name]: value } as { [P in K]: V }) : {}
  } catch {
    return {}
  }
}
