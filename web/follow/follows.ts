/** Whom people follow, as each of them tells the others along with where they are. */
import type { PersonInfo, Room } from '../../client/types.ts'

const KEY = 'follows'

/** Tells the others whom this user follows; null for nobody. */
export function tellFollows(room: Room, user: string | null): void {
  room.setPresence({ data: user === null ? {} : { [KEY]: user } })
}

/** Whom somebody follows; null for nobody. */
export function followsOf({ sessions }: PersonInfo): string | null {
  const told = sessions[0]?.data[KEY]
  return typeof told === 'string' ? told : null
}

/** By user, whom everybody else in the room follows. */
export function followsIn(room: Room): Map<string, string> {
  const follows = new Map<string, string>()
  for (const person of room.people) {
    const followed = person.isMe ? null : followsOf(person)
    if (followed !== null) follows.set(person.user, followed)
  }
  return follows
}
