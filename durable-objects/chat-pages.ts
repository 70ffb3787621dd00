/** The pages of a room's chat: what was said, out of the log, from the journal and, before its tail, from the archive. */
import type { Commit } from '../core/protocol/messages.ts'
import type { FileStore } from '../schema/store.ts'
import type { Journal } from './journal.ts'

export interface ChatRow {
  readonly seq: number
  /** ms since the epoch of Unix */
  readonly at: number
  readonly user: string
  readonly name: string
  readonly text: string
}

export interface ChatPage {
  /** The oldest first. What was said in one commit is on one page. */
  readonly messages: readonly ChatRow[]
  /** Whether there are older ones: before the seq of the first. */
  readonly more: boolean
}

/**
 * What was said before commit `before`, from so many commits as have `most` messages, or a few more.
 * @throws StoreError when the archive is needed and cannot be read
 */
export async function chatPage(
  journal: Journal,
  archive: Pick<FileStore, 'chat'> | null,
  before: number,
  most: number,
): Promise<ChatPage> {
  // One commit more than can be needed shows whether there are older ones.
  let bodies = journal.chat(before, most + 1)
  if (bodies.length <= most && journal.tail > 0 && archive !== null) {
    const older = await archive.chat(
      journal.room,
      Math.min(before, journal.tail + 1),
      most + 1 - bodies.length,
    )
    bodies = [...older.map(({ body }) => body), ...bodies]
  }
  const said = bodies.map((body) => saidIn(JSON.parse(body)))
  const messages: ChatRow[] = []
  let from = said.length
  while (from > 0 && messages.length < most) messages.unshift(...(said[--from] ?? []))
  return { messages, more: from > 0 }
}

function saidIn({ seq, at, entries }: Commit): ChatRow[] {
  return entries.flatMap(({ user, changes }) =>
    changes.flatMap((change) =>
      change.type === 'chat' ? [{ seq, at, user, name: change.name ?? '', text: change.text }] : [],
    ),
  )
}
