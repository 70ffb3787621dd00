/**
 * Ties one Monaco model to one file of a room. What is done to the model goes to the file in the call that changed it, one
 * list of edits for all changes of an event; what anybody else changes comes into the model outside of its undo stack.
 *
 * Invariant: after every turn the text of the model is the text of the file, but for what waits while something is composed
 * in the editor. Monaco tells of a change when it is made:
 * what a room does not take (NUL, half of a surrogate pair, the line ends of other systems) goes to the file cleaned, and
 * the model is cleaned in a microtask. Where the file refuses an edit, the model takes the file's text again and the
 * reason is told; the two never stay apart.
 *
 * Knows one file; not the room, the network or who else is there.
 */
import type { editor, IDisposable, IPosition } from 'monaco-editor'
import type { Edit, OpenFile, TextChange } from '../../client/types.ts'
import { cleanText } from '../clean-text.ts'
import { Composed, CompositionWait, LOOK_MS, type Waiting } from '../composing.ts'
import { Divergence } from '../divergence.ts'
import { textAfter } from '../edit-lists.ts'
import { endOf } from '../places.ts'
import { CHANGED_MEANWHILE, insertedBy } from '../refused.ts'
import { difference, editsOf, operationsOf, repairsOf } from './changes.ts'

/** What a binding needs of a model; an ITextModel is one. */
export interface BindingModel {
  getValue(): string
  getEOL(): string
  setEOL(eol: editor.EndOfLineSequence): void
  getVersionId(): number
  getPositionAt(units: number): IPosition
  applyEdits(operations: readonly editor.IIdentifiedSingleEditOperation[]): void
  onDidChangeContent(listener: (event: editor.IModelContentChangedEvent) => void): IDisposable
}

/** What is bound, until it is destroyed. */
export interface Binding {
  /** Ends it. Comes by itself when the model is disposed of; a second time does nothing. */
  destroy(): void
}

/** What a binding needs to keep in place where a user is; an OwnView is one. */
export interface BindingView {
  through(edits: readonly Edit[], apply: () => void): void
  goTo(units: number): void
}

/** What a binding needs to know of what is composed in an editor; a Composition is it. */
export interface ComposingEditor {
  readonly isUnderWay: boolean
  /** Where the cursor is, in UTF-16 units of the model's text. */
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
  /** The model's text, cleaned, while others' changes wait; else it is the file's. */
  #known: string | null = null
  #look: ReturnType<typeof setTimeout> | undefined
  /** The version of the model up to which the file knows of its changes. */
  #version: number
  /** Changes of the file heard while ours is being made: the first is ours. Null while none is being made. */
  #heard: number | null = null
  /** Ours was not heard in its call: it may be told later in this turn. */
  #isLate = false
  /** The model is being changed from here. */
  #bringing = false
  /**
   * The two texts differ and a microtask is on its way. `dirty`: the file has all of the model, cleaned. `behind`: the
   * model is to take the file's text.
   */
  #apart: 'dirty' | 'behind' | null = null
  #destroyed = false

