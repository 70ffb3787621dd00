/** Single values of the journal: the room's name and epoch, and the seqs that its other tables are as of. */
import type { Sql, SqlValue } from './sql.ts'

export type MetaKey =
  | 'room'
  | 'epoch'
  | 'created_at'
  | 'checkpoint'
  | 'flushed'
  | 'left_at'
  | 'policy'
  /** `at` of the commit just before the tail, Unix ms */
  | 'tail_at'
  /** who wrote what Postgres has (flush-marks.ts) */
  | 'writer'
  | 'takes'
  | 'lineage'
  | 'gaps'
  | 'rewrites'
  | 'more_clients'
  | 'forgot_at'

export class MetaRows {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  get(key: MetaKey): SqlValue {
    return this.#sql.exec('SELECT value FROM meta WHERE key = ?', key).toArray()[0]?.value ?? null
  }

  /** All that are set, in one read. */
  all(): ReadonlyMap<string, SqlValue> {
    const rows = this.#sql.exec('SELECT key, value FROM meta').toArray()
    return new Map(rows.map(({ key, value }) => [String(key), value ?? null]))
  }

  /** 0 if it was never set. */
  number(key: MetaKey): number {
    return Number(this.get(key) ?? 0)
  }

  set(key: MetaKey, value: SqlValue): void {
    this.#sql.exec('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)', key, value)
  }
}
