/**
 * Remote cursors in one file as CodeMirror state: set from the room at each presence event, and mapped
 * through document changes in between, so that a cursor moves with the text at once. Invariant: all
 * positions are inside the document.
 *
 * It does not know how cursors look.
 */
import { StateEffect, StateField, type Transaction } from '@codemirror/state'
import type { PeerInfo } from '../../client/types.ts'
import { movePeer, type PeerCursors, takePeers } from '../peer-cursors.ts'
import { fileChange } from './binding.ts'

/** Sets the peers in this file to those of the room. */
export const setPeers = StateEffect.define<readonly PeerInfo[]>()

export const peersField = StateField.define<readonly PeerCursors[]>({
  create: () => [],
  update(cursors, transaction) {
    const mapped = transaction.docChanged ? cursors.map((peer) => mapPeer(peer, transaction)) : cursors
    for (const effect of transaction.effects) {
      if (effect.is(setPeers)) return takePeers(mapped, effect.value, transaction.newDoc.length)
    }
    return mapped
  },
})

function mapPeer(peer: PeerCursors, transaction: Transaction): PeerCursors {
  const own = transaction.annotation(fileChange)?.client === peer.client
  return movePeer(peer, own, (units, side) => transaction.changes.mapPos(units, side))
}
