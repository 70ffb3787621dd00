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
export const CLIENT_TAKEN = 4423

export const CLOSE = {
  normal: { code: NORMAL, reason: 'closed' },
  internal: { code: 1011, reason: 'something went wrong here, connect again' },
  restart: { code: RESTART, reason: 'restarting, connect again' },
  tryAgain: { code: 1013, reason: 'not ready, try again' },
  badMessage: { code: 4400, reason: 'bad message' },
  unauthenticated: { code: UNAUTHENTICATED, reason: 'who are you? a valid token is needed' },
  forbidden: { code: 4403, reason: 'not allowed' },
  kicked: { code: 4403, reason: "removed by the room's owner; a new token is needed to come back" },
  banned: { code: 4403, reason: "kept out by the room's owner" },
  revoked: { code: UNAUTHENTICATED, reason: 'the token was taken back, a new one is needed' },
  noGuests: { code: UNAUTHENTICATED, reason: 'this room takes no guests now, a token is needed' },
  expired: { code: UNAUTHENTICATED, reason: 'the token has expired, a new one is needed' },
  noSuchRoom: { code: 4404, reason: 'no such room' },
  helloTimeout: { code: 4408, reason: 'no hello in time' },
  silent: { code: 4408, reason: 'nothing was heard for too long' },
  replaced: { code: 4409, reason: 'replaced by a newer connection of this client' },
  clientTaken: { code: CLIENT_TAKEN, reason: 'this client id is taken, choose another' },
  closedByOwner: { code: 4410, reason: 'the owner has closed this room' },
  tooLarge: { code: 4413, reason: 'message too large' },
  protocolTooOld: {
    code: 4426,
    reason: 'this protocol version is not spoken here, update the client',
  },
  tooFast: { code: 4429, reason: 'too many messages' },
  tooMany: { code: 4429, reason: 'too many connections' },
  tooManySilent: { code: 4429, reason: 'too many connections that have not said hello' },
  tooOften: { code: 4429, reason: 'connecting too often' },
  tooSlow: { code: 4429, reason: 'too much is unread' },
} as const satisfies Record<string, CloseReason>

/**
 * The codes by which a room ends the connection for good: coming back as before would end the same way. Every other code is a loss, after
 * which a client comes back: a proxy may close with 1000 or 1001, a server with a code that is not known here.
 */
const FINAL: ReadonlySet<number> = new Set([4400, UNAUTHENTICATED, 4403, 4404, 4409, 4410, 4413, 4426])

/**
 * Whether a client may reconnect after the other side closed.
 * @param hasAnotherToken whether the token was refused that can be had anew, for the first time since one was taken
 */
export function mayRetry(code: number, hasAnotherToken = false): boolean {
  return !FINAL.has(code) || (code === UNAUTHENTICATED && hasAnotherToken)
}

/** Whether a close code is a room's or its platform's own word; with any other, it is the network or a proxy that broke the connection. */
export function isFromRoom(code: number): boolean {
  return (code >= 1011 && code <= 1013) || (code >= 4400 && code < 4500)
}

const LOST = 'the connection was lost'
const CLOSED_AFAR = 'the other side closed the connection'
const REASONS: ReadonlyMap<number, string> = new Map([
  // The first of a code says the most general.
  ...Object.values(CLOSE)
    .map(({ code, reason }) => [code, reason] as const)
    .reverse(),
  [1000, CLOSED_AFAR],
  [1001, CLOSED_AFAR],
  [1005, LOST],
  [1006, LOST],
  [1015, LOST],
])

/** What a close without a reason means, in words for a person. */
export function reasonOf(code: number): string {
  return REASONS.get(code) ?? `the connection was closed with code ${code}`
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

/** A presence message that is sound but larger than it may be: it is dropped, and its sender is warned. */
export class PresenceError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'PresenceError'
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
