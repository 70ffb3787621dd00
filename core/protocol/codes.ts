/**
 * Close codes, their reasons, and the errors that a decoder throws. Application codes mirror HTTP. 1005,
 * 1006 and 1015 are never sent: they are reserved.
 */
import type { RejectCode } from './messages.ts'

export interface CloseReason {
  readonly code: number
  readonly reason: string
}

/**
 * Codes that the client also uses by itself. Separate constants, so that a page can load them without the
 * rest.
 */
export const NORMAL = 1000
export const RESTART = 1012
export const UNAUTHENTICATED = 4401
export const CLIENT_TAKEN = 4423

export const CLOSE = {
  normal: { code: NORMAL, reason: 'closed' },
  internal: { code: 1011, reason: 'internal error, reconnect' },
  restart: { code: RESTART, reason: 'restarting, reconnect' },
  tryAgain: { code: 1013, reason: 'not ready, try again' },
  badMessage: { code: 4400, reason: 'bad message' },
  unauthenticated: { code: UNAUTHENTICATED, reason: 'authentication required' },
  forbidden: { code: 4403, reason: 'not allowed' },
  kicked: { code: 4403, reason: "removed by the room's owner; a new token is required to return" },
  banned: { code: 4403, reason: "kept out by the room's owner" },
  revoked: { code: UNAUTHENTICATED, reason: 'token revoked, a new one is required' },
  noGuests: { code: UNAUTHENTICATED, reason: 'no guests admitted, a token is required' },
  expired: { code: UNAUTHENTICATED, reason: 'the token has expired, a new one is needed' },
  noSuchRoom: { code: 4404, reason: 'no such room' },
  helloTimeout: { code: 4408, reason: 'no hello in time' },
  silent: { code: 4408, reason: 'nothing received in time' },
  replaced: { code: 4409, reason: 'replaced by a newer connection of this client' },
  clientTaken: { code: CLIENT_TAKEN, reason: 'client id taken, choose another' },
  closedByOwner: { code: 4410, reason: 'the owner has closed this room' },
  tooLarge: { code: 4413, reason: 'message too large' },
  protocolTooOld: {
    code: 4426,
    reason: 'unsupported protocol version, update the client',
  },
  tooFast: { code: 4429, reason: 'too many messages' },
  tooMany: { code: 4429, reason: 'too many connections' },
  tooManySilent: { code: 4429, reason: 'too many connections without a hello' },
  tooOften: { code: 4429, reason: 'connecting too often' },
  tooSlow: { code: 4429, reason: 'reading too slowly' },
} as const satisfies Record<string, CloseReason>

/**
 * Codes with which a room ends the connection permanently: reconnecting unchanged would end the same way.
 * Every other code counts as a lost connection, after which a client reconnects: a proxy may close with 1000
 * or 1001, a server with an unknown code.
 */
const FINAL: ReadonlySet<number> = new Set([4400, UNAUTHENTICATED, 4403, 4404, 4409, 4410, 4413, 4426])

/**
 * Whether a client may reconnect after the other side closed.
 * @param hasAnotherToken whether the refused token can be replaced, and this is the first refusal since one
 *   was accepted
 */
export function mayRetry(code: number, hasAnotherToken = false): boolean {
  return !FINAL.has(code) || (code === UNAUTHENTICATED && hasAnotherToken)
}

/**
 * Whether the room or its platform sent this close code. Any other code means that the network or a proxy
 * broke the connection.
 */
export function isFromRoom(code: number): boolean {
  return (code >= 1011 && code <= 1013) || (code >= 4400 && code < 4500)
}

const LOST = 'the connection was lost'
const CLOSED_REMOTELY = 'the other side closed the connection'
const REASONS: ReadonlyMap<number, string> = new Map([
  // For a code with several reasons, the first is the most general.
  ...Object.values(CLOSE)
    .map(({ code, reason }) => [code, reason] as const)
    .reverse(),
  [1000, CLOSED_REMOTELY],
  [1001, CLOSED_REMOTELY],
  [1005, LOST],
  [1006, LOST],
  [1015, LOST],
])

/** A readable reason for a close frame that has none. */
export function reasonOf(code: number): string {
  return REASONS.get(code) ?? `the connection was closed with code ${code}`
}

/**
 * A submission in a valid frame whose content may not enter the log. Only the submission is refused, with
 * `reject`.
 */
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

/** A valid but oversized presence message: it is dropped, and its sender is warned. */
export class PresenceError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'PresenceError'
  }
}

/**
 * A frame that breaks the protocol. Its socket is closed with `close` and `message`; nobody else is
 * affected.
 */
export class ProtocolError extends Error {
  readonly close: CloseReason

  constructor(close: CloseReason, message: string) {
    super(message)
    this.name = 'ProtocolError'
    this.close = close
  }
}

/** @throws ProtocolError */
export function refuse(close: CloseReason): never {
  throw new ProtocolError(close, close.reason)
}
