/**
 * The others in the room, as a replica sees them. Selections are kept in the committed text at the replica's seq and go
 * along with each commit, so that they are right between two presence messages.
 */
import type { Commit, Peer, PresenceMessage } from '../protocol/messages.ts'
import { carrySelections } from '../room/presence.ts'

export class Peers {
  #bySession = new Map<string, Peer>()

  get list(): Peer[] {
    return [...this.#bySession.values()]
  }

  /** A new connection: whoever is not named any more is gone. */
  reset(peers: readonly Peer[]): void {
    this.#bySession = new Map(peers.map((peer) => [peer.session, peer]))
  }

  /** @param self the session of this client, which the room also names */
  update(news: PresenceMessage, self: string): void {
    for (const session of news.left) this.#bySession.delete(session)
    for (const peer of news.peers) if (peer.session !== self) this.#bySession.set(peer.session, peer)
  }

  carry(commit: Commit): void {
    for (const [session, peer] of this.#bySession) {
      if (peer.file === null || peer.selections.length === 0) continue
      const selections = carrySelections(peer.selections, commit, peer.file, peer.client)
      if (selections !== peer.selections) this.#bySession.set(session, { ...peer, selections })
    }
  }
}
