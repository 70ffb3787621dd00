/** The objects of rooms, by name. */
import { ROOM_NAME } from '../../core/protocol/room-name.ts'
import type { Env } from '../env.ts'
import { NO_SUCH_ROOM } from '../http/errors.ts'

export function roomObject(env: Env, room: string) {
  return env.ROOM.getByName(room)
}

/** A name that is not a valid room name is not looked up. @throws ApiError 404 */
export function existing(env: Env, room: string) {
  if (!ROOM_NAME.test(room)) throw NO_SUCH_ROOM()
  return roomObject(env, room)
}
