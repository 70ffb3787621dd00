/**
 * Handles desync reports, from clients whose text differs from the room's: each is checked against the log,
 * stored in the journal, and logged for the operator in one line without any text. The room is not notified,
 * and nothing is answered.
 */

import { desyncReport } from '../../core/model/desync-report.ts'
import { explainDesync } from '../../core/model/explain-desync.ts'
import type { RoomState } from '../../core/model/state.ts'
import { REPORTS_PER_CONNECTION } from '../../core/protocol/limits.ts'
import type { Commit, Desync } from '../../core/protocol/messages.ts'
import type { Journal } from '../journal/journal.ts'
import type { LogReader } from '../journal/log.ts'
import type { Session } from '../sessions/session.ts'

/** @param log reads the commit, with those that were fetched for it @param now Unix ms */
export function takeReport(
  session: Session,
  said: Desync,
  journal: Journal,
  log: LogReader,
  state: RoomState,
  now: number,
): void {
  const { identity } = session
  if (identity === null || session.reports >= REPORTS_PER_CONNECTION) return
  session.reported()
  const { file, seq, good, sum, points } = said
  // Ahead of the room: no client of this room can have seen that commit.
  if (seq < 1 || seq > journal.seq) return
  const { client, user } = identity
  const { room, epoch } = journal
  const commit = commitAt(log, seq)
  const report = desyncReport(said, {
    room,
    epoch,
    at: now,
    user,
    client,
    path: state.files.get(file)?.path ?? null,
    commit,
    sumBefore: journal.reports.sumBefore(file, seq),
    blob: (blob) => log.blob(blob),
  })
  if (report !== null) journal.reports.add(user, JSON.stringify(report))
  else if (commit !== null) return
  // Without the commit the report cannot be verified, but it must still be logged.
  const cause = report === null ? 'unknown' : explainDesync(report).cause
  const line = { event: 'desync', room, epoch, at: now, user, client, file, seq, good, points, cause }
  console.error(JSON.stringify({ ...line, sums: { room: commit?.sums[file] ?? null, client: sum } }))
}

/** A commit of the log; null if it is not available. */
function commitAt(log: LogReader, seq: number): Commit | null {
  const [body] = log.bodies(seq - 1, seq) ?? []
  return body === undefined ? null : (JSON.parse(body) as Commit)
}
