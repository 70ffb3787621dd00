/**
 * Pages of one kind of change in the log: chat messages, or removed files. Read from the journal and, before
 * its tail, from the archive, in both through an index of the commits that contain such a change.
 */
import type { Commit } from '../../core/protocol/messages.ts'
import type { FileStore, Gap, PagedChange } from '../../schema/store.ts'
import type { Journal } from '../journal/journal.ts'

export interface LogPage<T> {
  /** Oldest first. Rows of one commit are on one page. */
  readonly rows: readonly T[]
  /** Whether there are older ones, before the seq of the first row. */
  readonly more: boolean
  /** Lost commits between the oldest row and `before`; omitted if there are none. */
  readonly gaps?: readonly Gap[]
}

export interface ChatRow {
  readonly seq: number
  /** Unix ms */
  readonly at: number
  readonly user: string
  readonly name: string
  readonly text: string
}

/** A removed file, with the commit and the user that removed it. */
export interface RemovalRow {
  readonly file: string
  readonly path: string
  readonly seq: number
  /** Unix ms */
  readonly at: number
  readonly user: string
}

/**
 * The rows of one kind from commits before `before`: from as many commits as it takes to fill `most` rows,
 * so it may be a few more.
 * @throws StoreError if the archive is needed and cannot be read
 */
export async function logPage<T>(
  journal: Journal,
  archive: Pick<FileStore, 'commitsWith'> | null,
  { type, before, most }: { readonly type: PagedChange; readonly before: number; readonly most: number },
  rowsOf: (commit: Commit) => readonly T[],
): Promise<LogPage<T>> {
  // One more commit than can be needed, to tell whether there are older ones.
  let bodies = journal.log.bodiesWith(type, before, most + 1)
  if (bodies.length <= most && journal.tail > 0 && archive !== null) {
    const upTo = Math.min(before, journal.tail + 1)
    const older = await archive.commitsWith(type, journal.room, upTo, most + 1 - bodies.length)
    bodies = [...older.map(({ body }) => body), ...bodies]
  }
  const pages = bodies.map((body) => rowsOf(JSON.parse(body)))
  const rows: T[] = []
  let from = pages.length
  while (from > 0 && rows.length < most) rows.unshift(...(pages[--from] ?? []))
  const more = from > 0
  const oldest = more ? seqOf(bodies[from]) : 1
  const gaps = journal.marks.gapsIn(oldest - 1, before - 1)
  return { rows, more, ...(gaps.length === 0 ? {} : { gaps }) }
}

function seqOf(body: string | undefined): number {
  if (body === undefined) return 1
  const { seq }: Commit = JSON.parse(body)
  return seq
}

/** The files that a commit removed and that can be restored. */
export function removalRows({ seq, at, entries }: Commit): RemovalRow[] {
  return entries.flatMap(({ user, changes }) =>
    changes.flatMap((change) => {
      if (change.type !== 'remove' || change.path === undefined || change.was === undefined) return []
      return [{ file: change.file, path: change.path, seq, at, user }]
    }),
  )
}

/** The chat messages of a commit. */
export function chatRows({ seq, at, entries }: Commit): ChatRow[] {
  return entries.flatMap(({ user, changes }) =>
    changes.flatMap((change) =>
      change.type === 'chat' ? [{ seq, at, user, name: change.name ?? '', text: change.text }] : [],
    ),
  )
}
