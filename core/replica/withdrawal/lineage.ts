/**
 * The text of one file, with everything pending and everything that can be undone and redone, as runs of
 * characters with an identity: a deleted run stays as a gap, and what restores it restores that run, not a
 * copy. So a change can be taken out as if it had never been made, together with everything that undid or
 * redid it, while all other changes keep exactly their effect.
 *
 * Built for each withdrawal, then discarded. It knows no file, no submission and no undo entry.
 *
 * Long because it is one data structure: every method works on the same runs.
 */
import type { Hunk } from '../../text/hunks.ts'
import { type OpComponent, OpError, type TextOp } from '../../text/op.ts'
import { OpBuilder } from '../../text/op-builder.ts'
import type { Text } from '../../text/text.ts'
import { pointsOf, unitAt } from '../../text/units.ts'
import { type Common, longestCommon } from './common.ts'

/** One change of the text. */
export interface Step {
  /** Identifies the item or part that contains it. */
  readonly key: number
  readonly op: TextOp
  /** Keys of the changes that it undoes or redoes; empty for any other change. */
  readonly back: ReadonlySet<number>
}

/** Records that a step made a run appear or vanish. */
interface Mark {
  /** Index of the step on its line. */
  readonly at: number
  readonly on: boolean
  /** Key of the step, then those of the changes that it reverses, directly or indirectly. */
  readonly keys: readonly number[]
}

interface Run {
  /** Identifies the run. When a run is cut, its pieces keep this, and `from` is their offset in points. */
  readonly origin: number
  readonly from: number
  /** Origin and offset of the run that this copies, for text restored at a different place. */
  copyOf: { readonly origin: number; readonly from: number } | null
  /** The step that inserted it; null if it is part of the committed text. */
  readonly made: { readonly line: number; readonly at: number } | null
  readonly text: string
  readonly points: number
  /** Offset in the committed text; null if it is not part of it. */
  readonly base: number | null
  /** Position in the committed text before which it lies. */
  place: number
  /** By line. */
  readonly marks: Mark[][]
  /** Whether it was in the text at the end of the main line before anything was taken out. */
  was: boolean
  /** It counts as never having existed. */
  isGone: boolean
}

const MAIN = 0

export class Lineage {
  #runs: Run[] = []
  /** Number of steps on each line. */
  readonly #steps: number[] = [0]
  #lastName = 0

  /** @param committed the text with which the main line begins */
  constructor(committed: Text) {
    const { points } = committed
    if (points === 0) return
    const name = { origin: 0, from: 0, copyOf: null, made: null }
    const state = { place: 0, marks: [[]], was: false, isGone: false }
    this.#runs.push({ ...name, text: committed.toString(), points, base: 0, ...state })
  }

