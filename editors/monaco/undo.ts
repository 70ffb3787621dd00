/**
 * Undo and redo of a model by the room. Every way to undo in Monaco (keys, menus, command palette,
 * `trigger`) calls the methods `undo` and `redo` of the model. They are replaced with the room's, which
 * undo only this user's changes, in all files they touched. Monaco's own stack, which does not include
 * remote changes, is not used.
 */
import type { editor } from 'monaco-editor'
import type { OpenFile, Room } from '../../client/types.ts'

/** The parts of a model and of a room that are needed. */
type Undoable = Pick<editor.ITextModel, 'undo' | 'redo' | 'canUndo' | 'canRedo'>
type Undoing = Pick<Room, 'undo' | 'redo' | 'canUndo' | 'canRedo'>

/** Lets the room undo changes of `model`. Returns a function that restores Monaco's own methods. */
export function undoByRoom(model: Undoable, room: Undoing, file: Pick<OpenFile, 'file'>): () => void {
  const ours: Undoable = {
    undo: () => void room.undo(file.file),
    redo: () => void room.redo(file.file),
    canUndo: () => room.canUndo(file.file),
    canRedo: () => room.canRedo(file.file),
  }
  Object.assign(model, ours)
  return () => {
    // Instance properties that shadow the methods of the model's class.
    for (const name of Object.keys(ours)) Reflect.deleteProperty(model, name)
  }
}
