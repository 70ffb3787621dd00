// Computes an op from one text to another when only both texts are known. The less the op touches of what
// both texts share, the better a three-way merge keeps unrelated edits. Compares by lines first, then trims
// the common prefix and suffix of changed lines. The work is bounded; a text rewritten beyond recognition
// becomes a single replacement.

import { matchLines } from './diff-lines.ts'
import type { TextOp } from './op.ts'
import { OpBuilder } from './op-builder.ts'
import type { Text } from './text.ts'
import { isHigh, isLow, pointsBetween } from './units.ts'

/** An op such that `from.apply(diff(from, to))` equals `to`. */
export function diff(from: Text, to: Text): TextOp {
  if (from.equals(to)) return []
  const writer = new DiffWriter(from.toString(), to.toString())
  const { a, b } = writer
  const start = lineStartBefore(a, commonPrefix(a, b, 0, a.length, 0, b.length))
  const end = commonSuffix(a, b, start, a.length, start, b.length)
  const endInA = lineStartAfter(a, a.length - end)
  const endInB = b.length - (a.length - endInA)
  const aLines = lineStarts(a, start, endInA)
  const bLines = lineStarts(b, start, endInB)
  const numbers = new Map<string, number>()
  const matches = matchLines(numbered(a, aLines, numbers), numbered(b, bLines, numbers))
  let aNext = 0
  let bNext = 0
  for (let i = 0; i <= matches.length; i++) {
    const match = i === matches.length ? bLines.length - 1 : matches[i]!
    if (match < 0) continue
    writeHunk(writer, aLines, aNext, i, bLines, bNext, match)
    aNext = i + 1
    bNext = match + 1
  }
  return writer.finish()
}

/**
 * Collects replacements of ranges of `a` by ranges of `b` (in units, ascending), and reduces each to the
 * part that differs.
 */
class DiffWriter {
  readonly a: string
  readonly b: string
  readonly #op = new OpBuilder()
  #done = 0

  constructor(a: string, b: string) {
    this.a = a
    this.b = b
  }

  replace(aFrom: number, aTo: number, bFrom: number, bTo: number): void {
    const { a, b } = this
    const prefix = commonPrefix(a, b, aFrom, aTo, bFrom, bTo)
    const suffix = commonSuffix(a, b, aFrom + prefix, aTo, bFrom + prefix, bTo)
    this.#op.skip(pointsBetween(a, this.#done, aFrom + prefix))
    this.#op.insert(b.slice(bFrom + prefix, bTo - suffix))
    this.#op.delete(pointsBetween(a, aFrom + prefix, aTo - suffix))
    this.#done = aTo - suffix
  }

  finish(): TextOp {
    return this.#op.finish()
  }
}

/**
 * Equal numbers of lines on both sides are taken to be the same lines, modified: they are compared pairwise.
 */
function writeHunk(
  writer: DiffWriter,
  aLines: readonly number[],
  aFrom: number,
  aTo: number,
  bLines: readonly number[],
  bFrom: number,
  bTo: number,
): void {
  if (aFrom === aTo && bFrom === bTo) return
  if (aTo - aFrom !== bTo - bFrom) {
    writer.replace(aLines[aFrom]!, aLines[aTo]!, bLines[bFrom]!, bLines[bTo]!)
    return
  }
  for (let i = aFrom, j = bFrom; i < aTo; i++, j++) {
    writer.replace(aLines[i]!, aLines[i + 1]!, bLines[j]!, bLines[j + 1]!)
  }
}

/** Units that both ranges begin with, without splitting a character. */
function commonPrefix(a: string, b: string, aFrom: number, aTo: number, bFrom: number, bTo: number): number {
  const most = Math.min(aTo - aFrom, bTo - bFrom)
  let units = 0
  while (units < most && a.charCodeAt(aFrom + units) === b.charCodeAt(bFrom + units)) units++
  return units > 0 && isHigh(a.charCodeAt(aFrom + units - 1)) ? units - 1 : units
}

/** Units that both ranges end with, without splitting a character. */
function commonSuffix(a: string, b: string, aFrom: number, aTo: number, bFrom: number, bTo: number): number {
  const most = Math.min(aTo - aFrom, bTo - bFrom)
  let units = 0
  while (units < most && a.charCodeAt(aTo - units - 1) === b.charCodeAt(bTo - units - 1)) units++
  return units > 0 && isLow(a.charCodeAt(aTo - units)) ? units - 1 : units
}

function lineStartBefore(text: string, unit: number): number {
  return unit === 0 ? 0 : text.lastIndexOf('\n', unit - 1) + 1
}

function lineStartAfter(text: string, unit: number): number {
  if (unit === 0) return 0
  const lineEnd = text.indexOf('\n', unit - 1)
  return lineEnd < 0 ? text.length : lineEnd + 1
}

/** Offsets in units at which the lines of a range begin, followed by the end of the range. */
function lineStarts(text: string, from: number, to: number): number[] {
  const starts: number[] = []
  for (let at = from; at < to; ) {
    starts.push(at)
    const lineEnd = text.indexOf('\n', at)
    at = lineEnd < 0 || lineEnd >= to ? to : lineEnd + 1
  }
  starts.push(to)
  return starts
}

/** Maps each line to a number; equal lines get equal numbers. */
function numbered(text: string, starts: readonly number[], numbers: Map<string, number>): Int32Array {
  const lines = new Int32Array(starts.length - 1)
  for (let i = 0; i < lines.length; i++) {
    const line = text.slice(starts[i]!, starts[i + 1]!)
    let number = numbers.get(line)
    if (number === undefined) {
      number = numbers.size
      numbers.set(line, number)
    }
    lines[i] = number
  }
  return lines
}
