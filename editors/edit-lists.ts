/**
 * Composes and rebases lists of edits in UTF-16 units, as editors and the SDK exchange them. A list refers
 * to the text before the whole list, is ascending and does not overlap. The core does the same for ops in
 * code points; these need no text to count in, so that a binding can hold changes back without a copy of
 * the text they refer to.
 *
 * Invariant: `rebase` converges: one list and then the other's rebased form give the same text in either
 * order.
 */
import type { Edit } from '../client/types.ts'

/** Keeps, removes (both in units) or inserts. */
type Step =
  | { readonly keep: number }
  | { readonly remove: number }
  | { readonly insert: string; readonly replaces: boolean }

/** One list with the effect of `first` and then `second`. @param second refers to the text after `first` */
export function compose(first: readonly Edit[], second: readonly Edit[]): readonly Edit[] {
  if (first.length === 0) return second
  if (second.length === 0) return first
  const one = new Steps(first)
  const two = new Steps(second)
  const out = new Edits()
  while (one.left || two.left) {
    const a = one.next
    const b = two.next
    if ('remove' in a) out.remove(one.take(a.remove))
    else if ('insert' in b) out.insert(two.takeInsert(b))
    else if ('keep' in a) {
      const units = Math.min(a.keep, 'keep' in b ? b.keep : b.remove)
      one.take(units)
      two.take(units)
      if ('keep' in b) out.keep(units)
      else out.remove(units)
    } else {
      const units = Math.min(a.insert.length, 'keep' in b ? b.keep : b.remove)
      const text = one.takeInsert(a, units)
      two.take(units)
      if ('keep' in b) out.insert(text)
    }
  }
  return out.list
}

/**
 * Rebases two lists that refer to the same text over each other: `[own over theirs, theirs over own]`.
 *
 * Where both insert at one position, own text goes left, as a cursor stays before remote text inserted at
 * it. Own text that replaces something stays next to what it replaces: it goes right.
 */
export function rebase(own: readonly Edit[], theirs: readonly Edit[]): [readonly Edit[], readonly Edit[]] {
  if (own.length === 0 || theirs.length === 0) return [own, theirs]
  const one = new Steps(own)
  const two = new Steps(theirs)
  const ownOut = new Edits()
  const theirsOut = new Edits()
  while (one.left || two.left) {
    const a = one.next
    const b = two.next
    if ('insert' in a && !('insert' in b && a.replaces)) {
      const text = one.takeInsert(a)
      ownOut.insert(text)
      theirsOut.keep(text.length)
    } else if ('insert' in b) {
      const text = two.takeInsert(b)
      theirsOut.insert(text)
      ownOut.keep(text.length)
    } else {
      const units = Math.min(unitsOf(a), unitsOf(b))
      one.take(units)
      two.take(units)
      const [ownRemoves, theirsRemoves] = ['remove' in a, 'remove' in b]
      if (ownRemoves && !theirsRemoves) ownOut.remove(units)
      else if (theirsRemoves && !ownRemoves) theirsOut.remove(units)
      else if (!ownRemoves) {
        ownOut.keep(units)
        theirsOut.keep(units)
      }
    }
  }
  return [ownOut.list, theirsOut.list]
}

/** `text` after `edits`. */
export function textAfter(text: string, edits: readonly Edit[]): string {
  let after = ''
  let done = 0
  for (const { at, remove, insert } of edits) {
    after += text.slice(done, at) + insert
    done = at + remove
  }
  return after + text.slice(done)
}

/** Replacements of each half of a surrogate pair that `edits` insert, in the text after them. */
export function halvesIn(edits: readonly Edit[]): Edit[] {
  let shift = 0
  return edits.flatMap(({ at, remove, insert }) => {
    const start = at + shift
    shift += insert.length - remove
    return [...insert.matchAll(/\p{Surrogate}/gu)].map(({ index }) => ({
      at: start + index,
      remove: 1,
      insert: '\uFFFD',
    }))
  })
}

function unitsOf(step: Step): number {
  if ('keep' in step) return step.keep
  return 'remove' in step ? step.remove : step.insert.length
}

const REST: Step = { keep: Number.POSITIVE_INFINITY }

/** Reads a list as steps, in pieces of any length. */
class Steps {
  readonly #steps: Step[] = []
  #at = 0
  /** Units of the current step that were consumed. */
  #taken = 0

  constructor(edits: readonly Edit[]) {
    let done = 0
    for (const { at, remove, insert } of edits) {
      if (at > done) this.#steps.push({ keep: at - done })
      if (insert !== '') this.#steps.push({ insert, replaces: remove > 0 })
      if (remove > 0) this.#steps.push({ remove })
      done = at + remove
    }
  }

  /** Whether there are steps before the rest of the text, which is kept. */
  get left(): boolean {
    return this.#at < this.#steps.length
  }

  get next(): Step {
    const step = this.#steps[this.#at] ?? REST
    if (this.#taken === 0) return step
    if ('keep' in step) return { keep: step.keep - this.#taken }
    if ('remove' in step) return { remove: step.remove - this.#taken }
    return { ...step, insert: step.insert.slice(this.#taken) }
  }

  /** Consumes units of the next step. Returns their number. */
  take(units: number): number {
    const step = this.#steps[this.#at]
    if (step === undefined) return units
    this.#taken += units
    if (this.#taken < unitsOf(step)) return units
    this.#at++
    this.#taken = 0
    return units
  }

  takeInsert({ insert }: { readonly insert: string }, units = insert.length): string {
    this.take(units)
    return insert.slice(0, units)
  }
}

/** Builds a list; an insertion and a removal at one position become one edit. */
class Edits {
  readonly #list: { at: number; remove: number; insert: string }[] = []
  #at = 0

  get list(): readonly Edit[] {
    return this.#list
  }

  keep(units: number): void {
    this.#at += units
  }

  insert(text: string): void {
    this.#here().insert += text
  }

  remove(units: number): void {
    this.#here().remove += units
    this.#at += units
  }

  #here(): { at: number; remove: number; insert: string } {
    const last = this.#list.at(-1)
    if (last && last.at + last.remove === this.#at) return last
    const made = { at: this.#at, remove: 0, insert: '' }
    this.#list.push(made)
    return made
  }
}
