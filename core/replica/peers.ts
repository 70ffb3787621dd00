/**
 * The others in the room, as a replica sees them. Selections and viewports are kept in the committed text at the replica's seq and
 * go along with each commit, so that they are right between two presence messages. Who moved after whom is kept too, also while
 * there is no connection.
 */

import { carrySelections } from '../model/presence.ts'
import type { Commit, Peer, PresenceMessage, Whereabouts } from '../protocol/messages.ts'

export class Peers {
  #bySession = new Map<string, Peer>()
  /** By session, the place of its last move among all moves. */
  #moves = new Map<string, number>()
  #moveCount = 0
  /** Places are those of this seq. Commits up to there, which may still be on their way here, have nothing to add. */
  #seq = 0

  /** The seq that all places are of. */
  get seq(): number {
    return this.#seq
  }

  /** In the order in which they came. */
  get list(): Peer[] {
    return [...this.#bySession.values()]
  }

  /** Those of some of the list, the one that moved last first. */
  latestFirst(peers: readonly Peer[]): Peer[] {
    const moved = ({ session }: Peer) => this.#moves.get(session) ?? 0
    return [...peers].sort((a, b) => moved(b) - moved(a))
  }

  /** The connection is gone: nobody can be seen, until the next one says who is there. */
  lost(): void {
    this.#bySession = new Map()
  }

  /** A new connection: whoever is not named any more is gone. @param seq that their places are of */
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

  /** @param self the session of this client, which the room also names */
  update(news: PresenceMessage, self: string): void {
    for (const session of news.left) {
      this.#bySession.delete(session)
      this.#moves.delete(session)
    }
    for (const peer of news.peers) {
      const { session } = peer
      if (session === self) continue
      const known = this.#bySession.get(session)
      // What somebody may do, or is called, may be told anew where they are as they were.
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

/** Where somebody is after a commit, as everybody makes it out who was told where they were before. @param client whose place it is */
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
