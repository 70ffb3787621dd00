/**
 * Frames from the room in their order. A commit that names large content waits here until that has come, and what
 * follows waits behind it: order is kept, nothing is applied in part.
 */

import { fill } from '../../core/model/blobs.ts'
import type { Commit, ServerMessage } from '../../core/protocol/messages.ts'

export interface InboxHandlers {
  /** Blobs that a commit names and that are needed here. */
  blobsNeeded(commit: Commit): readonly string[]
  fetchBlob(blob: string): void
  deliver(message: ServerMessage): void
}

export class Inbox {
  readonly #handlers: InboxHandlers
  #queue: ServerMessage[] = []
  /** Content by blob id; null for what the room does not have any more. */
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

  /** A new connection: the room sends again what it has to. */
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

  /** The commit with its content in it. Content that came damaged is as good as none: the whole text is fetched instead. */
  #filled(commit: Commit): Commit {
    try {
      return fill(commit, (blob) => this.#blobs.get(blob) ?? undefined)
    } catch {
      return commit
    }
  }
}
