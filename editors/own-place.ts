/**
 * Sends this user's position to the room, reduced to what the limits allow. The main selection comes first
 * and is always sent.
 */
import { SdkError } from '../client/sdk-error.ts'
import type { Room, Whereabouts } from '../client/types.ts'
import { DEFAULT_LIMITS } from '../core/protocol/limits.ts'

/** The part of a room that is needed. */
export type PlaceRoom = Pick<Room, 'limits' | 'setPresence'>

/**
 * @throws SdkError `presence_too_large` when the application's `data` leaves no space even for one
 *   selection
 */
export function sendPlace(room: PlaceRoom, place: Whereabouts): void {
  const most = room.limits?.selections ?? DEFAULT_LIMITS.selections
  const selections = place.selections?.slice(0, most) ?? []
  try {
    room.setPresence({ ...place, selections })
  } catch (error) {
    // The application's `data` may use up most of the limit.
    if (!(error instanceof SdkError) || error.code !== 'presence_too_large' || selections.length < 2)
      throw error
    room.setPresence({ ...place, selections: selections.slice(0, 1) })
  }
}
