/** Ids that stand for people, whoever gives them out. Others see them, compare them and store them; nobody reads a name out of them. */
import { SHARED_USER } from '../core/model/admission.ts'

/** 1 to 128 visible characters. */
const USER_ID = /^[^\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]{1,128}$/u

/** The author of what a room's own API commits. */
const API_USER = 'api'

/** Whole, not its first letter alone: users of others may begin with it. */
const GUEST_ID = /^g[0-9a-f]{20}$/
const MADE_ID = /^u[0-9a-f]{20}$/

/** Begins the id of somebody whom the owner of a room named, where plain ids are those of an identity provider. */
const NAMED = '~'

/** Whether somebody with a token may go by this id: it stands neither for the room itself nor for everybody. */
export function isUserId(user: string): boolean {
  return USER_ID.test(user) && user !== API_USER && user !== SHARED_USER
}

/** Whether an id is of a form that this deployment alone gives out, so that no identity provider may vouch for it. */
export function isDeploymentId(user: string): boolean {
  return GUEST_ID.test(user) || MADE_ID.test(user) || user.startsWith(NAMED)
}

/** The id of somebody who was named by the owner of a room, beside an identity provider: none of its users has it. */
export function namedId(name: string): string {
  return isDeploymentId(name) ? name : `${NAMED}${name}`
}

/** Whether an id is of the form that guests have, whom this deployment alone names. */
export function isGuestId(user: string): boolean {
  return GUEST_ID.test(user)
}
