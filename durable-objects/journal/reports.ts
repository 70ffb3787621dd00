/**
 * Reports of desyncs, kept beside the log until the room is let go. There are never more than fit: when a new one does not,
 * the oldest of the user whose reports take most makes room, so that nobody's junk drives out what others report.
 */
import { split } from './chunks.ts'
import type { Sql } from './sql.ts'

const MOST_REPORTS = 20
/** UTF-16 units of all reports together, as JSON. */
const MOST_UNITS = 4 * 1024 * 1024
/** Commits that are searched for the checksum before. */
const SEARCHED_COMMITS = 256

export class ReportRows {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** @param body the report as JSON, smaller than all that may be kept */
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

  /** All of them as JSON, the oldest first. */
  all(): string[] {
    const bodies = new Map<number, string>()
    for (const { id, body } of this.#sql.exec('SELECT id, body FROM desyncs ORDER BY id, part').toArray())
      bodies.set(Number(id), (bodies.get(Number(id)) ?? '') + String(body))
    return [...bodies.values()]
  }

  /**
   * The checksum that a text had before commit `seq`, as the last commit before that changed it says; null when that is gone, or so
   * long ago that it is not looked for.
   */
  sumBefore(file: string, seq: number): number | null {
    // The file's id as a key: in `sums`, and nowhere else.
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

  /** Which report has to go; null while all of them fit. */
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
