/** User ids, whoever issues them. Others see, compare and store them; nobody parses a name out of them. */
import { SHARED_USER } from '../core/model/admission.ts'

/** 1 to 128 visible characters. */
const USER_ID = /^[^\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]{1,128}$/u

/** The author of what a room's own API commits. */
const API_USER = 'api'

/** Matched completely, not by the first letter: ids of other issuers may begin with it. */
const GUEST_ID = /^g[0-9a-f]{20}$/
const MADE_ID = /^u[0-9a-f]{20}$/

/** Prefix of an id chosen by a room's owner, when plain ids belong to an identity provider. */
const NAMED = '~'

/** Whether a token may carry this id: it is neither the API's nor the shared guest's. */
export function isUserId(user: string): boolean {
  return USER_ID.test(user) && user !== API_USER && user !== SHARED_USER
}

/** Whether only this deployment issues ids of this form, so that no identity provider may vouch for it. */
export function isDeploymentId(user: string): boolean {
  return GUEST_ID.test(user) || MADE_ID.test(user) || user.startsWith(NAMED)
}

/**
 * The id of somebody named by a room's owner, when there is an identity provider: none of its users has it.
 */
export function namedId(name: string): string {
  return isDeploymentId(name) ? name : `${NAMED}${name}`
}

/** Whether an id has the form of a guest's, which only this deployment issues. */
export function isGuestId(user: string): boolean {
  return GUEST_ID.test(user)
}
