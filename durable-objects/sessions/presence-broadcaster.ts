/**
 * Tells everybody where the others are: a few times a second, with the next commit where one comes first, and never behind a write.
 * Who is where, and what of it is shown, presence knows; how frames get to whom, delivery.
 */

import type { CommitsAfter, Presence } from '../../core/model/presence.ts'
import type { ServerMessage } from '../../core/protocol/messages.ts'

/** Least ms between two frames that carry presence alone. */
const PRESENCE_MS = 40

/** What an announcer asks of the room. */
export interface BroadcasterHost {
  later(ms: number, callback: () => void): void
  /** The last sealed commit. */
  seq(): number
  readonly commitsAfter: CommitsAfter
  /** Sends to everybody. */
  broadcast(frame: string): void
}

export class PresenceBroadcaster {
  readonly #presence: Presence
  readonly #host: BroadcasterHost
  /** When presence was told last, in ms since the epoch of Unix. */
  #last = 0
  #isDue = false

  constructor(presence: Presence, host: BroadcasterHost) {
    this.#presence = presence
    this.#host = host
  }

  /** There may be news: they ride with the next commit, or go alone when none comes in time. */
  schedule(): void {
    if (this.#isDue || !this.#presence.hasNews) return
    const wait = Math.max(0, this.#last + PRESENCE_MS - Date.now())
    this.#isDue = true
    this.#host.later(wait, () => {
      this.#isDue = false
      this.announce(Date.now())
    })
  }

  /** Tells what there is to tell. @param now ms since the epoch of Unix */
  announce(now: number): void {
    if (!this.#presence.hasNews) return
    this.#last = now
    const news = this.#presence.news(this.#host.commitsAfter)
    this.#host.broadcast(
      JSON.stringify({ type: 'presence', seq: this.#host.seq(), ...news } satisfies ServerMessage),
    )
  }
}
