/**
 * What the journal believes of the lasting copy: up to which commit it is complete, who wrote it before this life of the object, and
 * which commits are nowhere any more. A belief, until a flush or the letting go compares it with what is stored; where it was wrong,
 * everything that is here is written again. Knows the journal's single values, no rows and no store.
 */
import type { FlushHead, Gap, StoredMark, StoredRoom } from '../../schema/store.ts'
import type { MetaRows } from './meta.ts'

/** Writers that a row names beside its own: as many times may a room come back before a restored backup is taken for another's. */
const LINEAGE = 200

/** The part of a flush that says what it builds on. */
export type Belief = Pick<FlushHead, 'base' | 'writer' | 'takes' | 'lineage'>

export class FlushMarks {
  readonly #meta: MetaRows
  #flushed = 0
  #rewrites = false
  #gaps: readonly Gap[] = []
  #hasMoreClients = false

  constructor(meta: MetaRows) {
    this.#meta = meta
  }

  /** Reads what an earlier life of this object wrote down. */
  open(): void {
    this.#flushed = this.#meta.number('flushed')
    this.#rewrites = this.#meta.number('rewrites') === 1
    this.#gaps = this.#json<Gap[]>('gaps') ?? []
    this.#hasMoreClients = this.#meta.number('more_clients') === 1
  }

  /** A room that was never stored. @param writer an id for this life of the object */
  create(writer: string): void {
    this.#meta.set('writer', writer)
  }

  /** The room was taken from the lasting copy. */
  restore({ seq, epoch, writer, lineage, gaps, hasMoreClients }: StoredRoom): void {
    this.#meta.set('more_clients', hasMoreClients ? 1 : 0)
    this.#hasMoreClients = hasMoreClients
    this.#setJson('takes', { epoch, writer })
    this.#setJson('lineage', [...lineage, ...(writer === null ? [] : [writer])].slice(-LINEAGE))
    this.#setGaps(gaps)
    this.#setFlushed(seq)
  }

  /** The commit up to which the lasting copy is believed to be complete. */
  get flushed(): number {
    return this.#flushed
  }

  /** Whether the lasting copy lacks what it was believed to have: all that is here has to be written again. */
  get rewrites(): boolean {
    return this.#rewrites
  }

  /** Whether it may know clients that are not here. */
  get hasMoreClients(): boolean {
    return this.#hasMoreClients
  }

  /** When clients were last forgotten, in Unix ms; 0 for never in this life of the object. */
  get forgotAt(): number {
    return this.#meta.number('forgot_at')
  }

  /** @param at when, in Unix ms */
  forgot(at: number): void {
    this.#meta.set('forgot_at', at)
  }

  /** Commits that are neither here nor there, in order. */
  get gaps(): readonly Gap[] {
    return this.#gaps
  }

  get belief(): Belief {
    return {
      base: this.#flushed,
      writer: String(this.#meta.get('writer')),
      takes: this.#json<Pick<StoredMark, 'epoch' | 'writer'>>('takes'),
      lineage: this.#json<string[]>('lineage') ?? [],
    }
  }

  /** It has everything up to `seq`, written by this life of the object. */
  written(seq: number): void {
    // In this order: what cannot be written down is still to be flushed.
    if (seq > this.#flushed) this.#setFlushed(seq)
    if (this.#meta.get('takes') !== null) this.#meta.set('takes', null)
    if (this.#rewrites) this.#meta.set('rewrites', 0)
    this.#rewrites = false
  }

  /** It went back, or is gone (null). @param tail the commits after this one are here; those before it are nowhere any more */
  wentBack(stored: StoredMark | null, tail: number): void {
    const flushed = stored?.seq ?? 0
    if (tail > flushed) this.#setGaps(joined([...this.#gaps, { after: flushed, upTo: tail }]))
    this.#setJson('takes', stored === null ? null : { epoch: stored.epoch, writer: stored.writer })
    this.#meta.set('rewrites', 1)
    this.#rewrites = true
    this.#setFlushed(flushed)
  }

  /** What of the commits `after < seq <= upTo` is nowhere any more. */
  gapsIn(after: number, upTo: number): readonly Gap[] {
    return this.#gaps.filter((gap) => gap.after < upTo && after < gap.upTo)
  }

  #setFlushed(seq: number): void {
    this.#meta.set('flushed', seq)
    this.#flushed = seq
  }

  #setGaps(gaps: readonly Gap[]): void {
    if (gaps.length === 0 && this.#gaps.length === 0) return
    this.#setJson('gaps', gaps)
    this.#gaps = gaps
  }

  #json<T>(key: 'takes' | 'lineage' | 'gaps'): T | null {
    const value = this.#meta.get(key)
    return value === null ? null : JSON.parse(String(value))
  }

  #setJson(key: 'takes' | 'lineage' | 'gaps', value: unknown): void {
    this.#meta.set(key, value === null ? null : JSON.stringify(value))
  }
}

/** Gaps in order, those that touch each other as one. */
function joined(gaps: readonly Gap[]): Gap[] {
  const all: Gap[] = []
  for (const gap of [...gaps].sort((left, right) => left.after - right.after)) {
    const last = all.at(-1)
    if (last === undefined || gap.after > last.upTo) all.push(gap)
    else all[all.length - 1] = { after: last.after, upTo: Math.max(last.upTo, gap.upTo) }
  }
  return all
}
