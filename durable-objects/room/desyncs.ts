/**
 * Handles desync reports, from clients whose text differs from the room's: each is checked against the log,
 * stored in the journal, and reported to the operator without any text. The room is not notified, and
 * nothing is answered.
 */

import { desyncReport } from '../../core/model/desync-report.ts'
import { explainDesync } from '../../core/model/explain-desync.ts'
import type { RoomState } from '../../core/model/state.ts'
import { REPORTS_PER_CONNECTION } from '../../core/protocol/limits.ts'
import type { Commit, Desync } from '../../core/protocol/messages.ts'
import type { RoomEvent } from '../events/room-event.ts'
import type { Journal } from '../journal/journal.ts'
import type { LogReader } from '../journal/log.ts'
import type { Session } from '../sessions/session.ts'

/**
 * @param log reads the commit, with those that were fetched for it
 * @param now Unix ms
 * @returns what happened; null if there is nothing to the report
 */
export function takeReport(
  session: Session,
  said: Desync,
  journal: Journal,
  log: LogReader,
  state: RoomState,
  now: number,
): RoomEvent | null {
  const { identity } = session
  if (identity === null || session.reports >= REPORTS_PER_CONNECTION) return null
  session.reported()
  const { file, seq, good, sum, points } = said
  // Ahead of the room: no client of this room can have seen that commit.
  if (seq < 1 || seq > journal.seq) return null
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
  else if (commit !== null) return null
  // Without the commit the report cannot be verified, but the operator must still hear of it.
  const cause = report === null ? 'unknown' : explainDesync(report).cause
  const sums = { room: commit?.sums[file] ?? null, client: sum }
  return { type: 'desync', epoch, user, client, file, seq, good, points, cause, sums }
}

/** A commit of the log; null if it is not available. */
function commitAt(log: LogReader, seq: number): Commit | null {
  const [body] = log.bodies(seq - 1, seq) ?? []
  return body === undefined ? null : (JSON.parse(body) as Commit)
}
