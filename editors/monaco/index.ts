/**
 * Edgeroom for Monaco: one call binds a model to a file of a room, another shows who is in it. Nothing of Monaco is loaded
 * from here: the editor that is handed in may come from any bundle of it.
 *
 *     const binding = collab(editor, room, file)
 *     const people = cursors(editor, room, file)
 */
import type { editor } from 'monaco-editor'
import type { OpenFile, Room } from '../../client/types.ts'
import { type Binding, FileBinding } from './binding.ts'
import { Composition } from './composition.ts'
import { PeerCursorsView } from './cursors.ts'
import { OwnView } from './own-view.ts'
import { undoByRoom } from './undo.ts'
import { followAccess } from './writing.ts'

export interface CollabOptions {
  /** Told why the model was put back to the file's text. Writes to the console unless given. */
  readonly onError?: (error: Error, refused: string) => void
}

export interface CollabBinding extends Binding {
  /** Lets the editor take no typing, whatever the room says. Does nothing where a model alone is bound. */
  setReadOnly(wanted: boolean): void
}

export type { Binding }

const bound = new WeakMap<editor.ITextModel, FileBinding>()

/**
 * Keeps the text of a model and `file.text` the same, both ways, and lets the room undo. Given an editor, it binds the
 * model that the editor has now, keeps its user's selections and view in place, and takes typing only while this user may
 * edit. The options `readOnly` and `editContext` of the editor are the binding's.
 * @throws Error when the editor has no model, or the model is bound already
 */
export function collab(
  target: editor.ICodeEditor | editor.ITextModel,
  room: Room,
  file: OpenFile,
  options: CollabOptions = {},
): CollabBinding {
  const host = 'getModel' in target ? target : null
  const model = 'getModel' in target ? modelOf(target) : target
  if (bound.has(model)) throw new Error('This model is bound to a file already: destroy that binding first.')
  const onError = options.onError ?? ((error) => console.error('Edgeroom put the editor back:', error))
  const view = host && new OwnView(host, model)
  const composition = host && new Composition(host)
  const binding = new FileBinding(model, view, file, onError, composition ?? undefined)
  bound.set(model, binding)
  const version = model.getVersionId()
  // The EditContext of browsers keeps a composition at the column where it began, and replaces somebody else's text once that
  // moves; a text area knows what is composed.
  host?.updateOptions({ editContext: false })
  const access = host && followAccess(host, model, room, file)
  const giveUndoBack = undoByRoom(model, room, file)
  const end = () => {
    if (!bound.delete(model)) return false
    disposal.dispose()
    binding.destroy()
    giveUndoBack()
    access?.stop()
    composition?.stop()
    return true
  }
  const disposal = model.onWillDispose(end)
  return {
    setReadOnly: (wanted) => access?.setReadOnly(wanted),
    destroy() {
      if (end() && model.getVersionId() !== version) forgetHistory(host, model)
    },
  }
}

/** Shows where the others are in `file`, and them where we are, in the editor that has its model now. */
export function cursors(host: editor.ICodeEditor, room: Room, file: OpenFile): Binding {
  const model = modelOf(host)
  return new PeerCursorsView(host, model, room, file, () => bound.get(model)?.waiting ?? null)
}

function modelOf(host: editor.ICodeEditor): editor.ITextModel {
  const model = host.getModel()
  if (!model) throw new Error('This editor has no model: give it one before it is bound to a file.')
  return model
}

/** Monaco's undo stack knows nothing of what others changed meanwhile: undone now, it would spoil the text. */
function forgetHistory(host: editor.ICodeEditor | null, model: editor.ITextModel): void {
  const state = host?.getModel() === model ? host.saveViewState() : null
  model.setValue(model.getValue())
  if (state) host?.restoreViewState(state)
}
