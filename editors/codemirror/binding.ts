/**
 * Ties the document of one CodeMirror view to one file of a room. What the view changes goes to the file in the call
 * that changed it; what anybody else changes comes into the view with the next frame, and what is undone at once, outside
 * of CodeMirror's own history.
 *
 * Invariant: the document of the view is the text of the file but for what waits: others' changes for the next frame or
 * for the end of a composition, and half of a surrogate pair for its other half. Where the file refuses an edit, the view
 * takes the file's text again and the reason is told; the two never stay apart.
 *
 * Knows one file; not the room, the network or who else is there.
 */
import {
  Annotation,
  type ChangeSet,
  EditorState,
  type Extension,
  Transaction,
  type TransactionSpec,
} from '@codemirror/state'
import { ViewPlugin } from '@codemirror/view'
import type { Edit, OpenFile, TextChange } from '../../client/types.ts'
import { cleanInput as cleaned, hasHalf } from '../clean-text.ts'
import { Composed, type Waiting } from '../composing.ts'
import { Divergence } from '../divergence.ts'
import { halvesIn } from '../edit-lists.ts'
import { endOf } from '../places.ts'
import { CHANGED_MEANWHILE, insertedBy } from '../refused.ts'
import { changesOf, difference, editsOf } from './changes.ts'
import { Inflow, type TextSource } from './inflow.ts'

export interface CollabOptions {
  /**
   * Told why the view was put back to the file's text, and with it what had been typed or pasted, so that it can be offered to
   * whoever did it. Writes the reason to the console unless given.
   */
  readonly onError?: (error: Error, refused: string) => void
}

/** What a binding needs of a view; an EditorView is one. */
export interface BindingHost {
  readonly state: EditorState
  /** Whether something is composed in it now. */
  readonly compositionStarted?: boolean
  dispatch(spec: TransactionSpec): void
}

/** What a binding needs of a view update; a ViewUpdate is one. */
export interface BindingUpdate {
  readonly docChanged: boolean
  readonly changes: ChangeSet
  readonly startState: EditorState
  readonly transactions: readonly Transaction[]
}

/** When a binding brings what it has; an Inflow does so with the frames of its view. */
export interface BindingInflow {
  bringText(source: TextSource): () => void
  soon(): void
  now(): void
}

/**
 * Marks the transactions that bring changes of the file into the view; null when the view was put back. Several changes of a
 * frame are told as one, whose `user` and `client` are null where they are not all of the same.
 */
export const fileChange = Annotation.define<TextChange | null>()

/** Keeps the view's document and `file.text` the same, both ways. The view should start with `file.text`. */
export function collab(file: OpenFile, options: CollabOptions = {}): Extension {
  return [
    // Without it CodeMirror reads a CR as the end of a line, and all positions after it shift.
    EditorState.lineSeparator.of('\n'),
    cleanInput,
    ViewPlugin.define((view) => new FileBinding(view, file, options, Inflow.of(view))),
  ]
}

/** Cleans what is about to enter the document, whichever way it comes: typed, pasted, dropped or from a program. */
export const cleanInput = EditorState.transactionFilter.of((transaction) => {
  if (!transaction.docChanged || transaction.annotation(fileChange) !== undefined) return transaction
  const repairs: { from: number; to: number; insert: string }[] = []
  let shift = 0
  for (const { at, remove, insert } of editsOf(transaction.changes, transaction.startState.doc)) {
    const clean = cleaned(insert)
    const from = at + shift
    if (clean !== insert) repairs.push({ from, to: from + insert.length, insert: clean })
    shift += insert.length - remove
  }
  return repairs.length > 0 ? [transaction, { changes: repairs, sequential: true }] : transaction
})

/** The binding itself, apart from CodeMirror's way of making plugins. */
export class FileBinding implements TextSource {
  readonly #host: BindingHost
  readonly #file: OpenFile
  readonly #onError: (error: Error, refused: string) => void
  readonly #inflow: BindingInflow | null
  readonly #stops: readonly (() => void)[]
  readonly #divergence = new Divergence()
  readonly #composed = new Composed()
  /** What waits for `take`, but for its edits. */
  #change: TextChange | null = null
  /** Where the cursor goes with what waits, in units of the file's text. */
  #goTo: number | null = null
  /** Changes of the file heard while ours is being made: the one is ours. Null while none is being made. */
  #heard: number | null = null
  /** Ours was not heard in its call: it may be told later in this turn. */
  #isLate = false
  /** The two texts differ and a microtask is on its way that puts the view back. */
  #apart = false
  /** Ends the wait for the other half of a surrogate pair. */
  #turn: ReturnType<typeof setTimeout> | undefined
  #destroyed = false

  /** @param inflow says when changes are brought; without one they are at once */
  constructor(
    host: BindingHost,
    file: OpenFile,
    options: CollabOptions = {},
    inflow: BindingInflow | null = null,
  ) {
    this.#host = host
    this.#file = file
    this.#onError = options.onError ?? ((error) => console.error('Edgeroom put the editor back:', error))
    this.#inflow = inflow
    const stop = file.on('change', (change) => this.#hear(change))
    this.#stops = inflow ? [stop, inflow.bringText(this)] : [stop]
    if (host.state.doc.toString() !== file.text) this.#putBackSoon()
  }

  update(update: BindingUpdate): void {
    if (!update.docChanged) return
    if (update.transactions.some((transaction) => transaction.annotation(fileChange) !== undefined)) return
    const edits = editsOf(update.changes, update.startState.doc)
    if (this.#apart) {
      this.#onError(new Error(CHANGED_MEANWHILE), insertedBy(edits))
      return
    }
    if (!this.#host.compositionStarted) this.#composed.forget()
    else this.#composed.changed(edits, true)
    this.#divergence.changed(edits)
    clearTimeout(this.#turn)
    if (this.#divergence.own.some(({ insert }) => hasHalf(insert)))
      this.#turn = setTimeout(() => this.#endHalves())
    else this.#pass()
  }

  destroy(): void {
    this.#destroyed = true
    clearTimeout(this.#turn)
    for (const stop of this.#stops) stop()
  }

  get waits(): boolean {
    return this.#divergence.waits
  }

  get inFile(): Waiting['inFile'] {
    return this.#divergence.inFile
  }

  get inEditor(): Waiting['inEditor'] {
    return this.#divergence.inEditor
  }

  get touchesComposition(): boolean {
    const { doc, selection } = this.#host.state
    const { head } = selection.main
    const { from, to } = this.#composed.around(head, doc.lineAt(head))
    return this.#divergence.missing.some(({ at, remove }) => at <= to && at + remove >= from)
  }

  take(): TransactionSpec | null {
    if (!this.#divergence.waits) return null
    const [change, goTo] = [this.#change, this.#goTo]
    const edits = this.#divergence.bring()
    this.#composed.changed(edits, false)
    this.#change = null
    this.#goTo = null
    return this.#specOf(edits, change && { ...change, edits }, goTo)
  }

  #pass(): void {
    const edits = this.#divergence.pass()
    if (edits.length === 0) return
    this.#heard = 0
    try {
      this.#file.edit(edits)
      // Somebody who listens answered our change with one of their own, in the midst of an update of this view.
      if (this.#heard > 1) this.#putBackSoon()
      else if (this.#heard === 0) this.#expectLater()
    } catch (error) {
      this.#putBackSoon()
      this.#onError(error instanceof Error ? error : new Error(String(error)), insertedBy(edits))
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

  /** The turn is over, and whatever half has found no other is one that no room takes. */
  #endHalves(): void {
    const repairs = halvesIn(this.#divergence.own)
    if (repairs.length === 0) return
    this.#host.dispatch({ changes: changesOf(repairs, this.#host.state.doc.length), filter: false })
  }

  #hear(change: TextChange): void {
    if (this.#heard !== null) {
      this.#heard++
      return
    }
    if (this.#apart) return
    if (this.#isLate && change.origin === 'local') {
      this.#putBackSoon()
      return
    }
    this.#divergence.heard(change.edits)
    this.#change = this.#change ? bothOf(this.#change, change) : change
    // Who undoes wants to see what was undone, and goes on typing there.
    this.#goTo = change.origin === 'undo' ? endOf(change.edits) : null
    if (this.#inflow === null) this.#bring()
    else if (change.origin === 'undo' || change.origin === 'local') this.#inflow.now()
    else this.#inflow.soon()
  }

  /** An update may be under way, and a view takes no transaction within one: so in a microtask. */
  #putBackSoon(): void {
    if (this.#apart) return
    this.#apart = true
    clearTimeout(this.#turn)
    queueMicrotask(() => {
      this.#apart = false
      this.#divergence.forget()
      this.#change = null
      if (this.#destroyed) return
      const edit = difference(this.#host.state.doc.toString(), this.#file.text)
      if (edit) this.#host.dispatch(this.#specOf([edit], null, null))
    })
  }

  #bring(): void {
    const spec = this.take()
    if (spec) this.#host.dispatch(spec)
  }

  #specOf(edits: readonly Edit[], change: TextChange | null, goTo: number | null): TransactionSpec {
    const changes = changesOf(edits, this.#host.state.doc.length)
    const anchor = Math.min(goTo ?? 0, changes.newLength)
    return {
      changes,
      ...(goTo === null ? {} : { selection: { anchor }, scrollIntoView: true }),
      annotations: [fileChange.of(change), Transaction.remote.of(true), Transaction.addToHistory.of(false)],
      filter: false,
    }
  }
}

/** Two changes told as one, but for their edits. */
function bothOf(one: TextChange, other: TextChange): TextChange {
  return {
    edits: [],
    origin: other.origin,
    user: one.user === other.user ? other.user : null,
    client: one.client === other.client ? other.client : null,
  }
}
