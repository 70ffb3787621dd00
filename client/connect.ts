/**
 * Joins a room: checks the options, waits a while for stored work, then for the room. Invariant: nothing
 * that may not answer (storage, token function, socket) is waited for longer than `connectMs`, and the
 * application can abort at any time. The offline code is loaded only when there is a storage.
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
import { ASK_MS, requestedAhead, tokenFault } from './transport/tokens.ts'
import type { ConnectOptions, Room, StatusInfo } from './types.ts'

/** Default of `connectMs`. A room that was joined reconnects without a time limit. */
const CONNECT_MS = 20_000
/** Most ms to wait for stored work, loading its code included; half of `connectMs` if that is less. */
const STORED_MS = 3_000

/**
 * Joins a room. Resolves when the list of files is here. If the network is away and the storage has a copy
 * of the room by the same user, it resolves with that, and the room is `offline` until it can be reached.
 * @throws SdkError `bad_name`, `bad_url`, `bad_token`, `bad_option` for invalid options; `no_such_room`,
 *   `unauthenticated`, `forbidden`; `unreachable` after `connectMs`; the reason of `signal` when it aborts
 *   first
 */
export async function connect(options: ConnectOptions): Promise<Room> {
  // Without a token, the next page is a different guest.
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

  // Only the token says whose copy may be used, and there is no connection without a token either.
  const ahead = requestedAhead(given.token)
  const token = await within(Math.min(connectMs / 2, ASK_MS), ahead.token, 'no token', signal).catch(
    () => null,
  )
  if (signal?.aborted) throw signal.reason
  const joining = (start: Start) => joinAs({ ...given, token: ahead.source }, start)
  const givenUp = new AbortController()
  const opening = open(given, storage, tokenFault(token) === null ? token : null, givenUp.signal)
  const ms = Math.min(connectMs / 2, STORED_MS)
  const opened = await within(ms, opening, `no answer within ${ms / 1000} s`, signal).catch((error) => {
    givenUp.abort()
    if (signal?.aborted) throw signal.reason
    const text = `The storage cannot be used now: ${String(error)}`
    return new SdkError('storage', text, { cause: error })
  })
  if (opened instanceof SdkError) {
    const room = await joining(freshStart())
    room.reportError(opened)
    void opening.then(
      (late) => late?.offline.catchUp(room),
      // The error was already reported.
      () => {},
    )
    return room
  }
  if (opened === null) return joining(freshStart())
  const { offline, start } = opened
  try {
    const room = await joining(start)
    offline.joined(room)
    return room
  } catch (error) {
    // The room may map this very token to another user than before: the copy stays theirs, and this client
    // starts fresh.
    if (!start.isResumed || !(error instanceof SdkError) || error.code !== 'forbidden') throw error
    const room = await joining(freshStart())
    void offline.catchUp(room)
    return room
  }
}

interface Opened {
  readonly offline: OfflineStart
  readonly start: Start
}

/**
 * Loads stored work, and how this client starts; null where the browser can store nothing.
 * @param token the token that is shown to the room first; null when there is none
 */
async function open(
  target: ConnectionTarget,
  storage: RoomStorage | undefined,
  token: string | null,
  givenUp: AbortSignal,
): Promise<Opened | null> {
  const { connectOffline } = await import('./offline/connect.ts')
  const offline = connectOffline(target, storage)
  return offline === null ? null : { offline, start: await offline.start(token, givenUp) }
}

/** Resolves with the room after its welcome, or when it is offline and has a stored copy. */
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
      if (status === 'connected' || (status === 'offline' && start.isResumed)) {
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
