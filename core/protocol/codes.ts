/**
 * Close codes and the two errors a decoder throws. Application codes mirror HTTP. Each says whether a client may
 * come back: `retry` is the rule that the SDK follows. 1005, 1006 and 1015 are never sent: the platform reserves them.
 */
import type { RejectCode } from './messages.ts'

export interface CloseReason {
  readonly code: number
  readonly reason: string
  /** May the same client connect again by itself? */
  readonly retry: boolean
}

export const CLOSE = {
  normal: { code: 1000, reason: 'closed', retry: false },
  internal: { code: 1011, reason: 'something went wrong here, connect again', retry: true },
  restart: { code: 1012, reason: 'restarting, connect again', retry: true },
  tryAgain: { code: 1013, reason: 'not ready, try again', retry: true },
  badMessage: { code: 4400, reason: 'bad message', retry: false },
  unauthenticated: { code: 4401, reason: 'who are you? a valid token is needed', retry: false },
  forbidden: { code: 4403, reason: 'not allowed', retry: false },
  noSuchRoom: { code: 4404, reason: 'no such room', retry: false },
  helloTimeout: { code: 4408, reason: 'no hello in time', retry: true },
  replaced: { code: 4409, reason: 'replaced by a newer connection of this client', retry: false },
  tooLarge: { code: 4413, reason: 'message too large', retry: false },
  protocolTooOld: {
    code: 4426,
    reason: 'this protocol version is not spoken here, update the client',
    retry: false,
  },
  tooFast: { code: 4429, reason: 'too many messages', retry: true },
  tooMany: { code: 4429, reason: 'too many connections', retry: true },
  tooSlow: { code: 4429, reason: 'too much is unread', retry: true },
} as const satisfies Record<string, CloseReason>

const BY_CODE: ReadonlyMap<number, CloseReason> = new Map(
  Object.values(CLOSE).map((close) => [close.code, close]),
)

/** Whether a client may reconnect after a close. Unknown codes (a lost network, a deploy) say yes; unknown 44xx say no. */
export function mayRetry(code: number): boolean {
  return BY_CODE.get(code)?.retry ?? !(code >= 4400 && code < 4500)
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
