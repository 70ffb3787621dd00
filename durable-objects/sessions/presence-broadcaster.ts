/**
 * Broadcasts presence: several times a second, or with the next commit if that is sooner, and never delayed
 * by a write. What there is to say is up to Presence, sending is up to Outbound.
 */
import type { Authority } from '../../core/authority/authority.ts'
import type { Presence } from '../../core/model/presence.ts'
import type { ServerMessage } from '../../core/protocol/messages.ts'
import type { Emit } from '../events/room-event.ts'
import type { Outbound } from './outbound.ts'

/** Least ms between two frames that carry only presence. */
const PRESENCE_MS = 40

export class PresenceBroadcaster {
  readonly #presence: Presence
  /** Has the sealed commits over which positions are transformed. */
  readonly #authority: Authority
  readonly #outbound: Outbound
  readonly #later: (ms: number, callback: () => void) => void
  readonly #emit: Emit
  /** When presence was last broadcast, Unix ms. */
  #last = 0
  #isDue = false

  /** @param later calls back after ms */
  constructor(
    presence: Presence,
    authority: Authority,
    outbound: Outbound,
    later: (ms: number, callback: () => void) => void,
    emit: Emit,
  ) {
    this.#presence = presence
    this.#authority = authority
    this.#outbound = outbound
    this.#later = later
    this.#emit = emit
  }

  /** Presence may have changed: broadcast it with the next commit, or alone if none is made in time. */
  schedule(): void {
    if (this.#isDue || !this.#presence.hasNews) return
    const wait = Math.max(0, this.#last + PRESENCE_MS - Date.now())
    this.#isDue = true
    this.#later(wait, () => {
      this.#isDue = false
      this.announce(Date.now())
    })
  }

  /** Broadcasts any changes. @param now Unix ms */
  announce(now: number): void {
    if (!this.#presence.hasNews) return
    this.#last = now
    const news = this.#presence.news((seq) => this.#authority.recentAfter(seq))
    const { seq } = this.#authority.state
    const frame = JSON.stringify({ type: 'presence', seq, ...news } satisfies ServerMessage)
    this.#outbound.broadcast(frame)
    this.#emit({ type: 'presence', frame })
  }
}
