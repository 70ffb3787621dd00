/**
 * Fakes of both ends of a binding, without network and DOM: a file that stores text and refuses edits like
 * the SDK's, and a view that holds a state and updates its bindings like CodeMirror.
 */
import {
  EditorState,
  type Extension,
  type StateCommand,
  type Transaction,
  type TransactionSpec,
} from '@codemirror/state'
import type { Edit, FileEvents, OpenFile, TextChange } from '../../client/types.ts'
import { EditError } from '../../core/text/edits.ts'
import { type CollabOptions, FileBinding } from '../../editors/codemirror/binding.ts'

/** `text` after `edits`, which all refer to it and are ascending. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = ''
  let done = 0
  for (const { at, remove, insert } of edits) {
    if (at < done || at + remove > text.length)
      throw new EditError('edit_out_of_range', 'the edits do not fit')
    result += text.slice(done, at) + insert
    done = at + remove
  }
  return result + text.slice(done)
}

export class FakeFile implements OpenFile {
  readonly file: string
  readonly path: string
  readonly removed = false
  /** Every list of edits passed to `edit`. */
  readonly calls: (readonly Edit[])[] = []
  text: string
  #listeners = new Set<(change: TextChange) => void>()
  #removed = new Set<() => void>()

  constructor(text: string, path = 'src/App.jsx', file = 'f1') {
    this.text = text
    this.file = file
    this.path = path
  }

  /** Number of listeners, of all events. */
  get listeners(): number {
    return this.#listeners.size + this.#removed.size
  }

  edit(edits: readonly Edit[]): void {
    if (edits.some(({ insert }) => /[\0\r]|\p{Surrogate}/u.test(insert))) {
      throw new EditError('bad_text', 'this text cannot be stored')
    }
    this.#apply({ edits, origin: 'local', user: 'me', client: 'c-me' })
    this.calls.push(edits)
  }

  /** A change that arrives from the room. */
  receive(edits: readonly Edit[], origin: TextChange['origin'] = 'remote', client = 'c-ada'): void {
    this.#apply({ edits, origin, user: 'ada', client })
  }

  on<E extends keyof FileEvents>(event: E, listener: FileEvents[E]): () => void {
    const all: Set<unknown> = event === 'change' ? this.#listeners : this.#removed
    all.add(listener)
    return () => void all.delete(listener)
  }

  #apply(change: TextChange): void {
    this.text = applyEdits(this.text, change.edits)
    for (const listener of [...this.#listeners]) listener(change)
  }
}

/**
 * Holds a state; transactions reach the bindings before `dispatch` returns, and none is accepted meanwhile.
 */
export class FakeView {
  state: EditorState
  readonly #bindings: FileBinding[] = []
  #updating = false

  constructor(doc: string, extensions: Extension) {
    this.state = EditorState.create({ doc, extensions: [EditorState.lineSeparator.of('\n'), extensions] })
  }

  get text(): string {
    return this.state.doc.toString()
  }

  bind(file: OpenFile, options?: CollabOptions): FileBinding {
    const binding = new FileBinding(this, file, options)
    this.#bindings.push(binding)
    return binding
  }

  dispatch(spec: TransactionSpec): void {
    this.update(this.state.update(spec))
  }

  update(transaction: Transaction): void {
    if (this.#updating) throw new Error('an update is in progress')
    this.#updating = true
    try {
      this.state = transaction.state
      for (const binding of this.#bindings) {
        binding.update({
          docChanged: transaction.docChanged,
          changes: transaction.changes,
          startState: transaction.startState,
          transactions: [transaction],
        })
      }
    } finally {
      this.#updating = false
    }
  }

  run(command: StateCommand): void {
    command({ state: this.state, dispatch: (transaction) => this.update(transaction) })
  }

  /** Types `insert` over the given UTF-16 units, as an undo step of its own. */
  type(from: number, to: number, insert: string): void {
    this.dispatch({ changes: { from, to, insert }, selection: { anchor: from }, userEvent: 'input.type' })
  }
}
