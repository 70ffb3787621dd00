/**
 * Binds the document of one CodeMirror view to one file of a room. Changes of the view go to the file in
 * the same call; remote changes enter the view with the next frame, and undone ones at once, outside
 * CodeMirror's own history.
 *
 * Invariant: the document equals the text of the file except for what waits: remote changes for the next
 * frame or the end of a composition, and half of a surrogate pair for its other half. If the file refuses
 * an edit, the view is reset to the file's text and the reason is reported; the two never stay apart.
 *
 * It knows one file, and not the room, the network or other people.
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
import { IncomingChanges, type TextSource } from './incoming-changes.ts'

export interface CollabOptions {
  /**
   * Called when the view was reset to the file's text, with the reason and with the text that was typed or
   * pasted, so that the user can recover it. Default: writes the reason to the console.
   */
  readonly onError?: (error: Error, refused: string) => void
}

/** The part of a view that a binding needs; an EditorView has it. */
export interface BindingHost {
  readonly state: EditorState
  /** Whether a composition is in progress. */
  readonly compositionStarted?: boolean
  dispatch(spec: TransactionSpec): void
}

/** The part of a view update that a binding needs; a ViewUpdate has it. */
export interface BindingUpdate {
  readonly docChanged: boolean
  readonly changes: ChangeSet
  readonly startState: EditorState
  readonly transactions: readonly Transaction[]
}

/** Schedules what a binding brings into its view; `IncomingChanges` does so with the view's frames. */
export interface ChangeScheduler {
  bringText(source: TextSource): () => void
  bringSoon(): void
  bringNow(): void
}

/**
 * Annotation of transactions that bring changes of the file into the view; null when the view was reset.
 * Several changes of a frame are annotated as one, whose `user` and `client` are null if they differ.
 */
export const fileChange = Annotation.define<TextChange | null>()

/** Keeps the view's document and `file.text` equal, both ways. The view should start with `file.text`. */
export function collab(file: OpenFile, options: CollabOptions = {}): Extension {
  return [
    // Otherwise CodeMirror reads a CR as a line end, and all positions after it shift.
    EditorState.lineSeparator.of('\n'),
    cleanInput,
    ViewPlugin.define((view) => new FileBinding(view, file, options, IncomingChanges.of(view))),
  ]
}

/** Cleans what enters the document, whether typed, pasted, dropped or inserted by a program. */
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

/** The binding itself, without the plugin interface of CodeMirror. */
export class FileBinding implements TextSource {
  readonly #host: BindingHost
  readonly #file: OpenFile
  readonly #onError: (error: Error, refused: string) => void
  readonly #incoming: ChangeScheduler | null
  readonly #stops: readonly (() => void)[]
  readonly #divergence = new Divergence()
  readonly #composed = new Composed()
  /** The waiting changes merged into one, without their edits; null when none wait. */
  #change: TextChange | null = null
  /** Where the cursor goes when the waiting changes are brought, in the file's text. */
  #goTo: number | null = null
  /** Number of changes the file emitted during our own edit, of which one is ours. Null outside of it. */
  #received: number | null = null
  /** Our edit was not emitted within its call: it may be later in this turn. */
  #isLate = false
  /** The texts differ, and a microtask that resets the view is scheduled. */
  #isResetting = false
  /** Runs while waiting for the other half of a surrogate pair. */
  #turn: ReturnType<typeof setTimeout> | undefined
  #destroyed = false

  /** @param incoming schedules changes; without it they are brought at once */
  constructor(
    host: BindingHost,
    file: OpenFile,
    options: CollabOptions = {},
    incoming: ChangeScheduler | null = null,
  ) {
    this.#host = host
    this.#file = file
    this.#onError = options.onError ?? ((error) => console.error('Edgeroom reset the editor:', error))
    this.#incoming = incoming
    const stop = file.on('change', (change) => this.#onFileChange(change))
    this.#stops = incoming ? [stop, incoming.bringText(this)] : [stop]
    if (host.state.doc.toString() !== file.text) this.#resetSoon()
  }

  update(update: BindingUpdate): void {
    if (!update.docChanged) return
    if (update.transactions.some((transaction) => transaction.annotation(fileChange) !== undefined)) return
    const edits = editsOf(update.changes, update.startState.doc)
    if (this.#isResetting) {
      this.#onError(new Error(CHANGED_MEANWHILE), insertedBy(edits))
      return
    }
    if (!this.#host.compositionStarted) this.#composed.forget()
    else this.#composed.changed(edits, true)
    this.#divergence.editorChanged(edits)
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
    this.#received = 0
    try {
      this.#file.edit(edits)
      // Another listener answered our change with its own, during an update of this view.
      if (this.#received > 1) this.#resetSoon()
      else if (this.#received === 0) this.#expectLater()
    } catch (error) {
      this.#resetSoon()
      this.#onError(error instanceof Error ? error : new Error(String(error)), insertedBy(edits))
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

  /** At the end of the turn a half without its other half is replaced: no room accepts it. */
  #endHalves(): void {
    const repairs = halvesIn(this.#divergence.own)
    if (repairs.length === 0) return
    this.#host.dispatch({ changes: changesOf(repairs, this.#host.state.doc.length), filter: false })
  }

  #onFileChange(change: TextChange): void {
    if (this.#received !== null) {
      this.#received++
      return
    }
    if (this.#isResetting) return
    if (this.#isLate && change.origin === 'local') {
      this.#resetSoon()
      return
    }
    this.#divergence.fileChanged(change.edits)
    this.#change = this.#change ? bothOf(this.#change, change) : change
    // After an undo the cursor goes to what was undone, to continue there.
    this.#goTo = change.origin === 'undo' ? endOf(change.edits) : null
    if (this.#incoming === null) this.#bring()
    else if (change.origin === 'undo' || change.origin === 'local') this.#incoming.bringNow()
    else this.#incoming.bringSoon()
  }

  /** In a microtask, since an update may be in progress, during which a view accepts no transaction. */
  #resetSoon(): void {
    if (this.#isResetting) return
    this.#isResetting = true
    clearTimeout(this.#turn)
    queueMicrotask(() => {
      this.#isResetting = false
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

/** Merges two changes into one, without their edits. */
function bothOf(one: TextChange, other: TextChange): TextChange {
  return {
    edits: [],
    origin: other.origin,
    user: one.user === other.user ? other.user : null,
    client: one.client === other.client ? other.client : null,
  }
}
