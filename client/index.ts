/**
 * The SDK: `connect` to a room and hold it. Works in browsers and in Node 22+, wherever there is a global WebSocket.
 *
 *     const room = await connect({ url: 'http://127.0.0.1:8787', room: 'demo' })
 *     const file = await room.open('src/App.jsx')
 *     file.edit([{ at: 0, remove: 0, insert: '// hello\n' }])
 *     await room.settled()
 */
import { LiveRoom } from './room.ts'
import { lossError, SdkError } from './sdk-error.ts'
import type { ConnectOptions, Room, StatusInfo } from './types.ts'

export { EditError } from '../core/text/edits.ts'
export { SdkError, type SdkErrorCode } from './sdk-error.ts'
export type * from './types.ts'

/** ms that `connect` tries where nothing else is said; once connected, a room reconnects for as long as it takes. */
const CONNECT_MS = 20_000

/**
 * Joins a room. Resolves when the list of files is here.
 * @throws SdkError `no_such_room`, `unauthenticated`, `forbidden`; `unreachable` when nobody let us in for `connectMs`
 */
export function connect(options: ConnectOptions): Promise<Room> {
  const {
    url,
    room: name,
    token = guestToken(),
    socket = (to, protocols) => new WebSocket(to, protocols),
    connectMs = CONNECT_MS,
  } = options
  const target = new URL(`/api/rooms/${encodeURIComponent(name)}/connect`, url)
  target.protocol = target.protocol === 'https:' ? 'wss:' : 'ws:'
  const ask = typeof token === 'string' ? () => token : token
  const room = new LiveRoom(name, { url: target.href, token: ask, socket })
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const reason = room.status.reason ?? 'no answer'
      stop()
      room.close()
      reject(new SdkError('unreachable', `${url} could not be reached: ${reason}`))
    }, connectMs)
    const look = (status: StatusInfo): void => {
      if (status.status === 'connected') {
        done()
        resolve(room)
      } else if (status.status === 'closed') {
        done()
        reject(lossError({ code: status.code ?? 1000, reason: status.reason ?? '' }))
      }
    }
    const stop = room.on('status', look)
    const done = () => {
      clearTimeout(timer)
      stop()
    }
  })
}

/** A guest for as long as this page lives. */
function guestToken(): string {
  return `guest-${crypto.randomUUID()}`
}
