/**
 * The people of a room for the public API: by session (`peers`) and by user (`everybody`). Positions are
 * translated to UTF-16 units of the local texts when read. It emits no events.
 */
import type { Commit, Peer, PresenceMessage, Role, Selection, Welcome } from '../../core/protocol/messages.ts'
import { Peers } from '../../core/replica/peers.ts'
import type { Replica } from '../../core/replica/replica.ts'
import type { OpenFiles } from '../files/open-files.ts'
import type { PeerInfo, PersonInfo, Room, SelectionRange } from '../types.ts'
import { colorOf } from './color.ts'

/** The strongest role first. */
const ROLES: readonly Role[] = ['owner', 'editor', 'viewer']

export class People {
  readonly #replica: Replica
  readonly #places: Pick<OpenFiles, 'emittedText' | 'unitOf'>
  readonly #peers = new Peers()
  #welcome: Pick<Welcome, 'user' | 'name' | 'session'> | null = null

  /** @param places maps points of a committed text to positions in the text that the application sees */
  constructor(replica: Replica, places: Pick<OpenFiles, 'emittedText' | 'unitOf'>) {
    this.#replica = replica
    this.#places = places
  }

  get me(): Room['me'] {
    const { user = '', name = '', session = '' } = this.#welcome ?? {}
    return { user, name, session, color: colorOf(user), role: this.#replica.rules.role }
  }

  /** Whether anybody else is here. */
  get isAnybody(): boolean {
    return this.#peers.list.length > 0
  }

  /** Whether positions are known: not while commits that they count with are missing here. */
  get arePlaced(): boolean {
    return this.#peers.seq <= this.#replica.seq
  }

  get peers(): readonly PeerInfo[] {
    return this.#peers.list.map((peer) => this.#infoOf(peer))
  }

  /** One entry per user: this user first, then by name. Empty before the first welcome. */
  get everybody(): readonly PersonInfo[] {
    const { me } = this
    const byUser = new Map<string, Peer[]>([[me.user, []]])
    for (const peer of this.#peers.list) {
      const windows = byUser.get(peer.user)
      if (windows === undefined) byUser.set(peer.user, [peer])
      else windows.push(peer)
    }
    const [mine = [], ...rest] = [...byUser.values()].map((peers) => this.#sessionsOf(peers))
    const others = rest.flatMap((sessions) => personOf(sessions) ?? [])
    others.sort((a, b) => a.name.localeCompare(b.name) || (a.user < b.user ? -1 : 1))
    if (me.role === null) return others
    const { user, name, color, role } = me
    return [{ user, name, color, role, isMe: true, sessions: mine }, ...others]
  }

  /** A person other than this user. */
  find(user: string): PersonInfo | undefined {
    if (user === this.me.user) return undefined
    return personOf(this.#sessionsOf(this.#peers.list.filter((peer) => peer.user === user)))
  }

  // ── from the room ───────────────────────────────────────────────────────────────────────────────────────────────

  welcome(welcome: Welcome): void {
    this.#welcome = welcome
    this.#peers.reset(welcome.peers, welcome.seq)
  }

  update(message: PresenceMessage): void {
    this.#peers.update(message, this.me.session)
  }

  /** A commit that the replica has applied. */
  carry(commit: Commit): void {
    this.#peers.carry(commit)
  }

  lost(): void {
    this.#peers.lost()
  }

  // ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #sessionsOf(peers: readonly Peer[]): readonly PeerInfo[] {
    return this.#peers.latestFirst(peers).map((peer) => this.#infoOf(peer))
  }

  #infoOf({ session, client, user, name, role, file, selections, viewport, data = {} }: Peer): PeerInfo {
    const text = file === null || !this.arePlaced ? undefined : this.#places.emittedText(file)
    const unit = (point: number) => this.#places.unitOf(file ?? '', point)
    const range = ([anchor, head]: Selection): SelectionRange => ({ anchor: unit(anchor), head: unit(head) })
    return {
      session,
      client,
      user,
      name,
      color: colorOf(user),
      role,
      file,
      selections: text === undefined ? [] : selections.map(range),
      viewport: text === undefined || viewport === undefined ? null : range(viewport),
      data,
    }
  }
}

/**
 * One person from their sessions; undefined if none. Their windows may have tokens with different roles:
 * the strongest counts.
 */
function personOf(sessions: readonly PeerInfo[]): PersonInfo | undefined {
  const [latest] = sessions
  if (latest === undefined) return undefined
  const { user, name, color } = latest
  const role = ROLES.find((role) => sessions.some((session) => session.role === role)) ?? 'viewer'
  return { user, name, color, role, isMe: false, sessions }
}
