/**
 * What a message needs that may lie in the lasting copy alone: texts that nobody has asked for since the room came back,
 * and commits before the journal's tail. Mostly nothing, and that is found out without touching the disk.
 */
import type { ClientMessage } from '../core/protocol/messages.ts'
import { placeOfBlob } from '../core/room/blobs.ts'
import type { RoomState } from '../core/room/state.ts'
import { type FileStore, type StoredCommit, StoreError } from '../schema/store.ts'
import type { Journal } from './journal.ts'

/** What the lasting copy is asked for while a room is live. */
export type Archive = Pick<FileStore, 'texts' | 'commits'>

export interface Needs {
  /** ids of files */
  readonly texts: readonly string[]
  /** Commits `after < seq <= upTo`, all of them before the journal's tail; null for none. */
  readonly commits: { readonly after: number; readonly upTo: number } | null
}

/** Commits that are fetched for one message; who is further behind starts afresh from the texts. */
const MOST_COMMITS = 10_000

export class Supply {
  readonly #journal: Journal
  readonly #state: RoomState
  readonly #archive: Archive | null

  constructor(journal: Journal, state: RoomState, archive: Archive | null) {
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
    const { epoch, tail } = this.#journal
    const texts = filesOf(message).filter((file) => this.#lacks(file))
    const upTo = message.type === 'submit' ? Math.min(tail, remembered) : tail
    const commits = commitsOf(message, epoch, upTo)
    return texts.length === 0 && commits === null ? null : { texts, commits }
  }

  /**
   * Brings it: texts into the journal, commits to be lent to it. An archive that cannot be read is a past that is gone for now.
   * @throws StoreError when a text cannot be had
   */
  async bring({ texts, commits }: Needs): Promise<readonly StoredCommit[]> {
    if (this.#archive === null) return []
    const { room } = this.#journal
    if (texts.length > 0) {
      const found = await this.#archive.texts(room, texts)
      for (const [file, text] of found) if (this.#lacks(file)) this.#journal.fetched(file, text)
      const missing = texts.filter((file) => this.#lacks(file))
      if (missing.length > 0)
        throw new StoreError('unavailable', `no text is stored of ${missing.join(', ')}`)
    }
    if (commits === null) return []
    try {
      return await this.#archive.commits(room, commits.after, commits.upTo)
    } catch (error) {
      console.error(`room ${room}: the archive could not be read: ${String(error)}`)
      return []
    }
  }

  /** Whether a file is there and its text is not. */
  #lacks(file: string): boolean {
    return this.#state.files.get(file)?.text === null && !this.#journal.hasText(file)
  }
}

function filesOf(message: ClientMessage): string[] {
  if (message.type === 'open') return [message.file]
  if (message.type !== 'submit') return []
  return message.changes.flatMap((change) => (change.type === 'edit' ? [change.file] : []))
}

/** The commits that have to be at hand and are not, where they are not too many. @param tail those after it are at hand */
function commitsOf(message: ClientMessage, epoch: string, tail: number): Needs['commits'] {
  if (message.type === 'blob' || message.type === 'desync') {
    // The one commit that is meant: whoever asks for little must not cost much.
    const seq = message.type === 'desync' ? message.seq : (placeOfBlob(message.blob)?.seq ?? 0)
    return seq > 0 && seq <= tail ? { after: seq - 1, upTo: seq } : null
  }
  const since = sinceOf(message, epoch)
  return since !== null && since < tail && tail - since <= MOST_COMMITS ? { after: since, upTo: tail } : null
}

/** The seq after which all commits have to be at hand. */
function sinceOf(message: ClientMessage, epoch: string): number | null {
  if (message.type === 'submit') return message.base
  if (message.type !== 'hello' || message.epoch !== epoch) return null
  return message.since ?? null
}
