/**
 * Tells a room where its user is: the selections in a Monaco editor and what of the file is in view, once per animation
 * frame at most. Of several editors in one page, the one where the user last did something tells.
 *
 * Knows nothing of other people.
 */
import type { editor, IDisposable } from 'monaco-editor'
import type { OpenFile, Room, SelectionRange } from '../../client/types.ts'
import type { Waiting } from '../composing.ts'
import { tellPlace } from '../own-place.ts'
import { mapRange } from '../places.ts'
import { MOVED, type Places, selectionsOf, type ViewHost, viewportOf } from './own-view.ts'

/** What is needed of an editor; an ICodeEditor has it. */
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

/** What is needed of a room. */
export type ReportingRoom = Pick<Room, 'status' | 'limits' | 'on' | 'setPresence'>

/** The editor of each room that last told it where we are: another that goes away leaves that alone. */
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

  /** @param waiting what waits to come into the model; null where the model is not bound */
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

  /** @param byUser not what somebody else's typing does to the view */
  #reportSoon(byUser: boolean): void {
    this.#byUser ||= byUser
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0
      const told = reporters.get(this.#room)
      if (this.#byUser || told === undefined || told === this) this.#report()
      this.#byUser = false
    })
  }

  /** While the connection was lost the text, and with it the place that was told last, may have moved on. */
  #follow(connected: boolean): void {
    const back = connected && !this.#connected
    this.#connected = connected
    if (back && reporters.get(this.#room) === this) this.#report()
  }

  #report(): void {
    // An editor that is kept aside for later, or shows another file, is not where its user looks.
    if (!this.#host.getDomNode()?.isConnected || this.#host.getModel() !== this.#model) return
    reporters.set(this.#room, this)
    const waiting = this.#waiting()
    const inFile = (range: SelectionRange) => (waiting?.waits ? mapRange(range, waiting.inFile) : range)
    const viewport = viewportOf(this.#host, this.#model)
    tellPlace(this.#room, {
      file: this.#file.file,
      selections: selectionsOf(this.#host, this.#model).map(inFile),
      viewport: viewport && inFile(viewport),
    })
  }
}
