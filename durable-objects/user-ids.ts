/** Ids that stand for people, whoever gives them out. Others see them, compare them and store them; nobody reads a name out of them. */
import { SHARED_USER } from '../core/room/entry.ts'

/** 1 to 128 visible characters. */
const USER_ID = /^[^\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]{1,128}$/u

/** The author of what a room's own API commits. */
const API_USER = 'api'

/** Whole, not its first letter alone: users of others may begin with it. */
const GUEST_ID = /^g[0-9a-f]{20}$/

/** Whether somebody with a token may go by this id: it stands neither for the room itself nor for everybody. */
export function isUserId(user: string): boolean {
  return USER_ID.test(user) && user !== API_USER && user !== SHARED_USER
}

/** Whether an id is of the form that guests have, whom this deployment alone names. */
export function isGuestId(user: string): boolean {
  return GUEST_ID.test(user)
}
