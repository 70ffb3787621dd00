/** The texts of the journal's checkpoint: each in parts that fit a row, none for a file whose text is not here. */
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

  /** The whole text; null when it is not here. An empty text is a part as well. */
  get(file: string): string | null {
    const parts = this.#sql.exec('SELECT body FROM texts WHERE file = ? ORDER BY part', file).toArray()
    return parts.length === 0 ? null : parts.map(({ body }) => String(body)).join('')
  }

  put(file: string, text: string): void {
    const parts = split(text)
    this.#sql.exec('DELETE FROM texts WHERE file = ? AND part >= ?', file, parts.length)
    parts.forEach((body, part) => {
      this.#sql.exec('INSERT OR REPLACE INTO texts (file, part, body) VALUES (?, ?, ?)', file, part, body)
    })
  }

  delete(file: string): void {
    this.#sql.exec('DELETE FROM texts WHERE file = ?', file)
  }
}