  /**
   * Starts a line of steps at the end of the main line, which must not grow any more. Returns its number.
   */
  branch(): number {
    for (const { marks } of this.#runs) marks.push([])
    return this.#steps.push(0) - 1
  }

  /**
   * Appends a step to a line; the main line is 0.
   * @returns its index there
   * @throws OpError if it does not fit the text
   */
  add(line: number, step: Step): number {
    const at = this.#steps[line] ?? 0
    const newName = () => ++this.#lastName
    new Writer(this.#runs, { line, at, lines: this.#steps.length, newName }, step).write()
    this.#steps[line] = at + 1
    return at
  }

  /**
   * Takes out the changes with these keys, and everything that reversed them. What was done to a copy then
   * counts as done to its original.
   */
  forget(keys: ReadonlySet<number>): void {
    this.#remember()
    this.#unite()
    const isOut = (mark: Mark | undefined) => mark?.keys.some((key) => keys.has(key)) === true
    for (const run of this.#runs) {
      if (run.made !== null && isOut(run.marks[run.made.line]?.[0])) run.isGone = true
      run.marks.forEach((line, i) => {
        if (line.some(isOut)) run.marks[i] = line.filter((mark) => !isOut(mark))
      })
    }
    this.#giveBack(({ isGone }) => isGone)
    const oldestFirst = [...this.#runs].sort((a, b) => a.origin - b.origin)
    for (const run of oldestFirst) {
      if (run.isGone || run.copyOf === null) continue
      // A copy of a run that never existed never existed either; a copy of such a copy becomes one of the
      // original.
      for (let original = this.#originalOf(run); original?.isGone; original = this.#originalOf(run)) {
        const { made, copyOf } = original
        const first = this.#originalOf(original)
        if (made === null || first === undefined || copyOf === null) {
          run.isGone = true
          break
        }
        if (!first.isGone && !isOn(first, made.line, made.at)) {
          run.isGone = true
          break
        }
        run.copyOf = { origin: copyOf.origin, from: copyOf.from + run.copyOf.from - original.from }
      }
    }
  }

  /**
   * Puts what a branch restores back where it was. Its steps are still to be made, so they may differ from
   * those that were added, whose places others may have shifted. It stays if the text that it was beside has
   * been restored elsewhere, and it is beside that.
   */
  #unite(): void {
    const isBeside = this.#besideMoved()
    const copies = this.#runs.filter((run) => isRestored(run) && !isBeside(run))
    const origins = new Set(copies.map(({ origin }) => origin))
    const isTaken = ({ origin }: Run) => origins.has(origin)
    this.#giveBack(isTaken)
    this.#moveAlong(isTaken)
    this.#runs = this.#runs.filter((run) => !isTaken(run))
  }

  /**
   * Whether a copy on a branch is in its order with what the main line has restored elsewhere, more than its
   * original is.
   */
  #besideMoved(): (copy: Run) => boolean {
    const places = new Map(this.#runs.map((run, place) => [run, place]))
    const placeOf = (run: Run | undefined) => (run && places.get(run)) ?? -1
    const moved = this.#runs.flatMap((run) => {
      const isMoved =
        run.copyOf !== null && run.made?.line === MAIN && isOn(run, MAIN, Number.POSITIVE_INFINITY)
      return isMoved ? [{ is: placeOf(run), was: placeOf(this.#originalOf(run)) }] : []
    })
    return (copy) => {
      if (moved.length === 0) return false
      const [is, was] = [placeOf(copy), placeOf(this.#originalOf(copy))]
      const inOrder = (place: number) =>
        moved.filter((other) => other.was !== was && other.was < was === other.is < place).length
      return inOrder(is) > inOrder(was)
    }
  }

  /** What a branch inserts beside a copy stays beside what that restores, where it was. */
  #moveAlong(isTaken: (copy: Run) => boolean): void {
    for (const insert of insertsOf(this.#runs)) {
      const first = insert.findIndex(isTaken)
      if (first === -1) continue
      let beside = this.#restoredBy(insert[first]!, 0, isTaken)
      for (const run of insert.slice(0, first).reverse()) {
        this.#move(run, beside, 0)
        beside = run
      }
      for (const run of insert.slice(first)) {
        if (!isTaken(run)) this.#move(run, beside, 1)
        beside = isTaken(run) ? this.#restoredBy(run, run.points - 1, isTaken) : run
      }
    }
  }

  /** Puts a run before another one (0) or behind it (1). */
  #move(run: Run, beside: Run, offset: 0 | 1): void {
    this.#runs.splice(this.#runs.indexOf(run), 1)
    this.#runs.splice(this.#runs.indexOf(beside) + offset, 0, run)
    run.place = beside.base === null ? beside.place : beside.base + offset * beside.points
  }

  /** The run that a copy restores at a point of it, which may be a copy itself. */
  #restoredBy(copy: Run, point: number, isTaken: (copy: Run) => boolean): Run {
    const { copyOf } = copy
    if (copyOf === null) return copy
    const { origin, from } = copyOf
    const at = from + point
    const run = this.#runs.find(
      (run) => run.origin === origin && run.from <= at && at < run.from + run.points,
    )
    if (run === undefined) return copy
    return isTaken(run) ? this.#restoredBy(run, at - run.from, isTaken) : run
  }

  /** The run that this one copies, or the first piece of it. */
  #originalOf({ copyOf }: Run): Run | undefined {
    if (copyOf === null) return undefined
    const { origin, from } = copyOf
    return this.#runs.find((run) => run.origin === origin && run.from <= from && from < run.from + run.points)
  }

  /** Takes out everything done at these places of the committed text. */
  forgetAt(hunks: readonly Hunk[]): void {
    for (const { start, end } of hunks) for (const point of [start, end]) this.#cutAt(point)
    this.#remember()
    this.#unite()
    for (const run of this.#runs) {
      const { base, place, points, marks } = run
      const isHit = hunks.some(({ start, end }) =>
        base === null ? start <= place && place <= end : start <= base && base + points <= end,
      )
      if (!isHit) continue
      if (base === null) run.isGone = true
      else
        marks.forEach((_, line) => {
          marks[line] = []
        })
      for (const copy of this.#runs) if (isCopyOf(copy, run)) copy.isGone = true
    }
  }

  // ── results ─────────────────────────────────────────────────────────────────────────────────────────────

  /** What the steps of a line do, from index `from` up to but excluding `to`. */
  op(line: number, from: number, to = from + 1): TextOp {
    return this.#opOf((run) => [isOn(run, line, from), isOn(run, line, to)])
  }

  /** The text before a step. */
  text(line: number, at: number): string {
    return this.#runs.map((run) => (isOn(run, line, at) ? run.text : '')).join('')
  }

  /** The op from the text at the end of the main line, as it was, to what it is now. */
  get difference(): TextOp {
    return this.#opOf((run) => [run.was, isOn(run, MAIN, Number.POSITIVE_INFINITY)])
  }

  // ── internals ───────────────────────────────────────────────────────────────────────────────────────────

  #opOf(look: (run: Run) => readonly [before: boolean, after: boolean]): TextOp {
    const op = new OpBuilder()
    for (const run of this.#runs) {
      const [before, after] = look(run)
      if (before && after) op.skip(run.points)
      else if (before) op.delete(run.points)
      else if (after) op.insert(run.text)
    }
    return op.finish()
  }

  #remember(): void {
    for (const run of this.#runs) run.was = isOn(run, MAIN, Number.POSITIVE_INFINITY)
  }

  /**
   * Transfers the marks of copies to their originals, unless those were absent when the copy was made and
   * the copy is gone.
   */
  #giveBack(isTaken: (copy: Run) => boolean): void {
    const copies = this.#runs.filter((run) => run.copyOf !== null && isTaken(run))
    // Newest first, since an original, which is older, may itself be a copy, and is cut here.
    const origins = [...new Set(copies.map(({ origin }) => origin))].sort((a, b) => b - a)
    for (const origin of origins)
      for (const run of this.#runs.filter((run) => run.origin === origin && isTaken(run)))
        this.#giveBackOne(run)
  }

  #giveBackOne({ copyOf, made, points, marks, isGone }: Run): void {
    if (copyOf === null || made === null || marks.every((own) => own.length === 0)) return
    const { origin, from } = copyOf
    for (const point of [from, from + points]) this.#cutWithin(origin, point)
    for (const run of this.#runs) {
      if (run.origin !== origin || run.from < from || run.from >= from + points) continue
      if (isGone && !run.isGone && !isOn(run, made.line, made.at)) continue
      run.marks.forEach((own, i) => {
        run.marks[i] = [...own, ...(marks[i] ?? [])].sort((a, b) => a.at - b.at)
      })
    }
  }

