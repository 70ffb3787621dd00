/**
 * Where everybody else is in one file: taken over from the room at each presence event and mapped through every change of
 * the text in between, so that a cursor moves with the text at once.
 *
 * Knows nothing of how a cursor looks, and nothing of Monaco.
 */
import type { TextChange } from '../../client/types.ts'
import { movePeer, type PeerCursors } from '../peer-cursors.ts'
import { mapPlace } from '../places.ts'

/** The cursors after a change of the text. */
export function movePeers(
  cursors: readonly PeerCursors[],
  { edits, client }: TextChange,
): readonly PeerCursors[] {
  return cursors.map((peer) =>
    movePeer(peer, client !== null && client === peer.client, (units, side) => mapPlace(units, edits, side)),
  )
}
