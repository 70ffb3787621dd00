/**
 * Where everybody else is in one file, as a binding holds it between two presence events. Invariant: all positions lie inside the text.
 * How they are mapped through changes is each editor's own; how they look is not known here.
 */
import type { PeerInfo, SelectionRange } from '../client/types.ts'
import { mapRange } from './places.ts'

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

/** The cursors of `peers`, kept by identity where nothing changed. Positions end at `units`, the length of the text. */
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
 * A peer's cursors after a change of the text: they go along behind what the peer types, and stay before what others type at the same
 * place.
 * @param own whether the change is the peer's
 * @param map where a position goes, to the left or to the right of what is inserted there
 */
export function movePeer(
  peer: PeerCursors,
  own: boolean,
  map: (units: number, side: -1 | 1) => number,
): PeerCursors {
  const selections = peer.selections.map((range) =>
    mapRange(range, (units, side) => map(units, own ? 1 : side)),
  )
  return { ...peer, selections, moves: peer.moves + (own ? 1 : 0) }
}

function sameSelections(one: readonly SelectionRange[], other: readonly SelectionRange[]): boolean {
  return (
    one.length === other.length &&
    one.every((range, i) => range.anchor === other[i]?.anchor && range.head === other[i]?.head)
  )
}
