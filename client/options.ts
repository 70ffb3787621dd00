/**
 * Checks the options of `connect` before anything is sent: what cannot work is refused at once, not after
 * `connectMs`.
 */
import { randomId } from '../core/protocol/id.ts'
import { ROOM_NAME, ROOM_NAME_RULE } from '../core/protocol/room-name.ts'
import { SdkError } from './sdk-error.ts'
import { socketAddress } from './transport/addresses.ts'
import type { ConnectionTarget } from './transport/connection.ts'
import { tokenSource } from './transport/tokens.ts'
import type { ConnectOptions, SocketFactory } from './types.ts'

/**
 * The address, token and socket to connect with.
 * @throws SdkError `bad_name`, `bad_url`, `bad_token`, `bad_option`, `unauthenticated`
 */
export function targetOf({
  url,
  room,
  token = guestToken(),
  socket = platformSocket(),
  open,
}: ConnectOptions): ConnectionTarget {
  // `test` converts to string: `undefined` would pass.
  if (typeof room !== 'string' || !ROOM_NAME.test(room)) {
    throw new SdkError('bad_name', `Invalid room name: \`room\` ${ROOM_NAME_RULE}.`)
  }
  if (open !== undefined && typeof open !== 'string')
    throw new SdkError('bad_option', '`open` cannot be used. Use the path of a file.')
  return {
    url: socketAddress(url, room),
    token: tokenSource(token),
    socket,
    ...(open === undefined ? null : { open }),
  }
}

/** @throws SdkError `bad_option` when the platform has no WebSocket */
function platformSocket(): SocketFactory {
  if (typeof WebSocket !== 'undefined') return (to, protocols) => new WebSocket(to, protocols)
  const hint =
    'Use a platform that has one (browsers, Node 22 and later, Deno, Bun), or pass a `socket` function.'
  throw new SdkError('bad_option', `This platform has no global WebSocket. ${hint}`)
}

/** @throws SdkError `bad_option` when `connectMs` is not a duration */
export function checkTime(connectMs: number): void {
  if (typeof connectMs === 'number' && connectMs >= 0) return
  const hint = 'Use a number of ms from 0, or Infinity to keep trying.'
  throw new SdkError('bad_option', `\`connectMs\` cannot be used. ${hint}`)
}

/** @throws SdkError `bad_option` when `signal` is not an AbortSignal */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined) return
  const { aborted, addEventListener } = (signal ?? {}) as Partial<AbortSignal>
  if (typeof aborted === 'boolean' && typeof addEventListener === 'function') return
  throw new SdkError('bad_option', '`signal` cannot be used. Use the signal of an AbortController.')
}

/**
 * A guest for the life of this page. `randomUUID` is missing in pages served over plain http from another
 * host.
 */
function guestToken(): string {
  return `guest-${randomId(crypto)}${randomId(crypto)}`
}
