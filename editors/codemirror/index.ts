/**
 * Edgeroom for CodeMirror 6: one extension binds a document to a file of a room, another shows who is in it.
 *
 *     extensions: [collab(file), cursors(room, file), history(), …]
 */
export { type CollabOptions, collab, fileChange } from './binding.ts'
export { cursors } from './cursors.ts'
