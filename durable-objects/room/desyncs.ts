/**
 * Takes the reports of clients whose text is not the room's: judged against the log, kept in the journal, and told to the
 * operator in one line without any text. Nobody in the room is told, and nothing is answered.
 */

import { desyncReport } from '../../core/model/desync-report.ts'
import { explainDesync } from '../../core/model/explain-desync.ts'
import type { RoomState } from '../../core/model/state.ts'
import { REPORTS_PER_CONNECTION } from '../../core/protocol/limits.ts'
import type { Commit, Desync } from '../../core/protocol/messages.ts'
import type { Journal } from '../journal/journal.ts'
import type { LogReader } from '../journal/log.ts'
import type { Session } from '../sessions/sessions.ts'

/** @param log where the commit is read: with those that were fetched for it @param now Unix ms */
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
  // Ahead of the room: no client of this room can have seen it.
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
  // A commit that cannot be had just now bears nothing out; that there was a report must not be lost for that.
  const cause = report === null ? 'unknown' : explainDesync(report).cause
  const line = { event: 'desync', room, epoch, at: now, user, client, file, seq, good, points, cause }
  console.error(JSON.stringify({ ...line, sums: { room: commit?.sums[file] ?? null, client: sum } }))
}

/** A commit as it is in the log; null when it is not at hand. */
function commitAt(log: LogReader, seq: number): Commit | null {
  const [body] = log.bodies(seq - 1, seq) ?? []
  return body === undefined ? null : (JSON.parse(body) as Commit)
}
