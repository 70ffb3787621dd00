/**
 * How a room stands, in words for a person: told to the application when it changes, and to those who wait until everything is
 * acked. Once over (closed here or refused there), it stays so.
 */

import { lossError, type SdkError } from '../sdk-error.ts'
import type { RoomStatus, StatusInfo } from '../types.ts'
import type { Loss } from './connection.ts'

/** ms without a connection after which the network is said to be away. */
const AWAY_MS = 4_000

export class ConnectionStatus {
  readonly #tell: (status: StatusInfo) => void
  readonly #pending: () => number
  #status: Exclude<RoomStatus, 'stalled'> = 'connecting'
  /** Whether the ack of what was sent is overdue. */
  #isOverdue = false
  /** Whether the platform says that there is no network, and nothing has come over it since. */
  #isDark = false
  #loss: Loss | null = null
  #told = ''
  #away: ReturnType<typeof setTimeout> | undefined
  /** Nothing comes from the room any more, and nothing goes there. */
  #isEnded = false
  #settlers: { resolve: () => void; reject: (error: Error) => void }[] = []

  constructor(pending: () => number, tell: (status: StatusInfo) => void) {
    this.#pending = pending
    this.#tell = tell
    this.#watch()
  }

  /** Whether acks can be expected. */
  get isConnected(): boolean {
    return this.#shown === 'connected'
  }

  get isOver(): boolean {
    return this.#status === 'closed' || this.#status === 'refused'
  }

  get info(): StatusInfo {
    const status = this.#shown
    if (status === this.#status) {
      const { code = null, reason = null } = this.#loss ?? {}
      return { status, pending: this.#pending(), reason, code }
    }
    const reason =
      status === 'offline'
        ? 'the browser says that there is no network'
        : 'the room has not answered for a while'
    return { status, pending: this.#pending(), reason, code: null }
  }

  /** A connection that is not lost may be of no use all the same. */
  get #shown(): RoomStatus {
    if (this.#status !== 'connected') return this.#status
    if (this.#isDark) return 'offline'
    return this.#isOverdue ? 'stalled' : 'connected'
  }

  /** Why nothing can be done here any more. */
  get error(): SdkError {
    return lossError(this.#loss ?? { code: 1000, reason: 'closed' })
  }

  connected(): void {
    if (this.isOver) return
    clearTimeout(this.#away)
    this.#status = 'connected'
    this.#loss = null
    this.#isDark = false
  }

  /** @returns whether that is something new */
  overdue(isOverdue: boolean): boolean {
    const isNew = isOverdue !== this.#isOverdue
    this.#isOverdue = isOverdue
    return isNew
  }

  /** The platform says that there is no network, or something says that there is. @returns whether that is something new */
  dark(isDark: boolean): boolean {
    const isNew = isDark !== this.#isDark
    this.#isDark = isDark
    if (isDark && (this.#status === 'connecting' || this.#status === 'reconnecting')) this.#isAway()
    return isNew
  }

  lost(loss: Loss): void {
    if (this.isOver) return
    this.#isOverdue = false
    this.#loss = loss
    if (this.#status === 'connected') {
      this.#status = 'reconnecting'
      this.#watch()
    }
    if (typeof navigator === 'object' && navigator.onLine === false) this.#isAway()
    this.told()
  }

  /** The application has closed the room; what waits may still be sent and acked. */
  closing(loss: Loss): void {
    clearTimeout(this.#away)
    this.#status = 'closed'
    this.#loss = loss
    this.told()
  }

  /** The end: by `close()`, or by a refusal. */
  over(loss: Loss, isRefused: boolean): void {
    clearTimeout(this.#away)
    this.#isEnded = true
    this.#status = isRefused ? 'refused' : 'closed'
    this.#loss = loss
    for (const { reject } of this.#settlers) reject(this.error)
    this.#settlers = []
    this.told()
  }

  /** Resolves when everything is acked. @throws SdkError when it is over before that */
  settled(): Promise<void> {
    if (this.#pending() === 0) return Promise.resolve()
    if (this.#isEnded) return Promise.reject(this.error)
    return new Promise((resolve, reject) => {
      this.#settlers.push({ resolve, reject })
    })
  }

  /** Says how things stand, when they stand otherwise than last said. */
  told(): void {
    const { info } = this
    if (info.pending === 0) {
      for (const { resolve } of this.#settlers) resolve()
      this.#settlers = []
    }
    const told = JSON.stringify(info)
    if (told === this.#told) return
    this.#told = told
    this.#tell(info)
  }

  #watch(): void {
    this.#away = setTimeout(() => {
      this.#isAway()
      this.told()
    }, AWAY_MS)
  }

  /** As far as can be told: a room that answers, if only to say that it is not ready, is there. */
  #isAway(): void {
    if (this.#loss?.isAnswer !== true) this.#status = 'offline'
  }
}
