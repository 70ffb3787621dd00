/**
 * Who somebody is, as the Worker determined from what they presented: a token, a guest's secret, or nothing.
 */
import type { Visitor } from '../core/model/admission.ts'

export interface Principal extends Visitor {
  readonly name: string
  /** When the token expires, Unix ms; null if it does not, or there is none. */
  readonly expiresAt: number | null
}

/** Why a room refuses a request. */
export type Refusal = 'no_such_room' | 'unauthenticated' | 'revoked' | 'no_guests' | 'forbidden' | 'closed'

/** A room's answer to a call of the Worker on somebody's behalf. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal }
