/**
 * Delivers the room's messages in order. Invariant: a commit that refers to blobs waits here until they
 * have arrived, and later messages wait behind it, so nothing is applied out of order or in part.
 */

import { fill } from '../../core/model/blobs.ts'
import type { Commit, ServerMessage } from '../../core/protocol/messages.ts'

export interface InboxHandlers {
  /** Ids of the blobs in a commit that this client needs. */
  blobsNeeded(commit: Commit): readonly string[]
  fetchBlob(blob: string): void
  deliver(message: ServerMessage): void
}

export class Inbox {
  readonly #handlers: InboxHandlers
  #queue: ServerMessage[] = []
  /** Content by blob id; null when the room does not have it any more. */
  readonly #blobs = new Map<string, string | null>()
  readonly #asked = new Set<string>()

  constructor(handlers: InboxHandlers) {
    this.#handlers = handlers
  }

  receive(message: ServerMessage): void {
    if (message.type === 'blob') this.#blobs.set(message.blob, message.content)
    else if (message.type === 'error' && message.code === 'no_such_blob') this.#blobs.set(message.about, null)
    else this.#queue.push(message)
    this.#drain()
  }

  /** New connection: the room sends again what is needed. */
  clear(): void {
    this.#queue = []
    this.#asked.clear()
    this.#blobs.clear()
  }

  #drain(): void {
    for (;;) {
      const message = this.#queue[0]
      if (message === undefined) return
      if (message.type !== 'commit') {
        this.#queue.shift()
        this.#handlers.deliver(message)
        continue
      }
      const missing = this.#handlers.blobsNeeded(message).filter((blob) => !this.#blobs.has(blob))
      if (missing.length > 0) {
        for (const blob of missing) {
          if (this.#asked.has(blob)) continue
          this.#asked.add(blob)
          this.#handlers.fetchBlob(blob)
        }
        return
      }
      this.#queue.shift()
      this.#handlers.deliver(this.#filled(message))
      if (this.#queue.length === 0) this.#blobs.clear()
    }
  }

  /**
   * The commit with its blobs inlined. If a blob is damaged, the commit stays as it is, and the whole text
   * is fetched.
   */
  #filled(commit: Commit): Commit {
    try {
      return fill(commit, (blob) => this.#blobs.get(blob) ?? undefined)
    } catch {
      return commit
    }
  }
}
