/** Tells a room where its user is, with as much of it as the room takes: the main selection comes first, and goes last. */
import { SdkError } from '../client/sdk-error.ts'
import type { Room, Whereabouts } from '../client/types.ts'
import { DEFAULT_LIMITS } from '../core/protocol/limits.ts'

/** What is needed of a room. */
export type PlaceRoom = Pick<Room, 'limits' | 'setPresence'>

/** @throws SdkError `presence_too_large` where even the application's own `data` leaves no room for a place */
export function tellPlace(room: PlaceRoom, place: Whereabouts): void {
  const most = room.limits?.selections ?? DEFAULT_LIMITS.selections
  const selections = place.selections?.slice(0, most) ?? []
  try {
    room.setPresence({ ...place, selections })
  } catch (error) {
    // The application's own data may take most of what there is.
    if (!(error instanceof SdkError) || error.code !== 'presence_too_large' || selections.length < 2)
      throw error
    room.setPresence({ ...place, selections: selections.slice(0, 1) })
  }
}
