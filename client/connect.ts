/**
 * Joining a room: makes of what the application asks for whom to reach and how to begin, and waits until the room is there. What keeps
 * work is loaded only where it is asked for.
 */
import { apiAddress } from './addresses.ts'
import type { ConnectionTarget } from './connection.ts'
import { checkTime, targetOf } from './options.ts'
import { LiveRoom } from './room.ts'
import { lossError, SdkError } from './sdk-error.ts'
import { freshStart, type Start } from './start.ts'
import { after, within } from './timers.ts'
import type { ConnectOptions, Room, StatusInfo } from './types.ts'

/** ms that `connect` tries where nothing else is said; once connected, a room reconnects for as long as it takes. */
const CONNECT_MS = 20_000

/**
 * Joins a room. Resolves when the list of files is here; where the network is away and a storage has a copy of the room from an
 * earlier time, that is taken, and the room is `offline` until it can be reached.
 * @throws SdkError `bad_name`, `bad_url`, `bad_token`, `bad_option` for options that cannot work; `no_such_room`, `unauthenticated`,
 *   `forbidden`; `unreachable` when nobody let us in for `connectMs`
 */
export async function connect(options: ConnectOptions): Promise<Room> {
  // Without a token, the next page is somebody else.
  const { room: name, storage = options.token === undefined ? null : undefined } = options
  const { connectMs = CONNECT_MS } = options
  const target = targetOf(options)
  checkTime(connectMs)
  if (storage === null) return join(name, target, freshStart(), connectMs)
  const kept = await loadKept(Math.min(connectMs, CONNECT_MS))
  if (!(kept instanceof SdkError)) return kept.joinKept(name, target, connectMs, storage)
  const room = await join(name, target, freshStart(), connectMs)
  room.tellError(kept)
  return room
}

/** What keeps work, or why it cannot be had in time: what is kept then stays where it is, and the work of today goes on without it. */
async function loadKept(ms: number): Promise<typeof import('./kept.ts') | SdkError> {
  try {
    return await within(ms, import('./kept.ts'), 'it took too long')
  } catch (error) {
    return new SdkError('storage', `What keeps work here could not be loaded: ${String(error)}`, {
      cause: error,
    })
  }
}

/** Resolves with the room once it has welcomed us, or once it is clear that it has to do with its copy here for now. */
export function join(
  name: string,
  target: ConnectionTarget,
  start: Start,
  connectMs: number,
): Promise<LiveRoom> {
  const room = new LiveRoom(name, target, start)
  return new Promise((resolve, reject) => {
    const stopTimer = after(connectMs, () => {
      const reason = room.status.reason ?? 'no answer'
      stop()
      void room.leave()
      reject(new SdkError('unreachable', `${apiAddress(target.url)} could not be reached: ${reason}`))
    })
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
      stopTimer()
      stop()
    }
  })
}
