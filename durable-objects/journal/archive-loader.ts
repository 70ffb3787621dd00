/**
 * What a message needs that may lie in the lasting copy alone: texts that nobody has asked for since the room came back,
 * and commits before the journal's tail. Mostly nothing, and that is found out without touching the disk.
 */

import { revivedCommits } from '../../core/authority/revival.ts'
import { placeOfBlob } from '../../core/model/blobs.ts'
import type { RoomState } from '../../core/model/state.ts'
import type { ClientMessage, Hello, Submit } from '../../core/protocol/messages.ts'
import type { CommitsWanted, FileStore, StoredCommit, StoredText } from '../../schema/store.ts'
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

/** A text that is to be fetched. */
interface Wanted {
  readonly promise: Promise<void>
  resolve(): void
  reject(error: unknown): void
}

/** Commits that are fetched for one message; who is further behind starts afresh from the texts. */
const MOST_COMMITS = 10_000
/** UTF-8 bytes of a run of commits that is fetched; one commit by itself is never too large. */
const RUN_BYTES = 4 * 1024 * 1024
/** UTF-8 bytes of texts that are fetched at once, and how many: what is fetched is in memory several times. */
const TEXTS_BYTES = 4 * 1024 * 1024
const MOST_TEXTS = 500

export class ArchiveLoader {
  readonly #journal: Journal
  readonly #state: RoomState
  readonly #archive: Archive | null
  readonly #atomically: (work: () => void) => void
  /** Texts that are asked for and not here yet, in their order, with those who wait for them. */
  readonly #wanted = new Map<string, Wanted>()
  #isFetching = false

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
    await Promise.all(texts.map((file) => this.#want(file)))
    const found: StoredCommit[] = []
    try {
      for (const { after, upTo, wanted } of commits)
        found.push(...(await this.#archive.commits(room, after, upTo, wanted)))
    } catch (error) {
      console.error(`room ${room}: the archive could not be read: ${String(error)}`)
    }
    return found
  }

  /** Resolves once the text is here. Whoever wants it too gets it with the same call. */
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
    // What else is asked for in this turn comes with the same call.
    await null
    while (this.#wanted.size > 0) {
      const files = this.#nextTexts()
      try {
        await this.#fetchTexts(files)
      } catch (error) {
        // The others would fare no better.
        for (const { reject } of this.#wanted.values()) reject(error)
        this.#wanted.clear()
      }
    }
    this.#isFetching = false
  }

  /** As many of those that are wanted as may be in memory at a time. */
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

function newWanted(): Wanted {
  let [resolve, reject] = [() => {}, (_: unknown) => {}]
  const promise = new Promise<void>((...both) => {
    ;[resolve, reject] = both
  })
  return { promise, resolve, reject }
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
  const isThere = since !== null && since < upTo && journal.marks.gapsIn(since, upTo).length === 0
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
  return at === undefined || journal.log.committedAt(since) !== null ? since : since - 1
}
