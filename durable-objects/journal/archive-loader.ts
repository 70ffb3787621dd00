/**
 * Fetches what a message needs and only Postgres has: texts that were not read since the room was restored,
 * and commits before the journal's tail. Usually that is nothing, which is determined without touching the
 * disk.
 */

import { revivedCommits } from '../../core/authority/revival.ts'
import { placeOfBlob } from '../../core/model/blobs.ts'
import type { RoomState } from '../../core/model/state.ts'
import type { ClientMessage, Hello, Submit } from '../../core/protocol/messages.ts'
import type { CommitsWanted, FileStore, StoredCommit, StoredText } from '../../schema/store.ts'
import type { Emit } from '../events/room-event.ts'
import type { Journal } from './journal.ts'

/** What is read from Postgres while a room is live. */
export type Archive = Pick<FileStore, 'texts' | 'commits' | 'client'>

export interface Needs {
  /** file ids */
  readonly texts: readonly string[]
  /** Commits before the journal's tail, as runs that do not overlap. */
  readonly commits: readonly Run[]
  /** A client that only Postgres may know; null for none. */
  readonly client: string | null
}

/** Commits `after < seq <= upTo`, and what to read of them. */
export interface Run {
  readonly after: number
  readonly upTo: number
  readonly wanted: CommitsWanted
}

/** Postgres no longer has the text at the revision that belongs here: retrying is of no use. */
export class TextLost extends Error {
  constructor(files: readonly string[]) {
    super(`the text of ${files.join(', ')} is no longer stored`)
  }
}

/** A text being fetched. */
interface Wanted {
  readonly promise: Promise<void>
  resolve(): void
  reject(error: unknown): void
}

/** Most commits fetched for one message; a client further behind starts afresh from the texts. */
const MOST_COMMITS = 10_000
/** Most UTF-8 bytes of one run of commits; a run of a single commit has no limit. */
const RUN_BYTES = 4 * 1024 * 1024
/** Most UTF-8 bytes and number of texts fetched at once: what is fetched is in memory several times over. */
const TEXTS_BYTES = 4 * 1024 * 1024
const MOST_TEXTS = 500

export class ArchiveLoader {
  readonly #journal: Journal
  readonly #state: RoomState
  readonly #archive: Archive | null
  readonly #atomically: (work: () => void) => void
  readonly #emit: Emit | null
  /** Texts requested and not here yet, in order of request. */
  readonly #wanted = new Map<string, Wanted>()
  #isFetching = false

  /**
   * @param atomically runs writes in a transaction: a text in several chunks is stored completely or not at
   * all
   * @param emit null if nobody listens
   */
  constructor(
    journal: Journal,
    state: RoomState,
    archive: Archive | null,
    atomically: (work: () => void) => void,
    emit: Emit | null,
  ) {
    this.#emit = emit
    this.#atomically = atomically
    this.#journal = journal
    this.#state = state
    this.#archive = archive
  }

