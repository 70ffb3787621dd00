/**
 * The texts of the journal's checkpoint, in chunks that fit a row; no rows for a file whose text is not
 * here.
 */
import { split } from './chunks.ts'
import type { Sql } from './sql.ts'

export class TextRows {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  has(file: string): boolean {
    return this.#sql.exec('SELECT part FROM texts WHERE file = ? LIMIT 1', file).toArray().length > 0
  }

  /** The whole text; null if it is not here. An empty text is one empty chunk. */
  get(file: string): string | null {
    const chunks = this.#sql.exec('SELECT body FROM texts WHERE file = ? ORDER BY part', file).toArray()
    return chunks.length === 0 ? null : chunks.map(({ body }) => String(body)).join('')
  }

  put(file: string, text: string): void {
    const chunks = split(text)
    this.#sql.exec('DELETE FROM texts WHERE file = ? AND part >= ?', file, chunks.length)
    chunks.forEach((body, part) => {
      this.#sql.exec('INSERT OR REPLACE INTO texts (file, part, body) VALUES (?, ?, ?)', file, part, body)
    })
  }

  delete(file: string): void {
    this.#sql.exec('DELETE FROM texts WHERE file = ?', file)
  }
}
