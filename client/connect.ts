/**
 * Joining a room: checks what the application asks for, waits a while for what earlier pages kept, and then for the room. Whatever
 * does not answer (storage, token function, socket) is waited for no longer than `connectMs`, and the application may stop at any time.
 * What keeps work is loaded only where it is asked for.
 */

import type { OfflineStart } from './offline/connect.ts'
import type { RoomStorage } from './offline/storage.ts'
import { checkSignal, checkTime, targetOf } from './options.ts'
import { LiveRoom } from './room.ts'
import { lossError, SdkError } from './sdk-error.ts'
import { freshStart, type Start } from './start.ts'
import { apiAddress } from './transport/addresses.ts'
import type { ConnectionTarget } from './transport/connection.ts'
import { after, within } from './transport/timers.ts'
import { ASK_MS, askedAhead, tokenFault } from './transport/tokens.ts'
import type { ConnectOptions, Room, StatusInfo } from './types.ts'

/** ms that `connect` tries where nothing else is said; once connected, a room reconnects for as long as it takes. */
const CONNECT_MS = 20_000
/** ms that kept work is waited for at most, what reads it included; half of `connectMs` where that is less. */
const KEPT_MS = 3_000

/**
 * Joins a room. Resolves when the list of files is here; where the network is away and a storage has a copy of the room from an
 * earlier time, made by the same user, that is taken, and the room is `offline` until it can be reached.
 * @throws SdkError `bad_name`, `bad_url`, `bad_token`, `bad_option` for options that cannot work; `no_such_room`, `unauthenticated`,
 *   `forbidden`; `unreachable` when nobody let us in for `connectMs`; the reason of `signal` when that aborts before the room is joined
 */
export async function connect(options: ConnectOptions): Promise<Room> {
  // Without a token, the next page is somebody else.
  const { room: name, storage = options.token === undefined ? null : undefined } = options
  const { connectMs = CONNECT_MS, signal } = options
  const given = targetOf(options)
  checkTime(connectMs)
  checkSignal(signal)
  if (signal?.aborted) throw signal.reason
  const until = Date.now() + connectMs
  const joinAs = (target: ConnectionTarget, start: Start) =>
    join(name, target, start, until - Date.now(), signal)
  if (storage === null) return joinAs(given, freshStart())

  // Whose copy may be taken is known by the token alone, and there is no connection before that either.
  const ahead = askedAhead(given.token)
  const token = await within(Math.min(connectMs / 2, ASK_MS), ahead.token, 'no token', signal).catch(
    () => null,
  )
  if (signal?.aborted) throw signal.reason
  const joining = (start: Start) => joinAs({ ...given, token: ahead.source }, start)
  const givenUp = new AbortController()
  const opening = open(given, storage, tokenFault(token) === null ? token : null, givenUp.signal)
  const ms = Math.min(connectMs / 2, KEPT_MS)
  const opened = await within(ms, opening, `no answer within ${ms / 1000} s`, signal).catch((error) => {
    givenUp.abort()
    if (signal?.aborted) throw signal.reason
    const text = `What keeps work here cannot be used now: ${String(error)}`
    return new SdkError('storage', text, { cause: error })
  })
  if (opened instanceof SdkError) {
    const room = await joining(freshStart())
    room.tellError(opened)
    void opening.then(
      (late) => late?.kept.catchUp(room),
      // Why, has been told.
      () => {},
    )
    return room
  }
  if (opened === null) return joining(freshStart())
  const { kept, start } = opened
  try {
    const room = await joining(start)
    kept.joined(room)
    return room
  } catch (error) {
    // The room may take this very token for another user than before: the copy stays theirs, and we start fresh.
    if (!start.isKept || !(error instanceof SdkError) || error.code !== 'forbidden') throw error
    const room = await joining(freshStart())
    void kept.catchUp(room)
    return room
  }
}

interface Opened {
  readonly kept: OfflineStart
  readonly start: Start
}

/**
 * What earlier pages kept, and how this one begins; null where the browser can keep nothing.
 * @param token what this page shows to the room first; null while there is none
 */
async function open(
  target: ConnectionTarget,
  storage: RoomStorage | undefined,
  token: string | null,
  givenUp: AbortSignal,
): Promise<Opened | null> {
  const { connectOffline } = await import('./offline/connect.ts')
  const kept = connectOffline(target, storage)
  return kept === null ? null : { kept, start: await kept.start(token, givenUp) }
}

/** Resolves with the room once it has welcomed us, or once it is clear that it has to do with its copy here for now. */
function join(
  name: string,
  target: ConnectionTarget,
  start: Start,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<LiveRoom> {
  const room = new LiveRoom(name, target, start)
  return new Promise((resolve, reject) => {
    const giveUp = (error: unknown) => {
      done()
      void room.leave()
      reject(error)
    }
    const stopTimer = after(ms, () => {
      const reason = room.status.reason ?? 'no answer'
      giveUp(new SdkError('unreachable', `${apiAddress(target.url)} could not be reached: ${reason}`))
    })
    const aborted = () => giveUp(signal?.reason)
    signal?.addEventListener('abort', aborted)
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
      signal?.removeEventListener('abort', aborted)
    }
    if (signal?.aborted) aborted()
  })
}
