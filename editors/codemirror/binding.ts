/**
 * Ties the document of one CodeMirror view to one file of a room. What the view changes goes to the file in the call
 * that changed it; what anybody else changes, and what is undone, comes into the view outside of CodeMirror's own history.
 *
 * Invariant: after every transaction the document of the view is the text of the file. Where the file refuses an
 * edit, the view takes the file's text again and the reason is told; the two never stay apart.
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
import type { OpenFile, TextChange } from '../../client/types.ts'
import { cleanText } from '../clean-text.ts'
import { CHANGED_MEANWHILE, insertedBy } from '../refused.ts'
import { changesOf, difference, editsOf } from './changes.ts'

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
  dispatch(spec: TransactionSpec): void
}

/** What a binding needs of a view update; a ViewUpdate is one. */
export interface BindingUpdate {
  readonly docChanged: boolean
  readonly changes: ChangeSet
  readonly startState: EditorState
  readonly transactions: readonly Transaction[]
}

/** Marks the transactions that bring a change of the file into the view; null when the view was put back. */
export const fileChange = Annotation.define<TextChange | null>()

/** Keeps the view's document and `file.text` the same, both ways. The view should start with `file.text`. */
export function collab(file: OpenFile, options: CollabOptions = {}): Extension {
  return [
    // Without it CodeMirror reads a CR as the end of a line, and all positions after it shift.
    EditorState.lineSeparator.of('\n'),
    cleanInput,
    ViewPlugin.define((view) => new FileBinding(view, file, options)),
  ]
}

/** Cleans what is about to enter the document, whichever way it comes: typed, pasted, dropped or from a program. */
export const cleanInput = EditorState.transactionFilter.of((transaction) => {
  if (!transaction.docChanged || transaction.annotation(fileChange) !== undefined) return transaction
  const repairs: { from: number; to: number; insert: string }[] = []
  let shift = 0
  for (const { at, remove, insert } of editsOf(transaction.changes, transaction.startState.doc)) {
    const clean = cleanText(insert)
    const from = at + shift
    if (clean !== insert) repairs.push({ from, to: from + insert.length, insert: clean })
    shift += insert.length - remove
  }
  return repairs.length > 0 ? [transaction, { changes: repairs, sequential: true }] : transaction
})

/** The binding itself, apart from CodeMirror's way of making plugins. */
export class FileBinding {
  readonly #host: BindingHost
  readonly #file: OpenFile
  readonly #onError: (error: Error, refused: string) => void
  readonly #stop: () => void
  /** Changes of the file heard while ours is being made: the first is ours. Null while none is being made. */
  #heard: number | null = null
  /** The two texts differ and a microtask is on its way that puts the view back. */
  #apart = false
  #destroyed = false

  constructor(host: BindingHost, file: OpenFile, options: CollabOptions = {}) {
    this.#host = host
    this.#file = file
    this.#onError = options.onError ?? ((error) => console.error('Edgeroom put the editor back:', error))
    this.#stop = file.on('change', (change) => this.#take(change))
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
    this.#heard = 0
    try {
      this.#file.edit(edits)
      // Somebody who listens answered our change with one of their own, in the midst of an update of this view.
      if (this.#heard > 1) this.#putBackSoon()
    } catch (error) {
      this.#putBackSoon()
      this.#onError(error instanceof Error ? error : new Error(String(error)), insertedBy(edits))
    } finally {
      this.#heard = null
    }
  }

  destroy(): void {
    this.#destroyed = true
    this.#stop()
  }

  #take(change: TextChange): void {
    if (this.#heard !== null) this.#heard++
    else if (!this.#apart) this.#bring(changesOf(change.edits, this.#host.state.doc.length), change)
  }

  /** An update may be under way, and a view takes no transaction within one: so in a microtask. */
  #putBackSoon(): void {
    if (this.#apart) return
    this.#apart = true
    queueMicrotask(() => {
      this.#apart = false
      if (this.#destroyed) return
      const { doc } = this.#host.state
      const edit = difference(doc.toString(), this.#file.text)
      if (edit) this.#bring(changesOf([edit], doc.length), null)
    })
  }

  #bring(changes: ChangeSet, change: TextChange | null): void {
    let end: number | null = null
    if (change?.origin === 'undo') changes.iterChanges((_, __, ___, toB) => (end = toB))
    this.#host.dispatch({
      changes,
      // Who undoes wants to see what was undone, and goes on typing there.
      ...(end === null ? {} : { selection: { anchor: end }, scrollIntoView: true }),
      annotations: [fileChange.of(change), Transaction.remote.of(true), Transaction.addToHistory.of(false)],
      filter: false,
    })
  }
}
