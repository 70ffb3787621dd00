/**
 * Binds one Monaco model to one file of a room. Changes of the model go to the file in the same call, one
 * list of edits per event; remote changes enter the model outside its undo stack.
 *
 * Invariant: after every turn the text of the model equals the text of the file, except for what waits
 * during a composition. Monaco reports a change only after making it, so what rooms do not accept (NUL,
 * half of a surrogate pair, other line ends) goes to the file cleaned, and the model is cleaned in a
 * microtask. If the file refuses an edit, the model is reset to the file's text and the reason is reported;
 * the two never stay apart.
 *
 * It knows one file, and not the room, the network or other people.
 */
import type { editor, IDisposable, IPosition } from 'monaco-editor'
import type { Edit, OpenFile, TextChange } from '../../client/types.ts'
import { cleanText } from '../clean-text.ts'
import { CHECK_MS, Composed, CompositionWait, type Waiting } from '../composing.ts'
import { Divergence } from '../divergence.ts'
import { textAfter } from '../edit-lists.ts'
import { endOf } from '../places.ts'
import { CHANGED_MEANWHILE, insertedBy } from '../refused.ts'
import { difference, editsOf, operationsOf, repairsOf } from './changes.ts'

/** The part of a model that a binding needs; an ITextModel has it. */
export interface BindingModel {
  getValue(): string
  getEOL(): string
  setEOL(eol: editor.EndOfLineSequence): void
  getVersionId(): number
  getPositionAt(units: number): IPosition
  applyEdits(operations: readonly editor.IIdentifiedSingleEditOperation[]): void
  onDidChangeContent(listener: (event: editor.IModelContentChangedEvent) => void): IDisposable
}

/** A binding, until it is destroyed. */
export interface Binding {
  /** Ends it. Happens automatically when the model is disposed of. Idempotent. */
  destroy(): void
}

/** Keeps the user's view in place; an OwnView does. */
export interface BindingView {
  through(edits: readonly Edit[], apply: () => void): void
  goTo(units: number): void
}

/** The composition in an editor; implemented by Composition. */
export interface ComposingEditor {
  readonly isUnderWay: boolean
  /** Position of the cursor, in UTF-16 units of the model's text. */
  readonly cursor: number
  /** Ends it; what was composed so far stays. */
  end(): void
}

const NOT_COMPOSING: ComposingEditor = { isUnderWay: false, cursor: 0, end() {} }

const LF: editor.EndOfLineSequence.LF = 0

export class FileBinding {
  readonly #model: BindingModel
  readonly #view: BindingView | null
  readonly #file: OpenFile
  readonly #onError: (error: Error, refused: string) => void
  readonly #stop: () => void
  readonly #listening: IDisposable
  readonly #divergence = new Divergence()
  readonly #composition: ComposingEditor
  readonly #composed = new Composed()
  readonly #wait: CompositionWait
  /** The cleaned text of the model while remote changes wait; null when it equals the file's. */
  #known: string | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Version of the model up to which its changes were passed to the file. */
  #version: number
  /** Number of changes the file emitted during our own edit; the first is ours. Null outside of it. */
  #received: number | null = null
  /** Our edit was not emitted within its call: it may be later in this turn. */
  #isLate = false
  /** Whether this binding is changing the model. */
  #isBringing = false
  /**
   * The texts differ, and a microtask is scheduled. `dirty`: the file has all of the model's text, cleaned.
   * `behind`: the model must be reset to the file's text.
   */
  #mismatch: 'dirty' | 'behind' | null = null
  #destroyed = false