  /** Cuts at a point so that no run spans it. @param point offset in the original run with this name */
  #cutWithin(origin: number, point: number): void {
    const i = this.#runs.findIndex(
      (run) => run.origin === origin && run.from < point && point < run.from + run.points,
    )
    const run = this.#runs[i]
    if (run !== undefined) this.#runs.splice(i, 1, ...cut(run, point - run.from))
  }

  /** Cuts at a point of the committed text so that no run spans it. */
  #cutAt(point: number): void {
    const i = this.#runs.findIndex(
      ({ base, points }) => base !== null && base < point && point < base + points,
    )
    const run = this.#runs[i]
    if (run !== undefined) this.#runs.splice(i, 1, ...cut(run, point - (run.base ?? 0)))
  }
}

/** Where a step is added. */
interface Place {
  readonly line: number
  readonly at: number
  /** Number of lines. */
  readonly lines: number
  newName(): number
}

/** Adds one step to the runs. */
class Writer {
  readonly #runs: Run[]
  readonly #line: number
  readonly #lines: number
  readonly #at: number
  readonly #step: Step
  readonly #newName: () => number
  /** Index of the next run: all before it are done. */
  #next = 0
  /** Runs that may be restored where something is inserted. */
  readonly #gap = new Set<Run>()

  constructor(runs: Run[], { line, at, lines, newName }: Place, step: Step) {
    this.#runs = runs
    this.#newName = newName
    this.#line = line
    this.#lines = lines
    this.#at = at
    this.#step = step
  }

  write(): void {
    const { op } = this.#step
    for (let i = 0; i < op.length; ) {
      const component = op[i]!
      if (typeof component === 'number') {
        this.#pass(component, () => {})
        i++
        continue
      }
      const next = op.findIndex((other, at) => at > i && typeof other === 'number')
      const end = next === -1 ? op.length : next
      this.#replace(op.slice(i, end))
      i = end
    }
  }

