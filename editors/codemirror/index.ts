/**
 * Edgeroom for CodeMirror 6: one extension binds a document to a file of a room, one lets the room undo, and one shows who is in it.
 *
 *     extensions: [collab(file), undoByRoom(room, file), cursors(room, file), …]
 */
export { type CollabOptions, collab, fileChange } from './binding.ts'
export { cursors } from './cursors.ts'
export { undoByRoom } from './undo.ts'
