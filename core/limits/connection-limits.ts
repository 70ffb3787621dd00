/**
 * Who may still connect to a crowded room, and which connection without a hello makes way for a new one.
 * Strangers (guests without a role in the room) can appear in any number, so they never get the last places,
 * and never keep anybody else out. It knows numbers, no sockets.
 */

import { SHARED_USER, type Visitor } from '../model/admission.ts'
import { memberOf, roleOf } from '../model/policy.ts'
import type { Limits } from '../protocol/limits.ts'
import type { Policy } from '../protocol/messages.ts'
import type { CountedAs } from './accounts.ts'

/** One in this many places is reserved for visitors who are not strangers. */
const RESERVED_PART = 5
/** One in this many places may be held by strangers without a hello: in total, and per address. */
const SILENT_PART = { ofRoom: 2, ofAddress: 4 }
/** Sockets that the platform supports, for a room without a limit of its own. */
const PLATFORM_SOCKETS = 32_768

/** `owner` of the room; `known`: signed in, or with a role in the room; `stranger`: any other guest. */
export type VisitorKind = 'owner' | 'known' | 'stranger'

export function visitorKindOf(policy: Policy, visitor: Visitor): VisitorKind {
  if (roleOf(policy, visitor) === 'owner') return 'owner'
  return visitor.isGuest && memberOf(policy, visitor.user) === undefined ? 'stranger' : 'known'
}

/** Existing connections, including those without a hello. */
export interface Connections {
  readonly ofRoom: number
  readonly ofStrangers: number
  /** Of the user who is connecting. */
  readonly ofUser: number
}

/**
 * Whether one more connection fits. The owner is always admitted, within the limit per user. Visitors
 * without a token do not count as one user.
 */
export function mayConnect(
  { user, kind }: { readonly user: string; readonly kind: VisitorKind },
  { ofRoom, ofStrangers, ofUser }: Connections,
  { connections, connectionsPerUser }: Pick<Limits, 'connections' | 'connectionsPerUser'>,
): boolean {
  const isOneOfMany = user === SHARED_USER || connectionsPerUser === 0
  if (!isOneOfMany && ofUser >= connectionsPerUser) return false
  if (kind === 'owner' || connections === 0) return true
  if (ofRoom >= connections) return false
  // With a single place, none can be reserved.
  const reserved = connections === 1 ? 0 : Math.ceil(connections / RESERVED_PART)
  return kind === 'known' || ofStrangers < connections - reserved
}

/**
 * Whether a client id belongs to somebody else: an id is a name, not a proof. Visitors without a token are
 * one user and cannot be distinguished, so an id that one of them has counts as taken for the others.
 * @param boundTo the user to whom the log binds it
 * @param heldBy the user of the session that has it
 */
export function isTaken(user: string, boundTo: string | undefined, heldBy: string | undefined): boolean {
  const isOthers = (owner: string | undefined) =>
    owner !== undefined && (owner !== user || user === SHARED_USER)
  return isOthers(boundTo) || isOthers(heldBy)
}

/** A connection without a hello. */
export interface Silent {
  readonly countedAs: CountedAs
  readonly isStranger: boolean
}

/**
 * Which connection without a hello is closed for a new one: the oldest stranger at the same address if that
 * address has too many or, otherwise, the oldest stranger if the room has too many. Null if there is
 * room, or if the visitor is not a stranger.
 * @param waiting oldest first
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

/** A subset of the waiting connections; yields the first of them once the subset is full. */
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
