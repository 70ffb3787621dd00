/**
 * Where everybody else is in one file, as CodeMirror state: taken over from the room at each presence event and
 * mapped through every change of the document in between, so that a cursor moves with the text at once.
 * Invariant: all positions lie inside the document.
 *
 * Knows nothing of how a cursor looks.
 */
import { StateEffect, StateField, type Transaction } from '@codemirror/state'
import type { PeerInfo, SelectionRange } from '../../client/types.ts'
import { fileChange } from './binding.ts'

/** One session's cursors in this file. */
export interface PeerCursors {
  readonly session: string
  readonly client: string
  readonly name: string
  readonly color: string
  readonly selections: readonly SelectionRange[]
  /** Goes up when the peer moves, types or takes another name: the label shows anew. */
  readonly moves: number
}

/** The peers in this file, as the room knows them now. */
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

/** The cursors of `peers`, kept by identity where nothing changed. Positions are UTF-16 units and end at `units`. */
export function takePeers(
  before: readonly PeerCursors[],
  peers: readonly PeerInfo[],
  units: number,
): readonly PeerCursors[] {
  const after = peers.map((peer): PeerCursors => {
    const old = before.find(({ session }) => session === peer.session)
    const selections = peer.selections.map(({ anchor, head }) => ({
      anchor: Math.min(anchor, units),
      head: Math.min(head, units),
    }))
    const { session, client, name, color } = peer
    if (old && old.name === name && old.color === color && sameSelections(old.selections, selections))
      return old
    return { session, client, name, color, selections, moves: (old?.moves ?? 0) + 1 }
  })
  return after.length === before.length && after.every((peer, i) => peer === before[i]) ? before : after
}

/** A peer's cursor goes along behind what the peer types, and stays before what others type at the same place. */
function mapPeer(peer: PeerCursors, transaction: Transaction): PeerCursors {
  const own = transaction.annotation(fileChange)?.client === peer.client
  const map = (units: number, side: number) => transaction.changes.mapPos(units, own ? 1 : side)
  const selections = peer.selections.map(({ anchor, head }) => ({
    anchor: map(anchor, anchor < head ? 1 : -1),
    head: map(head, head < anchor ? 1 : -1),
  }))
  return { ...peer, selections, moves: peer.moves + (own ? 1 : 0) }
}

function sameSelections(one: readonly SelectionRange[], other: readonly SelectionRange[]): boolean {
  return (
    one.length === other.length &&
    one.every((range, i) => range.anchor === other[i]?.anchor && range.head === other[i]?.head)
  )
}