  /** The model has the text of the file when this returns. @param composition what is composed in an editor of it */
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
    this.#settle('behind')
  }

  destroy(): void {
    this.#destroyed = true
    clearTimeout(this.#look)
    this.#listening.dispose()
    this.#stop()
  }

  /** What waits to come into the model. */
  get waiting(): Waiting {
    return this.#divergence
  }

  #changed(event: editor.IModelContentChangedEvent): void {
    this.#version = event.versionId
    if (this.#bringing) return
    if (this.#apart === 'behind') {
      const edits = event.changes.map(({ text }) => ({ insert: text })).reverse()
      this.#onError(new Error(CHANGED_MEANWHILE), insertedBy(edits))
      return
    }
    // Something that listened to the model before us changed it again, and that event is still to come.
    const latest = event.versionId === this.#model.getVersionId()
    const whole = event.isFlush || event.isEolChange || this.#apart === 'dirty'
    const edits = whole ? null : editsOf(event.changes)
    if (edits === null && !latest) this.#settleSoon('dirty')
    else this.#pass(edits ?? this.#newEdits())
  }

  /** What the file lacks of the model, cleaned. */
  #newEdits(): Edit[] {
    return editsBetween(this.#known ?? this.#file.text, cleanText(this.#model.getValue()))
  }

  #pass(edits: readonly Edit[]): void {
    const clean = edits.map((edit) => ({ ...edit, insert: cleanText(edit.insert) }))
    if (this.#model.getEOL() !== '\n' || clean.some(({ insert }, i) => insert !== edits[i]?.insert))
      this.#settleSoon('dirty')
    const shortest = this.#composition.isUnderWay ? this.#shortest(clean) : clean
    if (this.#composition.isUnderWay) this.#composed.changed(clean, true)
    else this.#composed.forget()
    this.#divergence.changed(shortest)
    if (this.#known !== null) this.#known = textAfter(this.#known, clean)
    const passed = this.#divergence.pass()
    if (passed.length === 0) return
    this.#heard = 0
    try {
      this.#file.edit(passed)
      // Somebody who listens answered our change with one of their own, in the midst of an event of this model.
      if (this.#heard > 1) this.#settleSoon('behind')
      else if (this.#heard === 0) this.#expectLater()
    } catch (error) {
      this.#settleSoon('behind')
      this.#onError(error instanceof Error ? error : new Error(String(error)), insertedBy(clean))
    } finally {
      this.#heard = null
    }
  }

  /** Ours changed nothing; or it was made while another change is told, and its turn comes behind that. */
  #expectLater(): void {
    this.#isLate = true
    queueMicrotask(() => {
      this.#isLate = false
    })
  }

  /** With each letter that is composed Monaco replaces all that was composed before, and with it what others put into it. */
  #shortest(edits: readonly Edit[]): Edit[] {
    const text = this.#known ?? this.#file.text
    return edits.flatMap(({ at, remove, insert }) => {
      const edit = difference(text.slice(at, at + remove), insert)
      return edit ? [{ ...edit, at: at + edit.at }] : []
    })
  }

  #take(change: TextChange): void {
    if (this.#heard !== null) this.#heard++
    else if (this.#isLate && change.origin === 'local') this.#settleSoon('behind')
    // The model has a change that the file was not told yet: these positions are not the model's.
    else if (this.#apart || this.#model.getVersionId() !== this.#version) this.#settleSoon('behind')
    else if (this.#divergence.waits || this.#composition.isUnderWay) {
      this.#known ??= this.#model.getValue()
      this.#divergence.heard(change.edits)
      this.#look ??= setTimeout(() => this.#bringLater(), LOOK_MS)
    } else {
      this.#bring(change.edits)
      if (change.origin === 'undo') this.#view?.goTo(endOf(change.edits))
    }
  }

  /** Brings what waits, unless something is composed still. */
  #bringLater(): void {
    this.#look = undefined
    if (this.#divergence.waits && this.#wait.mustWait())
      this.#look = setTimeout(() => this.#bringLater(), LOOK_MS)
    else {
      const edits = this.#divergence.bring()
      this.#known = null
      this.#composed.changed(edits, false)
      this.#bring(edits)
    }
  }

  /** What comes in before and behind a composition Monaco makes room for; not within it, and not for lines that vanish above. */
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

  /** A command of Monaco's may be under way, and puts the cursor only when it is through: so in a microtask. */
  #settleSoon(apart: 'dirty' | 'behind'): void {
    const underway = this.#apart !== null
    if (this.#apart !== 'behind') this.#apart = apart
    if (underway) return
    queueMicrotask(() => {
      const why = this.#apart
      this.#apart = null
      if (why !== null && !this.#destroyed) this.#settle(why)
    })
  }

  #settle(why: 'dirty' | 'behind'): void {
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
    this.#bringing = true
    try {
      change()
    } finally {
      this.#bringing = false
      this.#version = this.#model.getVersionId()
    }
  }
}

function editsBetween(before: string, after: string): Edit[] {
  const edit = difference(before, after)
  return edit ? [edit] : []
}
