/** Who somebody is, as the Worker makes out from what they show: a token, a secret that a browser made up, or nothing. */
import type { Visitor } from '../core/model/admission.ts'

export interface Person extends Visitor {
  readonly name: string
  /** When the token expires, in ms since the epoch of Unix; null when it does not, or there is none. */
  readonly expiresAt: number | null
}

/** Why somebody does not get what they asked a room for. */
export type Refusal = 'no_such_room' | 'unauthenticated' | 'revoked' | 'no_guests' | 'forbidden' | 'closed'

/** What a room answers to a call of the Worker for somebody. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal }
