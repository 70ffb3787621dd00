/**
 * Shows remote cursors and selections in a Monaco editor, and sends this user's selections and viewport.
 * Follows the text of the file; draws once per turn.
 *
 * It knows neither edits nor the network.
 */
import type { editor, IDisposable } from 'monaco-editor'
import type { OpenFile, Room, SelectionRange } from '../../client/types.ts'
import type { Waiting } from '../composing.ts'
import { RecentMoves } from '../labels.ts'
import { type PeerCursors, takePeers } from '../peer-cursors.ts'
import { mapRange } from '../places.ts'
import type { Binding } from './binding.ts'
import { Caret } from './caret.ts'
import { rangeBetween } from './changes.ts'
import { movePeers } from './peers.ts'
import { Reporter, type ReportingHost } from './reporter.ts'
import { PeerStyle } from './style.ts'

/** The part of an editor that is needed; an ICodeEditor has it. */
export interface CursorsHost extends ReportingHost {
  getDomNode(): HTMLElement | null
  getLayoutInfo(): { readonly contentWidth: number }
  getLineHeightForPosition(position: { lineNumber: number; column: number }): number
  onDidDispose(listener: () => void): IDisposable
  createDecorationsCollection(): editor.IEditorDecorationsCollection
  addContentWidget(widget: editor.IContentWidget): void
  layoutContentWidget(widget: editor.IContentWidget): void
  removeContentWidget(widget: editor.IContentWidget): void
}

const NEVER_GROWS: editor.TrackedRangeStickiness.NeverGrowsWhenTypingAtEdges = 1

let made = 0

export class PeerCursorsView implements Binding {
  readonly #host: CursorsHost
  readonly #model: editor.ITextModel
  readonly #room: Room
  readonly #file: OpenFile
  readonly #waiting: () => Waiting | null
  readonly #reporter: Reporter
  readonly #stops: readonly (() => void)[]
  readonly #listening: readonly IDisposable[]
  readonly #selections: editor.IEditorDecorationsCollection
  readonly #carets = new Map<string, Caret>()
  readonly #recent = new RecentMoves()
  readonly #number = made++
  #peers: readonly PeerCursors[] = []
  #fetch = false
  #soon = false
  #destroyed = false

  /** @param waiting the changes waiting to enter the model; null when the model is not bound */
  constructor(
    host: CursorsHost,
    model: editor.ITextModel,
    room: Room,
    file: OpenFile,
    waiting: () => Waiting | null = () => null,
  ) {
    this.#host = host
    this.#model = model
    this.#room = room
    this.#file = file
    this.#selections = host.createDecorationsCollection()
    this.#waiting = waiting
    this.#reporter = new Reporter(host, model, room, file, waiting)
    this.#stops = [
      room.on('peers', () => this.#drawSoon(true)),
      file.on('change', (change) => {
        this.#peers = movePeers(this.#peers, change)
        this.#drawSoon(false)
      }),
    ]
    this.#listening = [
      model.onDidChangeContent(() => this.#drawSoon(false)),
      host.onDidChangeModel(() => this.#drawSoon(true)),
      host.onDidDispose(() => this.destroy()),
      model.onWillDispose(() => this.destroy()),
    ]
    this.#drawSoon(true)
  }

  destroy(): void {
    if (this.#destroyed) return
    this.#destroyed = true
    for (const stop of this.#stops) stop()
    for (const one of this.#listening) one.dispose()
    this.#reporter.destroy()
    this.#clear()
  }

  /** In a microtask, since events arrive while Monaco or the room is still changing. */
  #drawSoon(fetch: boolean): void {
    this.#fetch ||= fetch
    if (this.#soon) return
    this.#soon = true
    queueMicrotask(() => {
      this.#soon = false
      if (!this.#destroyed) this.#draw()
    })
  }

  #draw(): void {
    if (this.#fetch) {
      const here = this.#room.peers.filter((peer) => peer.file === this.#file.file)
      this.#peers = takePeers(this.#peers, here, this.#file.text.length)
      this.#fetch = false
    }
    const element = this.#host.getDomNode()
    if (element === null || this.#host.getModel() !== this.#model) this.#clear()
    else if (this.#peers.length > 0 || this.#carets.size > 0) {
      const style = PeerStyle.of(element)
      this.#drawSelections(style)
      this.#drawCarets(style)
    }
  }

  #drawSelections(style: PeerStyle): void {
    this.#selections.set(
      this.#peers.flatMap(({ color, selections }) =>
        selections
          .map((range) => this.#inModel(range))
          .filter(({ anchor, head }) => anchor !== head)
          .map(({ anchor, head }) => ({
            range: rangeBetween(
              this.#model.getPositionAt(Math.min(anchor, head)),
              this.#model.getPositionAt(Math.max(anchor, head)),
            ),
            options: {
              className: `edgeroom-selection ${style.classOf(color)}`,
              shouldFillLineOnLineBreak: true,
              stickiness: NEVER_GROWS,
            },
          })),
      ),
    )
  }

  #drawCarets(style: PeerStyle): void {
    const gone = new Set(this.#carets.keys())
    const named = this.#recent.of(this.#peers)
    for (const peer of this.#peers) {
      for (const [i, range] of peer.selections.entries()) {
        const { head } = this.#inModel(range)
        const key = `${peer.session} ${i}`
        gone.delete(key)
        const position = this.#model.getPositionAt(head)
        const known = this.#carets.get(key)
        const caret = known ?? this.#newCaret(key)
        const height = this.#host.getLineHeightForPosition(position)
        const isNamed = named.has(peer.session)
        const hasMoved = caret.show(peer, style.classOf(peer.color), position, height, isNamed)
        if (!known) this.#host.addContentWidget(caret)
        else if (hasMoved) this.#host.layoutContentWidget(caret)
      }
    }
    for (const key of gone) this.#remove(key)
  }

  /** Maps a selection of the file to the model's text, while changes wait to enter the model. */
  #inModel(range: SelectionRange): SelectionRange {
    const waiting = this.#waiting()
    return waiting?.waits ? mapRange(range, waiting.inEditor) : range
  }

  #newCaret(key: string): Caret {
    const width = () => this.#host.getLayoutInfo().contentWidth
    const caret = new Caret(`edgeroom ${this.#number} ${key}`, width)
    this.#carets.set(key, caret)
    return caret
  }

  #clear(): void {
    this.#selections.clear()
    for (const key of [...this.#carets.keys()]) this.#remove(key)
  }

  #remove(key: string): void {
    const caret = this.#carets.get(key)
    if (caret) this.#host.removeContentWidget(caret)
    this.#carets.delete(key)
  }
}
