/**
 * Undo and redo of a view by the room: the keys, and what the browser's own menu asks for. The room takes back one's own changes alone,
 * and in all the files that they touched. CodeMirror's own history has no place beside it.
 */
import { type Extension, Prec } from '@codemirror/state'
import { EditorView, keymap } from '@codemirror/view'
import type { OpenFile, Room } from '../../client/types.ts'

/** Lets the room undo what is done in the view of `file`. */
export function undoByRoom(room: Pick<Room, 'undo' | 'redo'>, file: Pick<OpenFile, 'file'>): Extension {
  let isShifted = false
  // Where there is nothing to undo the key is taken all the same: the browser would undo what it saw typed.
  const undo = () => {
    room.undo(file.file)
    return true
  }
  const redo = () => {
    room.redo(file.file)
    return true
  }
  // With caps lock, Shift gives the small letter, for which a keymap takes the binding without it.
  const undoOrRedo = () => (isShifted ? redo() : undo())
  return Prec.high([
    EditorView.domEventHandlers({
      keydown({ shiftKey }) {
        isShifted = shiftKey
        return false
      },
      beforeinput({ inputType }) {
        if (inputType === 'historyUndo') return undo()
        return inputType === 'historyRedo' && redo()
      },
    }),
    keymap.of([
      { key: 'Mod-z', run: undoOrRedo, shift: redo, preventDefault: true },
      { key: 'Mod-y', run: redo, preventDefault: true },
    ]),
  ])
}
