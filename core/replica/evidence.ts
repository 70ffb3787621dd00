/**
 * What one commit does to the texts that are followed here, kept until the commit's checksums were compared: where one
 * differs, this is the report that the room gets. Texts are immutable, so that keeping one costs a reference.
 *
 * Invariant: a report is a message that the room's decoder takes. What is too large for it, or may not be sent, is left out.
 */
import { REPORT_UNITS, VIEWER_REPORT_UNITS } from '../protocol/limits.ts'
import type { Desync } from '../protocol/messages.ts'
import { parseOp, parseText, type TextOp } from '../text/op.ts'
import type { Text } from '../text/text.ts'

export class Evidence {
  readonly #before = new Map<string, Text>()
  readonly #ops = new Map<string, TextOp[]>()
  readonly #misfits = new Set<string>()
  /** By file, the last seq at which its text was known to be the room's. */
  readonly #good = new Map<string, number>()

  /** The text here is the room's as of `seq`. */
  agreed(file: string, seq: number): void {
    this.#good.set(file, seq)
  }

  /** A commit begins. @param before the texts that it changes, as far as they are followed here */
  begin(before: Iterable<readonly [file: string, text: Text]>): void {
    this.#before.clear()
    this.#ops.clear()
    this.#misfits.clear()
    for (const [file, text] of before) this.#before.set(file, text)
  }

  /** Whether the commit's checksums say of this text what it has to be. */
  covers(file: string): boolean {
    return this.#before.has(file)
  }

  /** The commit has this edit of the file. */
  edited(file: string, op: TextOp): void {
    const ops = this.#ops.get(file)
    if (ops === undefined) this.#ops.set(file, [op])
    else ops.push(op)
  }

  /** The edit does not fit the text here, which is as it was. */
  misfit(file: string): void {
    this.#misfits.add(file)
  }

  isMisfit(file: string): boolean {
    return this.#misfits.has(file)
  }

  /** The report of a text that commit `seq` left with another checksum than it says. */
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

/** A report as somebody may send it who may not edit: without texts, and without the edits where they are large. */
export function viewerReport({ before: _, text: __, ...report }: Desync): Desync {
  if (JSON.stringify(report).length <= VIEWER_REPORT_UNITS) return report
  const { ops: ___, ...least } = report
  return least
}

/** A field of the report, where its content can be sent. What came damaged may be no op and no text at all. */
function sendable<K extends string, V>(name: K, content: () => V): { [P in K]?: V } {
  try {
    const value = content()
    return JSON.stringify(value).length <= REPORT_UNITS ? ({ [name]: value } as { [P in K]: V }) : {}
  } catch {
    return {}
  }
}
