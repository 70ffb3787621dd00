/**
 * Undo and redo of a model by the room. Every way to undo in Monaco (keys, menus, the command palette, `trigger`) ends in
 * the methods `undo` and `redo` of the model; here they are the room's, which take back one's own changes alone and in all
 * the files that they touched. Monaco's own stack knows nothing of what others did, and is never asked.
 */
import type { editor } from 'monaco-editor'
import type { OpenFile, Room } from '../../client/types.ts'

/** What is needed of a model, and of a room. */
type Undoable = Pick<editor.ITextModel, 'undo' | 'redo' | 'canUndo' | 'canRedo'>
type Undoing = Pick<Room, 'undo' | 'redo' | 'canUndo' | 'canRedo'>

/** Lets the room undo what is done to `model`; the answer gives Monaco its own methods back. */
export function undoByRoom(model: Undoable, room: Undoing, file: Pick<OpenFile, 'file'>): () => void {
  const ours: Undoable = {
    undo: () => void room.undo(file.file),
    redo: () => void room.redo(file.file),
    canUndo: () => room.canUndo(file.file),
    canRedo: () => room.canRedo(file.file),
  }
  Object.assign(model, ours)
  return () => {
    // What is in the way of the methods of the model's own class.
    for (const name of Object.keys(ours)) Reflect.deleteProperty(model, name)
  }
}
