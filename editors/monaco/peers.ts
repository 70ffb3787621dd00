/**
 * Maps remote cursors in one file through changes of its text between presence events, so that a cursor
 * moves with the text at once.
 *
 * It does not know how cursors look, nor Monaco.
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
