/**
 * Display names of users: the current one if they are here, else the one from when they were given a role.
 */

import { memberOf } from '../../client/index.ts'
import type { Room } from '../../client/types.ts'

/** Null if the name is not known here. */
export function nameIn(room: Room, user: string): string | null {
  const person = room.people.find((one) => one.user === user)
  if (person) return person.name
  return (room.policy && memberOf(room.policy, user)?.name) || null
}

/** The name of the room's owner; null if it has none or the name is not known here. */
export function ownerName(room: Room): string | null {
  const owner = room.policy?.owner ?? null
  return owner === null ? null : nameIn(room, owner)
}
