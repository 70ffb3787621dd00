/**
 * Close codes, what they mean to who was closed, and the two errors a decoder throws. Application codes mirror HTTP. 1005, 1006 and
 * 1015 are never sent: the platform reserves them.
 */
import type { RejectCode } from './messages.ts'

export interface CloseReason {
  readonly code: number
  readonly reason: string
}

/** Those that a client gives too, or asks for. They stand apart so that a page loads them without the others. */
export const NORMAL = 1000
export const RESTART = 1012
export const UNAUTHENTICATED = 4401

export const CLOSE = {
  normal: { code: NORMAL, reason: 'closed' },
  internal: { code: 1011, reason: 'something went wrong here, connect again' },
  restart: { code: RESTART, reason: 'restarting, connect again' },
  tryAgain: { code: 1013, reason: 'not ready, try again' },
  badMessage: { code: 4400, reason: 'bad message' },
  unauthenticated: { code: UNAUTHENTICATED, reason: 'who are you? a valid token is needed' },
  forbidden: { code: 4403, reason: 'not allowed' },
  kicked: { code: 4403, reason: "removed by the room's owner; a new token is needed to come back" },
  expired: { code: UNAUTHENTICATED, reason: 'the token has expired, a new one is needed' },
  noSuchRoom: { code: 4404, reason: 'no such room' },
  helloTimeout: { code: 4408, reason: 'no hello in time' },
  silent: { code: 4408, reason: 'nothing was heard for too long' },
  replaced: { code: 4409, reason: 'replaced by a newer connection of this client' },
  closedByOwner: { code: 4410, reason: 'the owner has closed this room' },
  tooLarge: { code: 4413, reason: 'message too large' },
  protocolTooOld: {
    code: 4426,
    reason: 'this protocol version is not spoken here, update the client',
  },
  tooFast: { code: 4429, reason: 'too many messages' },
  tooMany: { code: 4429, reason: 'too many connections' },
  tooSlow: { code: 4429, reason: 'too much is unread' },
} as const satisfies Record<string, CloseReason>

/** Of the application's codes, those after which a client may come back. */
const PASSING: readonly number[] = [4408, 4429]

/**
 * Whether a client may reconnect after a close: unless the room said so for good. Unknown codes (a lost network, a deploy) say yes.
 * @param hasAnotherToken whether the token was refused that can be had anew, for the first time since one was taken
 */
export function mayRetry(code: number, hasAnotherToken = false): boolean {
  if (code === UNAUTHENTICATED) return hasAnotherToken
  return code !== NORMAL && (!(code >= 4400 && code < 4500) || PASSING.includes(code))
}

/** A submission whose frame is sound and whose content may not enter the log: it alone is refused, with `reject`. */
export class SubmissionError extends Error {
  readonly n: number
  readonly code: RejectCode

  constructor(n: number, code: RejectCode, message: string) {
    super(message)
    this.name = 'SubmissionError'
    this.n = n
    this.code = code
  }
}

/** A frame that breaks the protocol. The socket it came from is closed with `close` and `message`; nobody else notices. */
export class ProtocolError extends Error {
  readonly close: CloseReason

  constructor(close: CloseReason, message: string) {
    super(message)
    this.name = 'ProtocolError'
    this.close = close
  }
}