  /**
   * Deletes and inserts at one place. What is restored there may have been on either side of what is deleted:
   * in which order an op says so is a matter of its form.
   */
  #replace(components: TextOp): void {
    const insert = components.filter((component) => typeof component === 'string').join('')
    const points = components.reduce(
      (sum: number, part: OpComponent) => sum + (typeof part === 'object' ? part.d : 0),
      0,
    )
    if (insert !== '' && points > 0 && this.#restoresWithin(points)) {
      const start = this.#next
      this.#pass(points, (run) => this.#mark(run, false))
      this.#next = start
      this.#insert(insert)
      return
    }
    for (const component of components) {
      if (typeof component === 'string') this.#insert(component)
      else if (typeof component === 'object') this.#pass(component.d, (run) => this.#mark(run, false))
    }
  }

  /** Whether something may be restored before the end of so many points of the text, or right behind it. */
  #restoresWithin(points: number): boolean {
    let left = points
    for (let i = this.#next; i < this.#runs.length; i++) {
      const run = this.#runs[i]!
      if (!this.#isOn(run)) {
        if (this.#isReversed(run)) return true
      } else if (left <= 0) return false
      else left -= run.points
    }
    return false
  }

  /** Advances over this many points of the text, and the gaps before them. */
  #pass(points: number, visit: (run: Run) => void): void {
    for (let left = points; left > 0; this.#next++) {
      const run = this.#runs[this.#next]
      if (run === undefined) throw new OpError('op_out_of_range', 'the op does not fit the text')
      if (!this.#isOn(run)) continue
      const part = run.points > left ? this.#cut(this.#next, left) : run
      left -= part.points
      visit(part)
    }
  }

  /** Restores what was here and was removed by a change that this step reverses; everything else is new. */
  #insert(text: string): void {
    const gap = this.#findGap()
    if (gap.length === 0) this.#passGaps(Number.POSITIVE_INFINITY, false)
    let rest = text
    let missing = ''
    for (const run of gap) {
      const at = rest.indexOf(run)
      if (at === -1) {
        missing += run
        continue
      }
      this.#fill(missing, rest.slice(0, at))
      this.#passGaps(pointsOf(run), true)
      rest = rest.slice(at + run.length)
      missing = ''
    }
    this.#fill(missing, rest)
    this.#passGaps(Number.POSITIVE_INFINITY, false)
  }

  /** Inserts a text where part of the gap was: restores as much of the gap as the text contains. */
  #fill(was: string, text: string): void {
    const common = longestCommon(was, text)
    if (common === null) {
      if (text !== '') this.#add(text)
      this.#passGaps(pointsOf(was), false)
      return
    }
    const { inA, inB, length } = common
    this.#fill(was.slice(0, inA), text.slice(0, inB))
    this.#passGaps(pointsOf(was.slice(inA, inA + length)), true)
    this.#fill(was.slice(inA + length), text.slice(inB + length))
  }

  /** Collects what may be restored at this place. Returns the texts of its runs. */
  #findGap(): string[] {
    const texts: string[] = []
    this.#gap.clear()
    for (let i = this.#next; i < this.#runs.length; i++) {
      const run = this.#runs[i]!
      if (this.#isOn(run)) break
      if (!this.#isReversed(run)) continue
      this.#gap.add(run)
      texts.push(run.text)
    }
    return texts
  }

  /** Advances over this many points that may be restored, then over everything that may not. */
  #passGaps(points: number, comeBack: boolean): void {
    for (let left = points; left > 0; this.#next++) {
      const run = this.#runs[this.#next]
      if (run === undefined || this.#isOn(run)) return
      if (!this.#gap.has(run)) continue
      const part = run.points > left ? this.#cut(this.#next, left) : run
      left -= part.points
      if (comeBack) this.#mark(part, true)
    }
  }

  /** Adds a new run. Text restored at a different place is also new, but goes with whatever removed it. */
  #add(text: string): void {
    const found = this.#findElsewhere(text)
    if (found !== null && found.length < text.length) {
      const { inB, length } = found
      for (const piece of [text.slice(0, inB), text.slice(inB, inB + length), text.slice(inB + length)])
        if (piece !== '') this.#add(piece)
      return
    }
    const moved = found === null ? undefined : this.#isolate(found.run, found.inA, text)
    const before = this.#runs[this.#next - 1]
    const place = before === undefined ? 0 : before.base === null ? before.place : before.base + before.points
    const marks = Array.from({ length: this.#lines }, (): Mark[] => [])
    const copyOf = moved === undefined ? null : { origin: moved.origin, from: moved.from }
    const made = { line: this.#line, at: this.#at }
    const name = { origin: this.#newName(), from: 0, copyOf, made }
    const run = { ...name, text, points: pointsOf(text), base: null, place, marks, was: false, isGone: false }
    const keys = [this.#step.key, ...(moved === undefined ? [] : keysOf(moved, this.#line))]
    marks[this.#line]?.push({ at: this.#at, on: true, keys })
    this.#runs.splice(this.#next++, 0, run)
    if (moved !== undefined) this.#mark(moved, false)
  }

  /** Finds the longest part of a text in a run that may be restored, but is not at this place. */
  #findElsewhere(text: string): (Common & { readonly run: Run }) | null {
    let best: (Common & { readonly run: Run }) | null = null
    for (const run of this.#runs) {
      if (this.#gap.has(run) || !this.#isReversed(run)) continue
      const found = longestCommon(run.text, text)
      if (found !== null && found.length > (best?.length ?? 0)) best = { ...found, run }
    }
    return best
  }

  /** Cuts a run so that one piece of it has just this text. @param from UTF-16 units into the run */
  #isolate(run: Run, from: number, text: string): Run {
    let piece = run
    let at = this.#runs.indexOf(run)
    if (from > 0) {
      this.#cut(at++, pointsOf(run.text.slice(0, from)))
      piece = this.#runs[at]!
      if (at <= this.#next) this.#next++
    }
    if (piece.text.length === text.length) return piece
    if (at < this.#next) this.#next++
    return this.#cut(at, pointsOf(text))
  }

  #mark(run: Run, on: boolean): void {
    const last = lastOf(run, this.#line)
    const isReversal = last !== undefined && this.#step.back.has(last.keys[0]!)
    const keys = [this.#step.key, ...(isReversal ? last.keys : [])]
    run.marks[this.#line]?.push({ at: this.#at, on, keys })
  }

  #isOn(run: Run): boolean {
    return lastOf(run, this.#line)?.on ?? run.base !== null
  }

  /** Whether the run was removed by a change that this step reverses. */
  #isReversed(run: Run): boolean {
    const last = lastOf(run, this.#line)
    return last?.on === false && this.#step.back.has(last.keys[0]!)
  }

  /** Cuts a run, and returns its first piece. */
  #cut(i: number, points: number): Run {
    const run = this.#runs[i]!
    const [first, second] = cut(run, points)
    this.#runs.splice(i, 1, first, second)
    if (this.#gap.has(run)) this.#gap.add(first).add(second)
    return first
  }
}

function cut(run: Run, points: number): readonly [Run, Run] {
  const unit = unitAt(run.text, points, run.points)
  const marksOf = () => run.marks.map((line) => [...line])
  const { base, copyOf } = run
  return [
    { ...run, text: run.text.slice(0, unit), points, marks: marksOf() },
    {
      ...run,
      from: run.from + points,
      copyOf: copyOf === null ? null : { ...copyOf, from: copyOf.from + points },
      text: run.text.slice(unit),
      points: run.points - points,
      base: base === null ? null : base + points,
      place: base === null ? run.place : base + points,
      marks: marksOf(),
    },
  ]
}

/** Whether a run copies, on a branch, what the branch restores. */
function isRestored(run: Run): boolean {
  return run.copyOf !== null && isInserted(run)
}

/** Runs that a branch inserted at one place, in order. */
function insertsOf(runs: readonly Run[]): Run[][] {
  const inserts: Run[][] = []
  for (const run of runs) {
    const last = inserts.at(-1)?.[0]
    if (isInserted(run) && last?.made?.line === run.made?.line) inserts.at(-1)!.push(run)
    else inserts.push([run])
  }
  return inserts
}

/** Whether a branch inserted a run. */
function isInserted({ made }: Run): boolean {
  return made !== null && made.line !== MAIN
}

/** Whether a piece of a run is a copy of part of another. */
function isCopyOf({ copyOf, points }: Run, { origin, from, points: most }: Run): boolean {
  if (copyOf === null || copyOf.origin !== origin) return false
  return copyOf.from < from + most && from < copyOf.from + points
}

/** The last mark of a run, as seen from a line. */
function lastOf({ marks }: Run, line: number): Mark | undefined {
  return marks[line]?.at(-1) ?? marks[MAIN]?.at(-1)
}

function keysOf(run: Run, line: number): readonly number[] {
  return lastOf(run, line)?.keys ?? []
}

/** Whether a run is in the text before a step. */
function isOn({ base, marks, isGone }: Run, line: number, at: number): boolean {
  if (isGone) return false
  const before = (marks[line] ?? []).filter((mark) => mark.at < at).at(-1)
  const last = before ?? (line === MAIN ? undefined : marks[MAIN]?.at(-1))
  return last?.on ?? base !== null
}
