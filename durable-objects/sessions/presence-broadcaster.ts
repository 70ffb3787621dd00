/**
 * Broadcasts presence: several times a second, or with the next commit if that is sooner, and never delayed
 * by a write. What there is to say is up to Presence, sending is up to Outbound.
 */

import type { CommitsAfter, Presence } from '../../core/model/presence.ts'
import type { ServerMessage } from '../../core/protocol/messages.ts'

/** Least ms between two frames that carry only presence. */
const PRESENCE_MS = 40

/** What the broadcaster needs from the room. */
export interface BroadcasterHost {
  later(ms: number, callback: () => void): void
  /** The last sealed commit. */
  seq(): number
  readonly commitsAfter: CommitsAfter
  /** Sends a frame to everybody. */
  broadcast(frame: string): void
}

export class PresenceBroadcaster {
  readonly #presence: Presence
  readonly #host: BroadcasterHost
  /** When presence was last broadcast, Unix ms. */
  #last = 0
  #isDue = false

  constructor(presence: Presence, host: BroadcasterHost) {
    this.#presence = presence
    this.#host = host
  }

  /** Presence may have changed: broadcast it with the next commit, or alone if none is made in time. */
  schedule(): void {
    if (this.#isDue || !this.#presence.hasNews) return
    const wait = Math.max(0, this.#last + PRESENCE_MS - Date.now())
    this.#isDue = true
    this.#host.later(wait, () => {
      this.#isDue = false
      this.announce(Date.now())
    })
  }

  /** Broadcasts any changes. @param now Unix ms */
  announce(now: number): void {
    if (!this.#presence.hasNews) return
    this.#last = now
    const news = this.#presence.news(this.#host.commitsAfter)
    this.#host.broadcast(
      JSON.stringify({ type: 'presence', seq: this.#host.seq(), ...news } satisfies ServerMessage),
    )
  }
}
