/**
 * Content too large for a commit's row, stored beside it in chunks that fit a row. A blob's id is
 * `<seq>-<number>`, as core names it.
 */
import { placeOfBlob } from '../../core/model/blobs.ts'
import { split } from './chunks.ts'
import type { Sql } from './sql.ts'

export class BlobRows {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** Replaces what an earlier commit with this seq left when its row could not be written. */
  put(blob: string, content: string): void {
    const place = placeOfBlob(blob)
    if (place === null) throw new Error(`${blob} is not a blob id`)
    split(content).forEach((body, part) => {
      this.#sql.exec(
        'INSERT OR REPLACE INTO blobs (seq, number, part, body) VALUES (?, ?, ?, ?)',
        place.seq,
        place.number,
        part,
        body,
      )
    })
  }

  /** Null if there is no such blob here, or the id is not valid. */
  get(blob: string): string | null {
    const place = placeOfBlob(blob)
    if (place === null) return null
    const chunks = this.#sql
      .exec('SELECT body FROM blobs WHERE seq = ? AND number = ? ORDER BY part', place.seq, place.number)
      .toArray()
    return chunks.length === 0 ? null : chunks.map(({ body }) => String(body)).join('')
  }

  /** UTF-8 bytes of a blob, without reading it; 0 if there is none. */
  bytes(blob: string): number {
    const place = placeOfBlob(blob)
    if (place === null) return 0
    const rows = this.#sql
      .exec(
        'SELECT sum(octet_length(body)) AS bytes FROM blobs WHERE seq = ? AND number = ?',
        place.seq,
        place.number,
      )
      .toArray()
    return Number(rows[0]?.bytes ?? 0)
  }

  /** All blobs of a commit, by id; null if it has none. */
  of(seq: number): Record<string, string> | null {
    const numbers = this.#sql.exec('SELECT DISTINCT number FROM blobs WHERE seq = ?', seq).toArray()
    if (numbers.length === 0) return null
    return Object.fromEntries(
      numbers.map(({ number }) => [`${seq}-${number}`, this.get(`${seq}-${number}`) ?? '']),
    )
  }

  /** Deletes the blobs of the commits up to `seq`. */
  prune(seq: number): void {
    this.#sql.exec('DELETE FROM blobs WHERE seq <= ?', seq)
  }
}
