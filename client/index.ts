/**
 * The SDK: `connect` to a room and hold it. Works in browsers and in Node 22+, wherever there is a global WebSocket.
 *
 *     const room = await connect({ url: 'http://127.0.0.1:8787', room: 'demo' })
 *     const file = await room.open('src/App.jsx')
 *     file.edit([{ at: 0, remove: 0, insert: '// hello\n' }])
 *     await room.settled()
 */
import type { ConnectionTarget } from './connection.ts'
import { indexedDbStorage } from './indexed-db.ts'
import { deliverLeftBehind } from './left-behind.ts'
import { LiveRoom } from './room.ts'
import { lossError, SdkError } from './sdk-error.ts'
import { Copies, freshStart, type Start } from './start.ts'
import type { ConnectOptions, Room, StatusInfo } from './types.ts'

export { EditError } from '../core/text/edits.ts'
export { SdkError, type SdkErrorCode } from './sdk-error.ts'
export type * from './types.ts'

/** ms that `connect` tries where nothing else is said; once connected, a room reconnects for as long as it takes. */
const CONNECT_MS = 20_000

/**
 * Joins a room. Resolves when the list of files is here; where the network is away and a storage has a copy of the room from an
 * earlier time, that is taken, and the room is `offline` until it can be reached.
 * @throws SdkError `no_such_room`, `unauthenticated`, `forbidden`; `unreachable` when nobody let us in for `connectMs`
 */
export async function connect(options: ConnectOptions): Promise<Room> {
  const {
    url,
    room: name,
    token = guestToken(),
    socket = (to, protocols) => new WebSocket(to, protocols),
    storage = options.token === undefined ? null : indexedDbStorage(),
    connectMs = CONNECT_MS,
  } = options
  const address = new URL(`/api/rooms/${encodeURIComponent(name)}/connect`, url)
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
  const ask = typeof token === 'string' ? () => token : token
  const target = { url: address.href, token: ask, socket }
  if (storage === null) return join(name, target, freshStart(), connectMs)

  const failures: SdkError[] = []
  const copies = new Copies(storage, address.href, (error) => failures.push(error))
  const start = await copies.lastOrNew()
  const room = await join(name, target, start, connectMs).catch(async (error) => {
    // The copy may be that of somebody else who uses this browser: theirs stays, and we begin anew.
    if (!start.isKept || !(error instanceof SdkError) || error.code !== 'forbidden') throw error
    return join(name, target, await copies.new(), connectMs)
  })
  for (const failure of failures) room.tellError(failure)
  deliverLeftBehind(room, copies, target)
  return room
}

/** Resolves with the room once it has welcomed us, or once it is clear that it has to do with its copy here for now. */
function join(name: string, target: ConnectionTarget, start: Start, connectMs: number): Promise<LiveRoom> {
  const room = new LiveRoom(name, target, start)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const reason = room.status.reason ?? 'no answer'
      stop()
      room.close()
      reject(
        new SdkError('unreachable', `${target.url.replace(/^ws/, 'http')} could not be reached: ${reason}`),
      )
    }, connectMs)
    const look = ({ status, code, reason }: StatusInfo): void => {
      if (status === 'connected' || (status === 'offline' && start.isKept)) {
        done()
        resolve(room)
      } else if (status === 'refused' || status === 'closed') {
        done()
        reject(lossError({ code: code ?? 1000, reason: reason ?? '' }))
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
