/**
 * Broadcasts presence: in the frame of the next commit, or several times a second by itself where no commit
 * is near. Sending a frame costs more than what is in it, so while people type, their cursors cost none of
 * their own. What there is to say is up to Presence, sending is up to Outbound.
 */
import type { Authority } from '../../core/authority/authority.ts'
import type { Presence } from '../../core/model/presence.ts'
import type { ServerMessage } from '../../core/protocol/messages.ts'
import type { Emit } from '../events/room-event.ts'
import type { Outbound } from './outbound.ts'

/** Least ms between two frames that carry only presence, and the longest that presence waits for a commit. */
const PRESENCE_MS = 40

/** What makes the commits. */
export interface CommitMaker {
  /** Has the sealed commits over which positions are transformed. */
  readonly authority: Authority
  /** Whether a commit is to be expected within a display frame or so. */
  isCommitNear(): boolean
}

export class PresenceBroadcaster {
  readonly #presence: Presence
  readonly #commits: CommitMaker
  readonly #outbound: Outbound
  readonly #later: (ms: number, callback: () => void) => void
  readonly #emit: Emit
  /** When presence was last broadcast, Unix ms. */
  #last = 0
  /** Since when there has been something to broadcast, Unix ms; null if there is nothing. */
  #since: number | null = null
  #isDue = false

  /** @param later calls back after ms */
  constructor(
    presence: Presence,
    commits: CommitMaker,
    outbound: Outbound,
    later: (ms: number, callback: () => void) => void,
    emit: Emit,
  ) {
    this.#presence = presence
    this.#commits = commits
    this.#outbound = outbound
    this.#later = later
    this.#emit = emit
  }

  /** Presence may have changed: broadcast it with the next commit, or alone if none is made in time. */
  schedule(): void {
    if (!this.#presence.hasNews) return
    const now = Date.now()
    this.#since ??= now
    if (this.#isDue) return
    const wait = this.#wait(now)
    this.#isDue = true
    this.#later(wait, () => {
      this.#isDue = false
      this.#run(Date.now())
    })
  }

  /**
   * What there is to broadcast, as a message, which the caller sends; null if there is nothing.
   * @param now Unix ms
   */
  take(now: number): string | null {
    if (!this.#presence.hasNews) return null
    this.#last = now
    this.#since = null
    const { authority } = this.#commits
    const news = this.#presence.news((seq) => authority.recentAfter(seq))
    const { seq } = authority.state
    const frame = JSON.stringify({ type: 'presence', seq, ...news } satisfies ServerMessage)
    this.#emit({ type: 'presence', frame })
    return frame
  }

  #run(now: number): void {
    if (this.#wait(now) > 0) {
      this.schedule()
      return
    }
    const frame = this.take(now)
    if (frame !== null) this.#outbound.broadcast(frame)
  }

  /** How long to wait before presence is sent alone, ms. */
  #wait(now: number): number {
    const from = this.#commits.isCommitNear() ? (this.#since ?? now) : this.#last
    return Math.max(0, from + PRESENCE_MS - now)
  }
}
