/**
 * What the journal believes Postgres to have: up to which commit it is complete, which instance of the
 * object wrote it before this one, and which commits are lost. This remains a belief until a flush or an
 * eviction compares it with what is stored; where it was wrong, everything here is written again. Knows only
 * meta values, no other rows and no store.
 */
import type { FlushHead, Gap, StoredMark, StoredRoom } from '../../schema/store.ts'
import type { MetaRows } from './meta.ts'
import type { SqlValue } from './sql.ts'

/**
 * Most former writers recorded in a row besides the current one: after this many restores of a room, a
 * database backup from before them is taken for another deployment's.
 */
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

  /** What an earlier instance of this object stored. @param stored values of `meta` */
  open(stored: ReadonlyMap<string, SqlValue>): void {
    const gaps = stored.get('gaps') ?? null
    this.#flushed = Number(stored.get('flushed') ?? 0)
    this.#rewrites = stored.get('rewrites') === 1
    this.#gaps = gaps === null ? [] : JSON.parse(String(gaps))
    this.#hasMoreClients = stored.get('more_clients') === 1
  }

  /** A room that was never stored. @param writer id of this instance of the object */
  create(writer: string): void {
    this.#meta.set('writer', writer)
  }

  /** The room was restored from Postgres. */
  restore({ seq, epoch, writer, lineage, gaps, hasMoreClients }: StoredRoom): void {
    this.#meta.set('more_clients', hasMoreClients ? 1 : 0)
    this.#hasMoreClients = hasMoreClients
    this.#setJson('takes', { epoch, writer })
    this.#setJson('lineage', [...lineage, ...(writer === null ? [] : [writer])].slice(-LINEAGE))
    this.#setGaps(gaps)
    this.#setFlushed(seq)
  }

  /** Postgres is believed to have every commit up to this seq. */
  get flushed(): number {
    return this.#flushed
  }

  /** Whether Postgres lacks something it was believed to have: everything here has to be written again. */
  get rewrites(): boolean {
    return this.#rewrites
  }

  /** Whether Postgres may know clients that are not here. */
  get hasMoreClients(): boolean {
    return this.#hasMoreClients
  }

  /** When clients were last forgotten, Unix ms; 0 for never since this journal began. */
  get forgotAt(): number {
    return this.#meta.number('forgot_at')
  }

  /** @param at Unix ms */
  forgot(at: number): void {
    this.#meta.set('forgot_at', at)
  }

  /** Commits that are neither here nor in Postgres, in order. */
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

  /** Postgres has everything up to `seq`, written by this instance of the object. */
  written(seq: number): void {
    // In this order: if a write fails, the rest stays dirty.
    if (seq > this.#flushed) this.#setFlushed(seq)
    if (this.#meta.get('takes') !== null) this.#meta.set('takes', null)
    if (this.#rewrites) this.#meta.set('rewrites', 0)
    this.#rewrites = false
  }

  /**
   * Postgres went back to an earlier state, or has lost the room (null).
   * @param tail the journal has the commits after this one; those between what is stored and this one are
   * lost
   */
  wentBack(stored: StoredMark | null, tail: number): void {
    const flushed = stored?.seq ?? 0
    if (tail > flushed) this.#setGaps(joined([...this.#gaps, { after: flushed, upTo: tail }]))
    this.#setJson('takes', stored === null ? null : { epoch: stored.epoch, writer: stored.writer })
    this.#meta.set('rewrites', 1)
    this.#rewrites = true
    this.#setFlushed(flushed)
  }

  /** The lost commits among `after < seq <= upTo`. */
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

  #json<T>(key: 'takes' | 'lineage'): T | null {
    const value = this.#meta.get(key)
    return value === null ? null : JSON.parse(String(value))
  }

  #setJson(key: 'takes' | 'lineage' | 'gaps', value: unknown): void {
    this.#meta.set(key, value === null ? null : JSON.stringify(value))
  }
}

/** Gaps in order, with adjacent and overlapping ones merged. */
function joined(gaps: readonly Gap[]): Gap[] {
  const all: Gap[] = []
  for (const gap of [...gaps].sort((left, right) => left.after - right.after)) {
    const last = all.at(-1)
    if (last === undefined || gap.after > last.upTo) all.push(gap)
    else all[all.length - 1] = { after: last.after, upTo: Math.max(last.upTo, gap.upTo) }
  }
  return all
}