  /**
   * What has to be fetched before a message can be handled; null if nothing.
   * @param remembered the commits after this seq are in memory, so a submission does not need them
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
   * Fetches: texts go into the journal, commits are returned. If the archive cannot be read, its commits
   * count as unavailable for now.
   * @throws StoreError if a text or a client is unavailable; TextLost if a text is gone
   */
  async bring({ texts, commits, client }: Needs): Promise<readonly StoredCommit[]> {
    if (this.#archive === null) return []
    const { room } = this.#journal
    const record = client === null ? null : await this.#archive.client(room, client)
    if (record !== null) this.#journal.fetchedClient(record)
    await Promise.all(texts.map((file) => this.#want(file)))
    const found: StoredCommit[] = []
    try {
      for (const { after, upTo, wanted } of commits)
        found.push(...(await this.#archive.commits(room, after, upTo, wanted)))
    } catch (error) {
      this.#emit?.({ type: 'failed', task: 'archive', error })
    }
    return found
  }

  /** Resolves once the text is here. Concurrent requests share one fetch. */
  #want(file: string): Promise<void> {
    const known = this.#wanted.get(file)
    if (known !== undefined) return known.promise
    const wanted = newWanted()
    this.#wanted.set(file, wanted)
    if (!this.#isFetching) void this.#fetchWanted()
    return wanted.promise
  }

  async #fetchWanted(): Promise<void> {
    this.#isFetching = true
    // Other texts requested in this turn share the query.
    await null
    while (this.#wanted.size > 0) {
      const files = this.#nextTexts()
      try {
        await this.#fetchTexts(files)
      } catch (error) {
        // The remaining ones would fail as well.
        for (const { reject } of this.#wanted.values()) reject(error)
        this.#wanted.clear()
      }
    }
    this.#isFetching = false
  }

  /** The next wanted texts, as many as may be in memory at once. */
  #nextTexts(): string[] {
    const files: string[] = []
    let bytes = 0
    for (const file of this.#wanted.keys()) {
      bytes += this.#state.files.bytesOf(file)
      if (files.length > 0 && (bytes > TEXTS_BYTES || files.length === MOST_TEXTS)) break
      files.push(file)
    }
    return files
  }

  async #fetchTexts(files: readonly string[]): Promise<void> {
    if (this.#archive === null) throw new TextLost(files)
    const found = await this.#archive.texts(this.#journal.room, files)
    for (const [file, stored] of found) if (this.#lacks(file)) this.#take(file, stored)
    for (const file of files) {
      const wanted = this.#wanted.get(file)
      this.#wanted.delete(file)
      if (this.#lacks(file)) wanted?.reject(new TextLost([file]))
      else wanted?.resolve()
    }
  }

  /**
   * Stores a text if it is the one that belongs here: an older one would undo acked edits, a newer one has
   * another history.
   */
  #take(file: string, stored: StoredText): void {
    const { revision = 0 } = this.#state.files.get(file) ?? {}
    let isTaken = false
    this.#atomically(() => {
      isTaken = stored.revision <= revision && this.#journal.fetched(file, stored)
    })
    if (isTaken) return
    const error = `the database has file ${file} at ${stored.revision}, which is not its text at ${revision}`
    this.#emit?.({ type: 'failed', task: 'text', error })
  }

  /** Whether a file exists and its text is not here. */
  #lacks(file: string): boolean {
    return this.#state.files.get(file)?.text === null && !this.#journal.hasText(file)
  }
}

function newWanted(): Wanted {
  let [resolve, reject] = [() => {}, (_: unknown) => {}]
  const promise = new Promise<void>((...both) => {
    ;[resolve, reject] = both
  })
  return { promise, resolve, reject }
}

/** The files whose texts the message needs. A removed file's text goes into the commit. */
function filesOf(message: ClientMessage): string[] {
  if (message.type === 'open') return [message.file]
  if (message.type !== 'submit') return []
  const files = message.changes.flatMap((change) => {
    return change.type === 'edit' || change.type === 'remove' ? [change.file] : []
  })
  return files.length > 1 ? [...new Set(files)] : files
}

/**
 * The runs of commits that are needed and not here, unless they are too many or have been lost.
 * @param tail the commits after it are in the journal
 * @param upTo a submission is transformed over the commits after it without fetching them
 */
function commitsOf(message: ClientMessage, journal: Journal, tail: number, upTo: number): Run[] {
  if (message.type === 'blob' || message.type === 'desync') {
    // Only the one commit named: a small request must not be expensive.
    const seq = message.type === 'desync' ? message.seq : (placeOfBlob(message.blob)?.seq ?? 0)
    return seq > 0 && seq <= tail ? [{ after: seq - 1, upTo: seq, wanted: {} }] : []
  }
  if (message.type !== 'hello' && message.type !== 'submit') return []
  const runs: Run[] = []
  const since = afterOf(message, journal)
  const isThere = since !== null && since < upTo && journal.marks.gapsIn(since, upTo).length === 0
  if (isThere && upTo - since <= MOST_COMMITS) {
    // Commits that are only sent on are fetched without their blobs. A single commit has no size limit.
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

/**
 * The seq after which all commits are needed, including the last one the client has processed if its `at`
 * has to be compared.
 */
function afterOf(message: Hello | Submit, journal: Journal): number | null {
  if (message.type === 'submit') return message.base
  const { since, at, epoch } = message
  if (since === undefined || epoch !== journal.epoch || since > journal.seq) return null
  return at === undefined || journal.log.committedAt(since) !== null ? since : since - 1
}
