/**
 * Who may still connect to a room that many people are in, and who makes way for whom before they have said
 * hello. Strangers (guests to whom the room gave no role) can be as many as they like, so they never take
 * the last places, and never keep anybody else from the door. It knows numbers, no sockets.
 */

import { SHARED_USER, type Visitor } from '../model/admission.ts'
import { memberOf, roleOf } from '../model/policy.ts'
import type { Limits } from '../protocol/limits.ts'
import type { Policy } from '../protocol/messages.ts'
import type { CountedAs } from './accounts.ts'

/** One of so many places is kept for those who are no strangers. */
const KEPT_PART = 5
/** One of so many places may be held by strangers who have not said hello: by all, and by those of one address. */
const SILENT_PART = { ofRoom: 2, ofAddress: 4 }
/** Sockets that the platform holds where a room has no limit of its own. */
const PLATFORM_SOCKETS = 32_768

/** `owner` of the room; `known`: signed in, or given a role in the room; `stranger`: a guest. */
export type VisitorKind = 'owner' | 'known' | 'stranger'

export function visitorKindOf(policy: Policy, visitor: Visitor): VisitorKind {
  if (roleOf(policy, visitor) === 'owner') return 'owner'
  return visitor.isGuest && memberOf(policy, visitor.user) === undefined ? 'stranger' : 'known'
}

/** Connections there are already, those included that have not said hello. */
export interface Connections {
  readonly ofRoom: number
  readonly ofStrangers: number
  /** of the user who comes */
  readonly ofUser: number
}

/** Whether one more fits. The owner's place is always there. People without a token are no single user. */
export function mayConnect(
  { user, kind }: { readonly user: string; readonly kind: VisitorKind },
  { ofRoom, ofStrangers, ofUser }: Connections,
  { connections, connectionsPerUser }: Pick<Limits, 'connections' | 'connectionsPerUser'>,
): boolean {
  const isOneOfMany = user === SHARED_USER || connectionsPerUser === 0
  if (!isOneOfMany && ofUser >= connectionsPerUser) return false
  if (kind === 'owner' || connections === 0) return true
  if (ofRoom >= connections) return false
  // Of a single place nothing can be kept.
  const kept = connections === 1 ? 0 : Math.ceil(connections / KEPT_PART)
  return kind === 'known' || ofStrangers < connections - kept
}

/**
 * Whether a client id is somebody else's: it says who is meant, and proves nothing. People without a token
 * are one user, and nobody can tell them apart, so what one of them has is taken for the others.
 * @param boundTo the user in whose name the log has it; @param heldBy the user of the session that has it
 */
export function isTaken(user: string, boundTo: string | undefined, heldBy: string | undefined): boolean {
  const isOthers = (owner: string | undefined) =>
    owner !== undefined && (owner !== user || user === SHARED_USER)
  return isOthers(boundTo) || isOthers(heldBy)
}

/** Somebody who has not said hello. */
export interface Silent {
  readonly countedAs: CountedAs
  readonly isStranger: boolean
}

/**
 * Which of those who have not said hello has to go for one more: the one that had the most time to say it,
 * of the same address, or of all strangers, where these are too many. Null where there is room, and for those
 * who are no strangers.
 * @param waiting the oldest first
 */
export function whoMakesWay<T extends Silent>(
  waiting: Iterable<T>,
  comer: Silent,
  { connections }: Pick<Limits, 'connections'>,
): T | null {
  if (!comer.isStranger) return null
  const places = connections === 0 ? PLATFORM_SOCKETS : connections
  const ofAddress = new Queue<T>(places, SILENT_PART.ofAddress)
  const ofRoom = new Queue<T>(places, SILENT_PART.ofRoom)
  const { address } = comer.countedAs
  for (const one of waiting) {
    if (!one.isStranger) continue
    ofRoom.add(one)
    if (address !== null && one.countedAs.address === address) ofAddress.add(one)
  }
  return ofAddress.goes ?? ofRoom.goes
}

/** Some of those who wait, and the first of them where they are as many as may. */
class Queue<T> {
  readonly #most: number
  #size = 0
  #first: T | null = null

  /** @param places 0 for no limit */
  constructor(places: number, part: number) {
    this.#most = places === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(places / part))
  }

  add(one: T): void {
    this.#first ??= one
    this.#size++
  }

  get goes(): T | null {
    return this.#size >= this.#most ? this.#first : null
  }
}
