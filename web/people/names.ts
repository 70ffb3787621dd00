/** What users are called here: as they are now, else as they were when the room gave them a role. */

import { memberOf } from '../../client/index.ts'
import type { Room } from '../../client/types.ts'

/** Null for whom nobody here knows. */
export function nameIn(room: Room, user: string): string | null {
  const person = room.people.find((one) => one.user === user)
  if (person) return person.name
  return (room.policy && memberOf(room.policy, user)?.name) || null
}

/** What the room's owner is called; null where it has none, or nobody here knows them. */
export function ownerName(room: Room): string | null {
  const owner = room.policy?.owner ?? null
  return owner === null ? null : nameIn(room, owner)
}
