/** The undo keys of a view. */
import { defaultKeymap, historyKeymap } from '@codemirror/commands'
import { EditorState } from '@codemirror/state'
import { type EditorView, keymap, runScopeHandlers } from '@codemirror/view'
import { expect, it } from 'vitest'
import { undoByRoom } from '../../editors/codemirror/index.ts'

const CODES: Readonly<Record<string, number>> = { y: 89, z: 90 }

/**
 * The calls to the room when a key is pressed with Control, beside CodeMirror’s own keys, and whether the
 * key is handled.
 */
function press(key: string, shiftKey: boolean, isThereAny = true) {
  const asked: string[] = []
  const ask = (what: string) => (file?: string) => {
    asked.push(`${what} ${file}`)
    return isThereAny
  }
  const room = { undo: ask('undo'), redo: ask('redo') }
  const extensions = [keymap.of([...defaultKeymap, ...historyKeymap]), undoByRoom(room, { file: 'f1' })]
  // The part of a view and an event that is needed, without a page.
  const view = { state: EditorState.create({ extensions }) } as EditorView
  const event = {
    key,
    keyCode: CODES[key.toLowerCase()],
    shiftKey,
    ctrlKey: true,
    altKey: false,
    metaKey: false,
  }
  const isTaken = runScopeHandlers(view, event as KeyboardEvent, 'editor')
  return { asked, isTaken }
}

it.each([
  ['z', false, 'undo f1'],
  ['Z', true, 'redo f1'],
  ['y', false, 'redo f1'],
])('calls the room for its own file on Control and %s', (key, shift, what) => {
  expect(press(key, shift)).toEqual({ asked: [what], isTaken: true })
})

it.each(['z', 'y'])('handles %s even with nothing to undo, before CodeMirror or the browser does', (key) => {
  const { asked, isTaken } = press(key, false, false)
  expect([asked.length, isTaken]).toEqual([1, true])
})
