/**
 * Undo and redo of a view by the room: handles the keys and the browser's own menu. The room undoes only
 * this user's changes, in all files they touched. Not to be combined with CodeMirror's own history.
 */
import { type Extension, Prec } from '@codemirror/state'
import { EditorView, keymap } from '@codemirror/view'
import type { OpenFile, Room } from '../../client/types.ts'

/** Lets the room undo changes made in the view of `file`. */
export function undoByRoom(room: Pick<Room, 'undo' | 'redo'>, file: Pick<OpenFile, 'file'>): Extension {
  let isShifted = false
  // The key is handled even with nothing to undo: otherwise the browser would undo typing on its own.
  const undo = () => {
    room.undo(file.file)
    return true
  }
  const redo = () => {
    room.redo(file.file)
    return true
  }
  // With caps lock, Shift gives a lower-case letter, for which a keymap uses the binding without Shift.
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
