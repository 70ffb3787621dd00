/**
 * Desync reports, stored beside the log until the room is evicted. Their number and size are limited: when a
 * new one does not fit, the oldest report of the user whose reports take most is deleted, so that one user's
 * junk cannot displace everybody else's reports.
 */
import { split } from './chunks.ts'
import type { Sql } from './sql.ts'

const MOST_REPORTS = 20
/** UTF-16 units of all reports together, as JSON. */
const MOST_UNITS = 4 * 1024 * 1024
/** Commits searched for the previous checksum. */
const SEARCHED_COMMITS = 256

export class ReportRows {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** @param body the report as JSON, smaller than MOST_UNITS */
  add(user: string, body: string): void {
    const last = this.#sql.exec('SELECT max(id) AS id FROM desyncs').toArray()[0]?.id
    split(body).forEach((part, number) => {
      this.#sql.exec(
        'INSERT INTO desyncs (id, part, user, units, body) VALUES (?, ?, ?, ?, ?)',
        Number(last ?? 0) + 1,
        number,
        user,
        part.length,
        part,
      )
    })
    for (let id = this.#surplus(); id !== null; id = this.#surplus())
      this.#sql.exec('DELETE FROM desyncs WHERE id = ?', id)
  }

  /** All reports as JSON, oldest first. */
  all(): string[] {
    const bodies = new Map<number, string>()
    for (const { id, body } of this.#sql.exec('SELECT id, body FROM desyncs ORDER BY id, part').toArray())
      bodies.set(Number(id), (bodies.get(Number(id)) ?? '') + String(body))
    return [...bodies.values()]
  }

  /**
   * The checksum that a text had before commit `seq`, according to the last earlier commit that changed it;
   * null if that is missing or too far back to search for.
   */
  sumBefore(file: string, seq: number): number | null {
    // The file's id as a JSON key: that occurs only in `sums`.
    const row = this.#sql
      .exec(
        'SELECT body FROM commits WHERE seq < ? AND seq >= ? AND instr(body, ?) ORDER BY seq DESC LIMIT 1',
        seq,
        seq - SEARCHED_COMMITS,
        `"${file}":`,
      )
      .toArray()[0]
    return row === undefined ? null : (JSON.parse(String(row.body)).sums[file] ?? null)
  }

  /** The report to delete next; null while all of them fit. */
  #surplus(): number | null {
    const rows = this.#sql
      .exec('SELECT id, user, sum(units) AS units FROM desyncs GROUP BY id, user ORDER BY id')
      .toArray()
    const byUser = new Map<string, number>()
    let total = 0
    for (const { user, units } of rows) {
      byUser.set(String(user), (byUser.get(String(user)) ?? 0) + Number(units))
      total += Number(units)
    }
    if (rows.length <= MOST_REPORTS && total <= MOST_UNITS) return null
    const most = Math.max(...byUser.values())
    const oldest = rows.find(({ user }) => byUser.get(String(user)) === most)
    return Number(oldest?.id)
  }
}
