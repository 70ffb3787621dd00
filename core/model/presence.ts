/**
 * Who is in the room and where. Presence never enters the log and never waits for a write: it is kept per session,
 * coalesced (only the latest whereabouts of a session are sent) and brought to the room's seq when it is read, so that
 * selections and texts that reach a client together belong together.
 */
import type { Change, Commit, Peer, Policy, Role, Selection, Whereabouts } from '../protocol/messages.ts'
import { transformPoint } from '../text/transform.ts'
import { isWholeChange } from './blobs.ts'
import { roleOf, showsCursor } from './policy.ts'

/** Who a session is; the rest of a peer is where it is, and what the room's rules make of it. */
export interface Identity {
  readonly session: string
  readonly client: string
  readonly user: string
  readonly name: string
  /** What the token gives. */
  readonly granted: Role | null
}

/** Whereabouts as a client gave them: positions count in the text at `seq`. */
export interface Sighting extends Whereabouts {
  readonly seq: number
}

/** All sealed commits after a seq, or null where they are gone or too many to be read for this. */
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

  /** @param policy the room's, as of now */
  constructor(policy: () => Policy) {
    this.#policy = policy
  }

  /** What a user who is here is called. */
  nameOf(user: string): string | undefined {
    for (const { identity } of this.#people.values()) if (identity.user === user) return identity.name
    return undefined
  }

  /** The rules are others: what everybody may do, and who is seen where, is to be told anew. */
  ruled(): void {
    for (const session of this.#people.keys()) this.#changed.add(session)
  }

  /** Whether anybody is to be told something. */
  get hasNews(): boolean {
    return this.#changed.size > 0 || this.#left.size > 0
  }

  /** @param sighting where the session was before this object slept */
  join(identity: Identity, sighting: Sighting = NOWHERE): void {
    this.#people.set(identity.session, { identity, sighting })
    this.#changed.add(identity.session)
    this.#left.delete(identity.session)
  }

  /** As `join`, for a session that the others know already. */
  restore(identity: Identity, sighting: Sighting): void {
    this.#people.set(identity.session, { identity, sighting })
  }

  /** Who a session is became known anew: its token is a newer one. */
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

  /** Also for a session that this object has not seen: its close may be what woke it. */
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

  /** What changed since the last call: whom to show anew and who is gone. */
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
    // Where the past is gone: a wrong cursor is worse than none.
    if (commits === null) return { ...who, file, selections: [], ...more }
    // Where it is by now, from where it is carried on the next time.
    person.sighting = carry(sighting, file, client, commits)
    const { selections, viewport } = person.sighting
    return { ...who, file, selections, ...(viewport === undefined ? {} : { viewport }), ...more }
  }
}

/** Moves selections and viewport over what was committed since. */
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
 * Where selections in `file` go with a commit. Their owner's own typing pushes them along; text that others put
 * exactly there stays behind them. Ops that lie in a blob are passed over: the next presence message is right again.
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
