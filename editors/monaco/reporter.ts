/**
 * Sends this user's selections and viewport in a Monaco editor to the room, at most once per animation
 * frame. Of several editors in one page, the one last used sends.
 *
 * It does not know other people.
 */
import type { editor, IDisposable } from 'monaco-editor'
import type { OpenFile, Room, SelectionRange } from '../../client/types.ts'
import type { Waiting } from '../composing.ts'
import { sendPlace } from '../own-place.ts'
import { mapRange } from '../places.ts'
import { MOVED, type Places, selectionsOf, type ViewHost, viewportOf } from './own-view.ts'

/** The part of an editor that is needed; an ICodeEditor has it. */
export interface ReportingHost extends Pick<ViewHost, 'getModel' | 'getSelections' | 'getVisibleRanges'> {
  getDomNode(): { readonly isConnected: boolean } | null
  onDidChangeCursorSelection(
    listener: (event: { readonly source: string; readonly reason: editor.CursorChangeReason }) => void,
  ): IDisposable
  onDidFocusEditorText(listener: () => void): IDisposable
  onDidScrollChange(listener: () => void): IDisposable
  onDidLayoutChange(listener: () => void): IDisposable
  onDidChangeModel(listener: () => void): IDisposable
}

const RECOVERED: editor.CursorChangeReason.RecoverFromMarkers = 2

/** The part of a room that is needed. */
export type ReportingRoom = Pick<Room, 'status' | 'limits' | 'on' | 'setPresence'>

/** The editor of each room that sent the current position: destroying another editor leaves that alone. */
const reporters = new WeakMap<ReportingRoom, Reporter>()

export class Reporter {
  readonly #host: ReportingHost
  readonly #model: Places
  readonly #room: ReportingRoom
  readonly #file: Pick<OpenFile, 'file'>
  readonly #waiting: () => Waiting | null
  readonly #listening: readonly IDisposable[]
  readonly #stop: () => void
  #frame = 0
  #byUser = false
  #connected: boolean

  /** @param waiting the changes waiting to enter the model; null when the model is not bound */
  constructor(
    host: ReportingHost,
    model: Places,
    room: ReportingRoom,
    file: Pick<OpenFile, 'file'>,
    waiting: () => Waiting | null = () => null,
  ) {
    this.#host = host
    this.#model = model
    this.#room = room
    this.#file = file
    this.#waiting = waiting
    this.#listening = [
      host.onDidChangeCursorSelection(({ source, reason }) =>
        this.#reportSoon(source !== MOVED && reason !== RECOVERED),
      ),
      host.onDidFocusEditorText(() => this.#reportSoon(true)),
      host.onDidScrollChange(() => this.#reportSoon(false)),
      host.onDidLayoutChange(() => this.#reportSoon(false)),
      host.onDidChangeModel(() => this.#reportSoon(true)),
    ]
    this.#connected = room.status.status === 'connected'
    this.#stop = room.on('status', ({ status }) => this.#follow(status === 'connected'))
    this.#reportSoon(true)
  }

  destroy(): void {
    for (const one of this.#listening) one.dispose()
    this.#stop()
    cancelAnimationFrame(this.#frame)
    if (reporters.get(this.#room) !== this) return
    reporters.delete(this.#room)
    this.#room.setPresence({ file: null, selections: [] })
  }

  /** @param byUser false for effects of other people's typing on the view */
  #reportSoon(byUser: boolean): void {
    this.#byUser ||= byUser
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0
      const last = reporters.get(this.#room)
      if (this.#byUser || last === undefined || last === this) this.#report()
      this.#byUser = false
    })
  }

  /**
   * After a lost connection, sends the position again: the text, and with it the last position, may have
   * changed.
   */
  #follow(connected: boolean): void {
    const back = connected && !this.#connected
    this.#connected = connected
    if (back && reporters.get(this.#room) === this) this.#report()
  }

  #report(): void {
    // A detached editor, or one that shows another file, is not where its user looks.
    if (!this.#host.getDomNode()?.isConnected || this.#host.getModel() !== this.#model) return
    reporters.set(this.#room, this)
    const waiting = this.#waiting()
    const inFile = (range: SelectionRange) => (waiting?.waits ? mapRange(range, waiting.inFile) : range)
    const viewport = viewportOf(this.#host, this.#model)
    sendPlace(this.#room, {
      file: this.#file.file,
      selections: selectionsOf(this.#host, this.#model).map(inFile),
      viewport: viewport && inFile(viewport),
    })
  }
}
