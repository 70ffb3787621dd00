/**
 * The other people in the room, as a replica sees them. Selections and viewports refer to the committed text
 * at the replica's seq and are transformed over each commit, so that they remain right between presence
 * messages. Also keeps the order in which peers moved, even while disconnected.
 */

import { carrySelections } from '../model/presence.ts'
import type { Commit, Peer, PresenceMessage, Whereabouts } from '../protocol/messages.ts'

export class Peers {
  #bySession = new Map<string, Peer>()
  /** By session, the ordinal number of its last move. */
  #moves = new Map<string, number>()
  #moveCount = 0
  /** Whereabouts are as of this seq. Commits up to here may still arrive, and change nothing. */
  #seq = 0

  /** Seq to which all whereabouts refer. */
  get seq(): number {
    return this.#seq
  }

  /** In order of arrival. */
  get list(): Peer[] {
    return [...this.#bySession.values()]
  }

  /** Sorts peers by their last move, most recent first. */
  latestFirst(peers: readonly Peer[]): Peer[] {
    const moved = ({ session }: Peer) => this.#moves.get(session) ?? 0
    return [...peers].sort((a, b) => moved(b) - moved(a))
  }

  /** The connection was lost: nobody is visible until the next one lists who is there. */
  lost(): void {
    this.#bySession = new Map()
  }

  /** A new connection: peers not listed have left. @param seq seq to which the whereabouts refer */
  reset(peers: readonly Peer[], seq: number): void {
    this.#seq = seq
    const moves = this.#moves
    this.#moves = new Map()
    this.#bySession = new Map()
    for (const peer of peers) {
      this.#bySession.set(peer.session, peer)
      this.#moves.set(peer.session, moves.get(peer.session) ?? ++this.#moveCount)
    }
  }

  /** @param self the session of this client, which the room's messages include */
  update(news: PresenceMessage, self: string): void {
    for (const session of news.left) {
      this.#bySession.delete(session)
      this.#moves.delete(session)
    }
    for (const peer of news.peers) {
      const { session } = peer
      if (session === self) continue
      const known = this.#bySession.get(session)
      // A name or role may be sent again without a move.
      if (known === undefined || !isSamePlace(known, peer)) this.#moves.set(session, ++this.#moveCount)
      this.#bySession.set(session, peer)
    }
  }

  carry(commit: Commit): void {
    if (commit.seq <= this.#seq) return
    this.#seq = commit.seq
    for (const [session, peer] of this.#bySession) {
      const carried = carryWhereabouts(peer, commit, peer.client)
      if (carried !== peer) this.#bySession.set(session, carried)
    }
  }
}

/**
 * Transforms whereabouts over a commit, the same way for every client that knows them.
 * @param client the client whose whereabouts these are
 */
export function carryWhereabouts<W extends Whereabouts>(place: W, commit: Commit, client: string): W {
  const { file, selections, viewport } = place
  if (file === null) return place
  const ranges = viewport === undefined ? selections : [...selections, viewport]
  const carried = carrySelections(ranges, commit, file, client)
  if (carried === ranges) return place
  const seen = carried[selections.length]
  return {
    ...place,
    selections: carried.slice(0, selections.length),
    ...(seen === undefined ? {} : { viewport: seen }),
  }
}

function isSamePlace(one: Whereabouts, other: Whereabouts): boolean {
  return placeOf(one) === placeOf(other)
}

function placeOf({ file, selections, viewport, data }: Whereabouts): string {
  return JSON.stringify([file, selections, viewport, data])
}
