/**
 * Edgeroom for CodeMirror 6: `collab` binds a document to a file, `undoByRoom` undoes through the room, and
 * `cursors` shows remote cursors.
 *
 *     extensions: [collab(file), undoByRoom(room, file), cursors(room, file), …]
 */
export { type CollabOptions, collab, fileChange } from './binding.ts'
export { cursors } from './cursors.ts'
export { undoByRoom } from './undo.ts'
