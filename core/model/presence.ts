/**
 * Who is in the room and where. Presence never enters the log and never waits for a write: it is kept per
 * session, coalesced (only the latest whereabouts of a session are sent) and transformed to the room's seq
 * when read, so that selections and texts that reach a client together match.
 */
import type { Change, Commit, Peer, Policy, Role, Selection, Whereabouts } from '../protocol/messages.ts'
import { transformPoint } from '../text/transform.ts'
import { isWholeChange } from './blobs.ts'
import { roleOf, showsCursor } from './policy.ts'

/**
 * The fixed part of a peer. Its whereabouts and its role, which follows from the policy, are added later.
 */
export interface Identity {
  readonly session: string
  readonly client: string
  readonly user: string
  readonly name: string
  /** Role given by the token. */
  readonly granted: Role | null
}

/** Whereabouts as sent by a client: positions refer to the text at `seq`. */
export interface Sighting extends Whereabouts {
  readonly seq: number
}

/** All sealed commits after a seq, or null if they are gone or too many to read for this. */
export type CommitsAfter = (seq: number) => readonly Commit<Change>[] | null

interface Person {
  identity: Identity
  sighting: Sighting
}

const NOWHERE: Sighting = { seq: 0, file: null, selections: [] }

export class Presence {
  readonly #policy: () => Policy
  readonly #people = new Map<string, Person>()
  #changed = new Set<string>()
  #left = new Set<string>()

  /** @param policy returns the room's current policy */
  constructor(policy: () => Policy) {
    this.#policy = policy
  }

  /** Name of a user who is in the room. */
  nameOf(user: string): string | undefined {
    for (const { identity } of this.#people.values()) if (identity.user === user) return identity.name
    return undefined
  }

  /** The policy changed: roles and visible cursors of all peers have to be sent again. */
  ruled(): void {
    for (const session of this.#people.keys()) this.#changed.add(session)
  }

  /** Whether there is anything to broadcast. */
  get hasNews(): boolean {
    return this.#changed.size > 0 || this.#left.size > 0
  }

  /** @param sighting where the session was before this object slept */
  join(identity: Identity, sighting: Sighting = NOWHERE): void {
    this.#people.set(identity.session, { identity, sighting })
    this.#changed.add(identity.session)
    this.#left.delete(identity.session)
  }

  /** Like `join`, for a session that others already know about. */
  restore(identity: Identity, sighting: Sighting): void {
    this.#people.set(identity.session, { identity, sighting })
  }

  /** The session presented a newer token. */
  renew(identity: Identity): void {
    const person = this.#people.get(identity.session)
    if (person === undefined) return
    person.identity = identity
    this.#changed.add(identity.session)
  }

  move(session: string, sighting: Sighting): void {
    const person = this.#people.get(session)
    if (person === undefined) return
    person.sighting = sighting
    this.#changed.add(session)
  }

  /** Also for an unknown session: its close may be what woke this object. */
  leave(session: string): void {
    this.#people.delete(session)
    this.#changed.delete(session)
    this.#left.add(session)
  }

  /** Everybody but one session, at the seq that `commitsAfter` reaches. */
  others(session: string, commitsAfter: CommitsAfter): Peer[] {
    const peers: Peer[] = []
    for (const person of this.#people.values()) {
      if (person.identity.session !== session) peers.push(this.#peerOf(person, commitsAfter))
    }
    return peers
  }

  /** What changed since the last call: peers to show and sessions that left. */
  news(commitsAfter: CommitsAfter): { peers: Peer[]; left: string[] } {
    const peers: Peer[] = []
    for (const session of this.#changed) {
      const person = this.#people.get(session)
      if (person !== undefined) peers.push(this.#peerOf(person, commitsAfter))
    }
    const left = [...this.#left]
    this.#changed = new Set()
    this.#left = new Set()
    return { peers, left }
  }

  #peerOf(person: Person, commitsAfter: CommitsAfter): Peer {
    const { identity, sighting } = person
    const { session, client, user, name, granted } = identity
    const policy = this.#policy()
    const role = roleOf(policy, { user, role: granted }) ?? 'viewer'
    const who = { session, client, user, name, role }
    const { file, data } = sighting
    const more = data === undefined ? {} : { data }
    if (file === null || !showsCursor(policy, role)) return { ...who, file, selections: [], ...more }
    const commits = commitsAfter(sighting.seq)
    // Without the commits the position is unknown, and a wrong cursor is worse than none.
    if (commits === null) return { ...who, file, selections: [], ...more }
    // Next time it is carried forward from here.
    person.sighting = carry(sighting, file, client, commits)
    const { selections, viewport } = person.sighting
    return { ...who, file, selections, ...(viewport === undefined ? {} : { viewport }), ...more }
  }
}

/** Transforms selections and viewport over later commits. */
function carry(
  sighting: Sighting,
  file: string,
  client: string,
  commits: readonly Commit<Change>[],
): Sighting {
  if (commits.length === 0) return sighting
  const { selections, viewport } = sighting
  let carried: readonly Selection[] = viewport === undefined ? selections : [...selections, viewport]
  for (const commit of commits) carried = carrySelections(carried, commit, file, client)
  const moved = carried[selections.length]
  return {
    ...sighting,
    seq: sighting.seq + commits.length,
    selections: carried.slice(0, selections.length),
    ...(moved === undefined ? {} : { viewport: moved }),
  }
}

/**
 * Transforms selections in `file` over a commit. Their owner's own typing pushes them along; text that
 * others insert exactly at a selection goes after it. Ops in a blob are skipped: the next presence message
 * corrects the position.
 */
export function carrySelections(
  selections: readonly Selection[],
  commit: Commit,
  file: string,
  client: string,
): readonly Selection[] {
  let carried = selections
  for (const entry of commit.entries) {
    for (const change of entry.changes) {
      if (change.type !== 'edit' || change.file !== file || !isWholeChange(change)) continue
      const stick = entry.client === client ? 'right' : 'left'
      carried = carried.map(([anchor, head]) => [
        transformPoint(anchor, change.op, stick),
        transformPoint(head, change.op, stick),
      ])
    }
  }
  return carried
}
