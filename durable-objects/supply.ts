/**
 * What a message needs that may lie in the lasting copy alone: texts that nobody has asked for since the room came back,
 * and commits before the journal's tail. Mostly nothing, and that is found out without touching the disk.
 */
import type { ClientMessage, Hello, Submit } from '../core/protocol/messages.ts'
import { placeOfBlob } from '../core/room/blobs.ts'
import { revivedCommits } from '../core/room/comeback.ts'
import type { RoomState } from '../core/room/state.ts'
import type { CommitsWanted, FileStore, StoredCommit, StoredText } from '../schema/store.ts'
import type { Journal } from './journal.ts'

/** What the lasting copy is asked for while a room is live. */
export type Archive = Pick<FileStore, 'texts' | 'commits' | 'client'>

export interface Needs {
  /** ids of files */
  readonly texts: readonly string[]
  /** Commits before the journal's tail; no two runs of them overlap. */
  readonly commits: readonly Run[]
  /** A client of whom the lasting copy alone may know; null for none. */
  readonly client: string | null
}

/** Commits `after < seq <= upTo`, and what of them is wanted. */
export interface Run {
  readonly after: number
  readonly upTo: number
  readonly wanted: CommitsWanted
}

/** Texts that the lasting copy does not have (any more) as they belong here: asking again is of no use. */
export class TextLost extends Error {
  constructor(files: readonly string[]) {
    super(`the text of ${files.join(', ')} is not stored any more`)
  }
}

/** Commits that are fetched for one message; who is further behind starts afresh from the texts. */
const MOST_COMMITS = 10_000
/** UTF-8 bytes of a run of commits that is fetched; one commit by itself is never too large. */
const RUN_BYTES = 4 * 1024 * 1024
/** Texts that are fetched at once, so that few of them are in memory. */
const TEXTS_AT_ONCE = 8

export class Supply {
  readonly #journal: Journal
  readonly #state: RoomState
  readonly #archive: Archive | null
  readonly #atomically: (work: () => void) => void

  /** @param atomically runs what writes, all of it or nothing: a text in parts is whole or is not here */
  constructor(
    journal: Journal,
    state: RoomState,
    archive: Archive | null,
    atomically: (work: () => void) => void,
  ) {
    this.#atomically = atomically
    this.#journal = journal
    this.#state = state
    this.#archive = archive
  }

  /**
   * What has to be brought before a message can be taken; null when everything is here.
   * @param remembered a submission needs no commits after this seq: they are in memory
   */
  needs(message: ClientMessage, remembered: number): Needs | null {
    if (this.#archive === null) return null
    const { tail } = this.#journal
    const texts = filesOf(message).filter((file) => this.#lacks(file))
    const upTo = message.type === 'submit' ? Math.min(tail, remembered) : tail
    const commits = commitsOf(message, this.#journal, tail, upTo)
    const isUnknown = message.type === 'hello' && this.#journal.lacksClient(message.client)
    const client = isUnknown ? message.client : null
    return texts.length + commits.length === 0 && client === null ? null : { texts, commits, client }
  }

  /**
   * Brings it: texts into the journal, commits to be lent to it. An archive that cannot be read is a past that is gone for now.
   * @throws StoreError when a text or a client cannot be had now; TextLost when it cannot be had any more
   */
  async bring({ texts, commits, client }: Needs): Promise<readonly StoredCommit[]> {
    if (this.#archive === null) return []
    const { room } = this.#journal
    const record = client === null ? null : await this.#archive.client(room, client)
    if (record !== null) this.#journal.fetchedClient(record)
    for (let from = 0; from < texts.length; from += TEXTS_AT_ONCE) {
      const some = texts.slice(from, from + TEXTS_AT_ONCE)
      const found = await this.#archive.texts(room, some)
      for (const [file, stored] of found) if (this.#lacks(file)) this.#take(file, stored)
      const missing = some.filter((file) => this.#lacks(file))
      if (missing.length > 0) throw new TextLost(missing)
    }
    const found: StoredCommit[] = []
    try {
      for (const { after, upTo, wanted } of commits)
        found.push(...(await this.#archive.commits(room, after, upTo, wanted)))
    } catch (error) {
      console.error(`room ${room}: the archive could not be read: ${String(error)}`)
    }
    return found
  }

  /** Takes a text, if it is the one that belongs here: an older one would undo what was acked, a newer one has another history. */
  #take(file: string, stored: StoredText): void {
    const { revision = 0 } = this.#state.files.get(file) ?? {}
    let isTaken = false
    this.#atomically(() => {
      isTaken = stored.revision <= revision && this.#journal.fetched(file, stored)
    })
    if (isTaken) return
    console.error(
      `room ${this.#journal.room}: the database has file ${file} at ${stored.revision}, which is not its text at ${revision}`,
    )
  }

  /** Whether a file is there and its text is not. */
  #lacks(file: string): boolean {
    return this.#state.files.get(file)?.text === null && !this.#journal.hasText(file)
  }
}

/** The files whose texts have to be at hand: of one that is removed the commit keeps the text. */
function filesOf(message: ClientMessage): string[] {
  if (message.type === 'open') return [message.file]
  if (message.type !== 'submit') return []
  const files = message.changes.flatMap((change) => {
    return change.type === 'edit' || change.type === 'remove' ? [change.file] : []
  })
  return files.length > 1 ? [...new Set(files)] : files
}

/**
 * The commits that have to be at hand and are not, where they are not too many, and are somewhere.
 * @param tail those after it are in the journal @param upTo a submission is transformed over those after it without being fetched
 */
function commitsOf(message: ClientMessage, journal: Journal, tail: number, upTo: number): Run[] {
  if (message.type === 'blob' || message.type === 'desync') {
    // The one commit that is meant: whoever asks for little must not cost much.
    const seq = message.type === 'desync' ? message.seq : (placeOfBlob(message.blob)?.seq ?? 0)
    return seq > 0 && seq <= tail ? [{ after: seq - 1, upTo: seq, wanted: {} }] : []
  }
  if (message.type !== 'hello' && message.type !== 'submit') return []
  const runs: Run[] = []
  const since = afterOf(message, journal)
  const isThere = since !== null && since < upTo && journal.stored.gapsIn(since, upTo).length === 0
  if (isThere && upTo - since <= MOST_COMMITS) {
    // Commits that are sent on go without their blobs. One by itself is never too large.
    const bytes = upTo - since > 1 ? RUN_BYTES : Number.POSITIVE_INFINITY
    runs.push({ after: since, upTo, wanted: { blobs: message.type === 'submit', bytes } })
  }
  if (message.type !== 'submit') return runs
  for (const seq of revivedCommits(message)) {
    const isFetched = runs.some(({ after, upTo }) => seq > after && seq <= upTo)
    if (seq > 0 && seq <= tail && !isFetched) runs.push({ after: seq - 1, upTo: seq, wanted: {} })
  }
  return runs
}

/** The seq after which all commits have to be at hand: with the one that a client says it has processed, where it says which that was. */
function afterOf(message: Hello | Submit, journal: Journal): number | null {
  if (message.type === 'submit') return message.base
  const { since, at, epoch } = message
  if (since === undefined || epoch !== journal.epoch || since > journal.seq) return null
  return at === undefined || journal.committedAt(since) !== null ? since : since - 1
}
