/** Whom each person follows: an entry in the presence data of their sessions. */
import type { PersonInfo, Room } from '../../client/types.ts'

const KEY = 'follows'

/** Publishes whom this user follows; null for nobody. */
export function tellFollows(room: Room, user: string | null): void {
  room.setPresence({ data: user === null ? {} : { [KEY]: user } })
}

/** Whom a person follows; null for nobody. */
export function followsOf({ sessions }: PersonInfo): string | null {
  const value = sessions[0]?.data[KEY]
  return typeof value === 'string' ? value : null
}

/** Whom everyone else follows, by user. */
export function followsIn(room: Room): Map<string, string> {
  const follows = new Map<string, string>()
  for (const person of room.people) {
    const followed = person.isMe ? null : followsOf(person)
    if (followed !== null) follows.set(person.user, followed)
  }
  return follows
}
