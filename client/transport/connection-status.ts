/**
 * Connection status: reported to the application when it changes, and to those waiting until everything is
 * acked. Invariant: once over (closed here or refused by the room), it stays over.
 */

import { lossError, type SdkError } from '../sdk-error.ts'
import type { RoomStatus, StatusInfo } from '../types.ts'
import type { Loss } from './connection.ts'

/** Time in ms without a connection after which the status is `offline`. */
const AWAY_MS = 4_000

export class ConnectionStatus {
  readonly #onReport: (status: StatusInfo) => void
  readonly #pending: () => number
  #status: Exclude<RoomStatus, 'stalled'> = 'connecting'
  /** Whether the ack of what was sent is overdue. */
  #isOverdue = false
  /** Whether the platform says that there is no network, and nothing was received since. */
  #isNetworkDown = false
  #loss: Loss | null = null
  #reported = ''
  #away: ReturnType<typeof setTimeout> | undefined
  /** Nothing more is sent or received. */
  #isEnded = false
  #settlers: { resolve: () => void; reject: (error: Error) => void }[] = []

  constructor(pending: () => number, onReport: (status: StatusInfo) => void) {
    this.#pending = pending
    this.#onReport = onReport
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
      status === 'offline' ? 'the browser reports no network' : 'the room has not answered for a while'
    return { status, pending: this.#pending(), reason, code: null }
  }

  /** An open connection may still be of no use. */
  get #shown(): RoomStatus {
    if (this.#status !== 'connected') return this.#status
    if (this.#isNetworkDown) return 'offline'
    return this.#isOverdue ? 'stalled' : 'connected'
  }

  /** The error of calls after the end. */
  get error(): SdkError {
    return lossError(this.#loss ?? { code: 1000, reason: 'closed' })
  }

  connected(): void {
    if (this.isOver) return
    clearTimeout(this.#away)
    this.#status = 'connected'
    this.#loss = null
    this.#isNetworkDown = false
  }

  /** @returns whether it changed */
  setOverdue(isOverdue: boolean): boolean {
    const isNew = isOverdue !== this.#isOverdue
    this.#isOverdue = isOverdue
    return isNew
  }

  /** @param isDown whether the platform says that there is no network @returns whether it changed */
  setNetworkDown(isDown: boolean): boolean {
    const isNew = isDown !== this.#isNetworkDown
    this.#isNetworkDown = isDown
    if (isDown && (this.#status === 'connecting' || this.#status === 'reconnecting')) this.#isAway()
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
    this.report()
  }

  /** The application has closed the room; pending changes may still be sent and acked. */
  closing(loss: Loss): void {
    clearTimeout(this.#away)
    this.#status = 'closed'
    this.#loss = loss
    this.report()
  }

  /** The end: by `close()` or by a refusal. */
  over(loss: Loss, isRefused: boolean): void {
    clearTimeout(this.#away)
    this.#isEnded = true
    this.#status = isRefused ? 'refused' : 'closed'
    this.#loss = loss
    for (const { reject } of this.#settlers) reject(this.error)
    this.#settlers = []
    this.report()
  }

  /** Resolves when everything is acked. @throws SdkError when the room ends before */
  settled(): Promise<void> {
    if (this.#pending() === 0) return Promise.resolve()
    if (this.#isEnded) return Promise.reject(this.error)
    return new Promise((resolve, reject) => {
      this.#settlers.push({ resolve, reject })
    })
  }

  /** Reports the status if it differs from the last report. */
  report(): void {
    const { info } = this
    if (info.pending === 0) {
      for (const { resolve } of this.#settlers) resolve()
      this.#settlers = []
    }
    const current = JSON.stringify(info)
    if (current === this.#reported) return
    this.#reported = current
    this.#onReport(info)
  }

  #watch(): void {
    this.#away = setTimeout(() => {
      this.#isAway()
      this.report()
    }, AWAY_MS)
  }

  /** Not if the room itself answered, even to say that it is not ready: then the network is there. */
  #isAway(): void {
    if (this.#loss?.isAnswer !== true) this.#status = 'offline'
  }
}
