/**
 * Draws remote cursors and selections in a view, and sends this user's own. They are in layers over and
 * under the text, not in it, so they neither shift the text nor disturb a composition.
 *
 * It knows neither edits nor the network.
 */
import { EditorSelection, type Extension, type TransactionSpec } from '@codemirror/state'
import {
  type EditorView,
  type LayerMarker,
  layer,
  RectangleMarker,
  ViewPlugin,
  type ViewUpdate,
} from '@codemirror/view'
import type { OpenFile, Room, SelectionRange } from '../../client/types.ts'
import { RecentMoves } from '../labels.ts'
import { sendPlace } from '../own-place.ts'
import { takePeers } from '../peer-cursors.ts'
import { mapRange } from '../places.ts'
import { CaretPlaces } from './caret-places.ts'
import { type CursorSource, IncomingChanges } from './incoming-changes.ts'
import { CaretMarker, SelectionMarker } from './markers.ts'
import { peersField, setPeers } from './peers.ts'
import { cursorTheme } from './theme.ts'

/** Shows the cursors of others in `file`, and sends this view's own. */
export function cursors(room: Room, file: OpenFile): Extension {
  return [
    peersField,
    caretLayer(),
    layer({ above: false, class: 'cm-peer-selections', update: mustRedraw, markers: selections }),
    ViewPlugin.define((view) => new PresenceLink(view, room, file)),
    cursorTheme,
  ]
}

/** The view of each room that sent the current position: destroying another view leaves that alone. */
const reporters = new WeakMap<Room, PresenceLink>()

/** Passes presence between a room and a view. Own selections are sent at most once per animation frame. */
class PresenceLink implements CursorSource {
  readonly #view: EditorView
  readonly #room: Room
  readonly #file: OpenFile
  readonly #incoming: IncomingChanges
  readonly #stops: readonly (() => void)[]
  #frame = 0
  #connected = false

  constructor(view: EditorView, room: Room, file: OpenFile) {
    this.#view = view
    this.#room = room
    this.#file = file
    this.#incoming = IncomingChanges.of(view)
    this.#stops = [
      this.#incoming.bringCursors(this),
      room.on('peers', () => this.#incoming.bringSoon()),
      room.on('status', ({ status }) => this.#follow(status === 'connected')),
    ]
    this.#connected = room.status.status === 'connected'
    this.#incoming.bringSoon()
  }

  update(update: ViewUpdate): void {
    if (!update.selectionSet && !update.focusChanged) return
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0
      // A detached view is not where its user looks.
      if (this.#view.dom.isConnected) this.#report()
    })
  }

  destroy(): void {
    for (const stop of this.#stops) stop()
    cancelAnimationFrame(this.#frame)
    if (reporters.get(this.#room) !== this) return
    reporters.delete(this.#room)
    this.#room.setPresence({ file: null, selections: [] })
  }

  /**
   * After a lost connection, sends the position again: the text, and with it the last position, may have
   * changed.
   */
  #follow(connected: boolean): void {
    const back = connected && !this.#connected
    this.#connected = connected
    if (back && reporters.get(this.#room) === this && this.#view.dom.isConnected) this.#report()
  }

  #report(): void {
    const { main, ranges } = this.#view.state.selection
    const selections = [main, ...ranges.filter((range) => range !== main)].map((range) => this.#inFile(range))
    reporters.set(this.#room, this)
    sendPlace(this.#room, { file: this.#file.file, selections })
  }

  /** Maps a selection of the view to the file's text, while changes wait to enter the view. */
  #inFile({ anchor, head }: SelectionRange): SelectionRange {
    const { text } = this.#incoming
    return text?.waits ? mapRange({ anchor, head }, text.inFile) : { anchor, head }
  }

  take(withText: boolean): TransactionSpec | null {
    const { text } = this.#incoming
    const here = this.#room.peers.filter((peer) => peer.file === this.#file.file)
    const peers = text?.waits
      ? here.map((peer) => ({
          ...peer,
          selections: peer.selections.map((range) => mapRange(range, text.inEditor)),
        }))
      : here
    const { state } = this.#view
    const before = state.field(peersField)
    const isNew = withText
      ? before.length + peers.length > 0
      : takePeers(before, peers, state.doc.length) !== before
    return isNew ? { effects: setPeers.of(peers) } : null
  }
}

function mustRedraw(update: ViewUpdate): boolean {
  return (
    update.docChanged ||
    update.viewportChanged ||
    update.startState.field(peersField) !== update.state.field(peersField)
  )
}

/** The layer of remote carets. */
function caretLayer(): Extension {
  const recent = new RecentMoves()
  const places = new CaretPlaces()
  return layer({
    above: true,
    class: 'cm-peer-carets',
    update: mustRedraw,
    markers(view) {
      const peers = view.state.field(peersField)
      const named = recent.of(peers)
      const width = view.scrollDOM.clientWidth
      const carets = peers.flatMap((peer) => peer.selections.map(({ head }) => ({ peer, head })))
      return places
        .of(
          view,
          carets.map(({ head }) => head),
        )
        .flatMap((place, i) => {
          const peer = carets[i]?.peer
          return place && peer ? [new CaretMarker(peer, place, width, named.has(peer.session))] : []
        })
    },
  })
}

function selections(view: EditorView): LayerMarker[] {
  return view.state.field(peersField).flatMap((peer) =>
    peer.selections
      .filter(({ anchor, head }) => anchor !== head)
      .flatMap(({ anchor, head }) =>
        RectangleMarker.forRange(view, 'cm-peer-selection', EditorSelection.range(anchor, head)),
      )
      .map((place) => new SelectionMarker(peer.color, place)),
  )
}
