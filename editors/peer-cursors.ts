/**
 * Remote cursors in one file, as a binding holds them between two presence events. Invariant: all positions
 * are inside the text. Each editor maps them through changes and draws them in its own way.
 */
import type { PeerInfo, SelectionRange } from '../client/types.ts'
import { mapRange } from './places.ts'

/** The cursors of one session in this file, in UTF-16 units. */
export interface PeerCursors {
  readonly session: string
  readonly client: string
  readonly name: string
  readonly color: string
  readonly selections: readonly SelectionRange[]
  /** Incremented when the peer moves, types or changes name: shows the label again. */
  readonly moves: number
}

/**
 * The cursors of `peers`, identical objects where nothing changed.
 * @param units length of the text, which bounds positions
 */
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
 * Maps a peer's cursors through a change of the text: they go behind what the peer types, and stay before
 * what others type at the same position.
 * @param own whether the change is the peer's
 * @param map maps a position, to the left or right of what is inserted at it
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