  /**
   * After construction the model has the text of the file.
   * @param composition in the editor that shows the model
   */
  constructor(
    model: BindingModel,
    view: BindingView | null,
    file: OpenFile,
    onError: (error: Error, refused: string) => void,
    composition: ComposingEditor = NOT_COMPOSING,
  ) {
    this.#model = model
    this.#view = view
    this.#file = file
    this.#onError = onError
    this.#composition = composition
    this.#wait = new CompositionWait(
      () => composition.isUnderWay,
      () => this.#endComposition(),
    )
    this.#version = model.getVersionId()
    this.#listening = model.onDidChangeContent((event) => this.#changed(event))
    this.#stop = file.on('change', (change) => this.#take(change))
    this.#repair('behind')
  }

  destroy(): void {
    this.#destroyed = true
    clearTimeout(this.#timer)
    this.#listening.dispose()
    this.#stop()
  }

  /** What waits to come into the model. */
  get waiting(): Waiting {
    return this.#divergence
  }

  #changed(event: editor.IModelContentChangedEvent): void {
    this.#version = event.versionId
    if (this.#isBringing) return
    if (this.#mismatch === 'behind') {
      const edits = event.changes.map(({ text }) => ({ insert: text })).reverse()
      this.#onError(new Error(CHANGED_MEANWHILE), insertedBy(edits))
      return
    }
    // Another listener of the model changed it again before this event reached us; that event is still to
    // come.
    const latest = event.versionId === this.#model.getVersionId()
    const whole = event.isFlush || event.isEolChange || this.#mismatch === 'dirty'
    const edits = whole ? null : editsOf(event.changes)
    if (edits === null && !latest) this.#repairSoon('dirty')
    else this.#pass(edits ?? this.#newEdits())
  }

  /** The edits that the file lacks of the model's text, cleaned. */
  #newEdits(): Edit[] {
    return editsBetween(this.#known ?? this.#file.text, cleanText(this.#model.getValue()))
  }

  #pass(edits: readonly Edit[]): void {
    const clean = edits.map((edit) => ({ ...edit, insert: cleanText(edit.insert) }))
    if (this.#model.getEOL() !== '\n' || clean.some(({ insert }, i) => insert !== edits[i]?.insert))
      this.#repairSoon('dirty')
    const shortest = this.#composition.isUnderWay ? this.#shortest(clean) : clean
    if (this.#composition.isUnderWay) this.#composed.changed(clean, true)
    else this.#composed.forget()
    this.#divergence.editorChanged(shortest)
    if (this.#known !== null) this.#known = textAfter(this.#known, clean)
    const passed = this.#divergence.pass()
    if (passed.length === 0) return
    this.#received = 0
    try {
      this.#file.edit(passed)
      // Another listener answered our change with its own, during an event of this model.
      if (this.#received > 1) this.#repairSoon('behind')
      else if (this.#received === 0) this.#expectLater()
    } catch (error) {
      this.#repairSoon('behind')
      this.#onError(error instanceof Error ? error : new Error(String(error)), insertedBy(clean))
    } finally {
      this.#received = null
    }
  }

  /** Our edit had no effect; or it was made during another change's event, and is emitted after it. */
  #expectLater(): void {
    this.#isLate = true
    queueMicrotask(() => {
      this.#isLate = false
    })
  }

  /**
   * For each composed letter Monaco replaces the whole composition, and would overwrite what others
   * inserted in it.
   */
  #shortest(edits: readonly Edit[]): Edit[] {
    const text = this.#known ?? this.#file.text
    return edits.flatMap(({ at, remove, insert }) => {
      const edit = difference(text.slice(at, at + remove), insert)
      return edit ? [{ ...edit, at: at + edit.at }] : []
    })
  }

  #take(change: TextChange): void {
    if (this.#received !== null) this.#received++
    else if (this.#isLate && change.origin === 'local') this.#repairSoon('behind')
    // The model has a change that was not passed to the file yet, so these positions do not fit the model.
    else if (this.#mismatch || this.#model.getVersionId() !== this.#version) this.#repairSoon('behind')
    else if (this.#divergence.waits || this.#composition.isUnderWay) {
      this.#known ??= this.#model.getValue()
      this.#divergence.fileChanged(change.edits)
      this.#timer ??= setTimeout(() => this.#bringLater(), CHECK_MS)
    } else {
      this.#bring(change.edits)
      if (change.origin === 'undo') this.#view?.goTo(endOf(change.edits))
    }
  }

  /** Brings the waiting changes, unless a composition must still be waited for. */
  #bringLater(): void {
    this.#timer = undefined
    if (this.#divergence.waits && this.#wait.mustWait())
      this.#timer = setTimeout(() => this.#bringLater(), CHECK_MS)
    else {
      const edits = this.#divergence.bring()
      this.#known = null
      this.#composed.changed(edits, false)
      this.#bring(edits)
    }
  }

  /**
   * Monaco handles changes before and behind a composition, but not within it, nor lines removed above it.
   */
  #endComposition(): boolean {
    const text = this.#known ?? ''
    const { cursor } = this.#composition
    const start = text.lastIndexOf('\n', cursor - 1) + 1
    const end = text.indexOf('\n', cursor)
    const line = { from: start, text: text.slice(start, end < 0 ? undefined : end) }
    const { from, to } = this.#composed.around(cursor, line)
    const spoils = this.#divergence.missing.some(
      ({ at, remove }) => at < to && (at + remove > from || text.slice(at, at + remove).includes('\n')),
    )
    if (spoils) this.#composition.end()
    return spoils
  }

  /** In a microtask, since a Monaco command may be in progress, which sets the cursor only at its end. */
  #repairSoon(mismatch: 'dirty' | 'behind'): void {
    const underway = this.#mismatch !== null
    if (this.#mismatch !== 'behind') this.#mismatch = mismatch
    if (underway) return
    queueMicrotask(() => {
      const why = this.#mismatch
      this.#mismatch = null
      if (why !== null && !this.#destroyed) this.#repair(why)
    })
  }

  #repair(why: 'dirty' | 'behind'): void {
    if (this.#model.getEOL() !== '\n') this.#quietly(() => this.#model.setEOL(LF))
    const text = this.#model.getValue()
    if (why === 'dirty') this.#bring(repairsOf(text))
    else {
      this.#known = null
      this.#divergence.forget()
      this.#bring(editsBetween(text, this.#file.text))
    }
  }

  #bring(edits: readonly Edit[]): void {
    if (edits.length === 0) return
    const apply = () => {
      const operations = operationsOf(edits, (units) => this.#model.getPositionAt(units))
      this.#quietly(() => this.#model.applyEdits(operations))
    }
    if (this.#view) this.#view.through(edits, apply)
    else apply()
  }

  #quietly(change: () => void): void {
    this.#isBringing = true
    try {
      change()
    } finally {
      this.#isBringing = false
      this.#version = this.#model.getVersionId()
    }
  }
}

function editsBetween(before: string, after: string): Edit[] {
  const edit = difference(before, after)
  return edit ? [edit] : []
}
