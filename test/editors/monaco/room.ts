/** Fakes around a Monaco binding: a room with a role, and an editor without a page. */
import type { editor, IRange, ISelection } from 'monaco-editor'
import type { Room, RoomEvents, StatusInfo, Whereabouts } from '../../../client/types.ts'
import type { ViewHost } from '../../../editors/monaco/own-view.ts'
import type { ReportingHost } from '../../../editors/monaco/reporter.ts'
import type { WritingHost } from '../../../editors/monaco/writing.ts'

type Listener = () => void

/** Stores listeners and calls them. */
class Listeners<Args extends readonly unknown[] = []> {
  readonly #all = new Set<(...args: Args) => void>()

  readonly add = (listener: (...args: Args) => void) => {
    this.#all.add(listener)
    return { dispose: () => void this.#all.delete(listener) }
  }

  call(...args: Args): void {
    for (const listener of [...this.#all]) listener(...args)
  }

  get size(): number {
    return this.#all.size
  }
}

export class FakeRoom implements Pick<Room, 'canEdit' | 'status' | 'on' | 'setPresence'> {
  readonly limits = null
  canEdit = true
  status: StatusInfo = { status: 'connected', pending: 0, reason: null, code: null }
  /** All presence sent to it, the latest last. */
  readonly emitted: Whereabouts[] = []
  readonly asked: string[] = []
  readonly #listeners = new Map<keyof RoomEvents, Set<Listener>>()

  setPresence(whereabouts: Whereabouts): void {
    this.emitted.push(whereabouts)
  }

  readonly undo = (file?: string) => this.#ask('undo', file)
  readonly redo = (file?: string) => this.#ask('redo', file)
  readonly canUndo = (file?: string) => this.#ask('canUndo', file)
  readonly canRedo = (file?: string) => this.#ask('canRedo', file)

  on<E extends keyof RoomEvents>(event: E, listener: RoomEvents[E]): () => void {
    const heard = () => (listener as (value: unknown) => void)(event === 'status' ? this.status : undefined)
    const all = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, all.add(heard))
    return () => void all.delete(heard)
  }

  emit(event: keyof RoomEvents): void {
    for (const listener of this.#listeners.get(event) ?? []) listener()
  }

  setStatus(status: StatusInfo['status']): void {
    this.status = { ...this.status, status }
    this.emit('status')
  }

  #ask(what: string, file: string | undefined): boolean {
    this.asked.push(`${what} ${file}`)
    return true
  }
}

const LINE_PIXELS = 20

/** Shows a model in lines of 20 pixels, ten of them visible. Selections stay where they are set. */
export class FakeEditor implements ViewHost, ReportingHost, WritingHost {
  model: editor.ITextModel | null
  connected = true
  readOnly = false
  top = 0
  /** How often selections were set. */
  sets = 0
  readonly revealed: number[] = []
  readonly #selecting = new Listeners<[{ source: string; reason: editor.CursorChangeReason }]>()
  readonly #focusing = new Listeners()
  readonly #scrolling = new Listeners()
  readonly #layouts = new Listeners()
  readonly #models = new Listeners()
  #selections: readonly ISelection[] = []

  constructor(model: editor.ITextModel) {
    this.model = model
  }

  readonly onDidChangeCursorSelection = this.#selecting.add
  readonly onDidFocusEditorText = this.#focusing.add
  readonly onDidScrollChange = this.#scrolling.add
  readonly onDidLayoutChange = this.#layouts.add
  readonly onDidChangeModel = this.#models.add

  get listeners(): number {
    const all = [this.#selecting, this.#focusing, this.#scrolling, this.#layouts, this.#models]
    return all.reduce((sum, { size }) => sum + size, 0)
  }

  getModel = () => this.model
  getDomNode = () => ({ isConnected: this.connected })
  getSelections = () => this.#selections
  getScrollTop = () => this.top
  getTopForLineNumber = (line: number) => (line - 1) * LINE_PIXELS

  updateOptions({ readOnly }: { readOnly?: boolean }): void {
    this.readOnly = readOnly ?? this.readOnly
  }

  setSelections(selections: readonly ISelection[], source = 'api'): void {
    this.sets++
    this.#selections = selections
    this.#selecting.call({ source, reason: 0 })
  }

  setScrollTop(pixels: number): void {
    this.top = pixels
    this.#scrolling.call()
  }

  revealPositionInCenterIfOutsideViewport({ lineNumber }: { lineNumber: number }): void {
    this.revealed.push(lineNumber)
  }

  getVisibleRanges(): IRange[] {
    const { model } = this
    if (!model) return []
    const first = Math.floor(this.top / LINE_PIXELS) + 1
    const last = Math.min(first + 9, model.getLineCount())
    const endColumn = model.getLineMaxColumn(last)
    return [{ startLineNumber: first, startColumn: 1, endLineNumber: last, endColumn }]
  }

  focus(): void {
    this.#focusing.call()
  }

  show(model: editor.ITextModel | null): void {
    this.model = model
    this.#models.call()
  }

  /** Selects like its user. Each selection is [anchor, head] in UTF-16 units. */
  select(...ranges: readonly (readonly [number, number])[]): void {
    const { model } = this
    if (!model) throw new Error('nothing to select in')
    this.setSelections(
      ranges.map(([anchor, head]) => {
        const [start, position] = [model.getPositionAt(anchor), model.getPositionAt(head)]
        return {
          selectionStartLineNumber: start.lineNumber,
          selectionStartColumn: start.column,
          positionLineNumber: position.lineNumber,
          positionColumn: position.column,
        }
      }),
      'keyboard',
    )
  }
}
