/**
 * Where everybody else is in one file: taken over from the room at each presence event and mapped through every change of
 * the text in between, so that a cursor moves with the text at once. Invariant: all positions lie inside the text.
 *
 * Knows nothing of how a cursor looks, and nothing of Monaco.
 */
import type { PeerInfo, SelectionRange, TextChange } from '../../client/types.ts'
import { mapPlace } from './places.ts'

/** One session's cursors in this file. Positions are UTF-16 units. */
export interface PeerCursors {
  readonly session: string
  readonly client: string
  readonly name: string
  readonly color: string
  readonly selections: readonly SelectionRange[]
  /** Goes up when the peer moves, types or takes another name: the label shows anew. */
  readonly moves: number
}

/** The cursors of `peers`, kept by identity where nothing changed; they end at `units`, the length of the text. */
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

/**
 * The cursors after a change of the text. A peer's goes along behind what the peer types, and stays before what others
 * type at the same place.
 */
export function movePeers(
  cursors: readonly PeerCursors[],
  { edits, client }: TextChange,
): readonly PeerCursors[] {
  return cursors.map((peer) => {
    const own = client !== null && client === peer.client
    const map = (units: number, side: -1 | 1) => mapPlace(units, edits, own ? 1 : side)
    const selections = peer.selections.map(({ anchor, head }) => ({
      anchor: map(anchor, anchor < head ? 1 : -1),
      head: map(head, head < anchor ? 1 : -1),
    }))
    return { ...peer, selections, moves: peer.moves + (own ? 1 : 0) }
  })
}

function sameSelections(one: readonly SelectionRange[], other: readonly SelectionRange[]): boolean {
  return (
    one.length === other.length &&
    one.every((range, i) => range.anchor === other[i]?.anchor && range.head === other[i]?.head)
  )
}
