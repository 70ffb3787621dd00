/**
 * Joining a room with the work kept: goes on with what an earlier page left, keeps what this one does, and sends what other tabs
 * left behind. A page loads this, with all that it needs, only when it joins with a storage.
 */
import { join } from './connect.ts'
import type { ConnectionTarget } from './connection.ts'
import { Copies } from './copies.ts'
import { indexedDbStorage } from './indexed-db.ts'
import { deliverLeftBehind } from './left-behind.ts'
import type { LiveRoom } from './room.ts'
import { SdkError } from './sdk-error.ts'
import { freshStart } from './start.ts'
import type { RoomStorage } from './storage.ts'

/** @param storage the browser's own where none is given */
export async function joinKept(
  name: string,
  target: ConnectionTarget,
  connectMs: number,
  storage: RoomStorage | null = indexedDbStorage(),
): Promise<LiveRoom> {
  if (storage === null) return join(name, target, freshStart(), connectMs)
  const failures: SdkError[] = []
  const copies = new Copies(storage, target.url, (error) => failures.push(error))
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
