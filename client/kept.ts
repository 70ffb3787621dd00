/**
 * Joining a room with the work kept: goes on with what an earlier page left, keeps what this one does, and sends what other tabs
 * left behind. A page loads this, with all that it needs, only when it joins with a storage.
 */
import type { ConnectionTarget } from './connection.ts'
import { Copies } from './copies.ts'
import { indexedDbStorage } from './indexed-db.ts'
import { deliverLeftBehind } from './left-behind.ts'
import type { LiveRoom } from './room.ts'
import { SdkError } from './sdk-error.ts'
import { freshStart, type Start } from './start.ts'
import type { RoomStorage } from './storage.ts'

/** @param storage the browser's own where none is given */
export async function joinKept(
  target: ConnectionTarget,
  join: (start: Start) => Promise<LiveRoom>,
  storage: RoomStorage | null = indexedDbStorage(),
): Promise<LiveRoom> {
  if (storage === null) return join(freshStart())
  const failures: SdkError[] = []
  const copies = new Copies(storage, target.url, (error) => failures.push(error))
  const start = await copies.lastOrNew()
  const room = await join(start).catch(async (error) => {
    // The copy may be that of somebody else who uses this browser: theirs stays, and we begin anew.
    if (!start.isKept || !(error instanceof SdkError) || error.code !== 'forbidden') throw error
    return join(await copies.new())
  })
  for (const failure of failures) room.tellError(failure)
  deliverLeftBehind(room, copies, target)
  return room
}
