/**
 * Edgeroom for Monaco: `collab` binds a model to a file, `cursors` shows remote cursors. It does not load
 * Monaco: the editor may come from any bundle of it.
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
  /**
   * Called when the model was reset to the file's text, with the reason and with the text that was typed or
   * pasted, so that the user can recover it. Default: writes the reason to the console.
   */
  readonly onError?: (error: Error, refused: string) => void
}

export interface CollabBinding extends Binding {
  /** Makes the editor read-only, whatever the room allows. No effect when only a model is bound. */
  setReadOnly(wanted: boolean): void
}

export type { Binding }

const bound = new WeakMap<editor.ITextModel, FileBinding>()

/**
 * Keeps the text of a model and `file.text` equal, both ways, and undoes through the room. Given an editor,
 * it binds the editor's current model, keeps the user's selections and view in place, and makes the editor
 * read-only while this user may not edit. It controls the editor options `readOnly` and `editContext`.
 * @throws Error when the editor has no model, or the model is already bound
 */
export function collab(
  target: editor.ICodeEditor | editor.ITextModel,
  room: Room,
  file: OpenFile,
  options: CollabOptions = {},
): CollabBinding {
  const host = 'getModel' in target ? target : null
  const model = 'getModel' in target ? modelOf(target) : target
  if (bound.has(model)) throw new Error('This model is already bound to a file: destroy that binding first.')
  const onError = options.onError ?? ((error) => console.error('Edgeroom reset the editor:', error))
  const view = host && new OwnView(host, model)
  const composition = host && new Composition(host)
  const binding = new FileBinding(model, view, file, onError, composition ?? undefined)
  bound.set(model, binding)
  const version = model.getVersionId()
  // With EditContext, a composition stays at the column where it began, and overwrites remote text when
  // that shifts. A textarea keeps track of what is composed.
  host?.updateOptions({ editContext: false })
  const access = host && followAccess(host, model, room, file)
  const restoreUndo = undoByRoom(model, room, file)
  const end = () => {
    if (!bound.delete(model)) return false
    disposal.dispose()
    binding.destroy()
    restoreUndo()
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

/** Shows the cursors of others in `file`, and sends this editor's own, while it has its current model. */
export function cursors(host: editor.ICodeEditor, room: Room, file: OpenFile): Binding {
  const model = modelOf(host)
  return new PeerCursorsView(host, model, room, file, () => bound.get(model)?.waiting ?? null)
}

function modelOf(host: editor.ICodeEditor): editor.ITextModel {
  const model = host.getModel()
  if (!model) throw new Error('This editor has no model: set one before binding it to a file.')
  return model
}

/** Monaco's undo stack does not include remote changes: undoing with it now would corrupt the text. */
function forgetHistory(host: editor.ICodeEditor | null, model: editor.ITextModel): void {
  const state = host?.getModel() === model ? host.saveViewState() : null
  model.setValue(model.getValue())
  if (state) host?.restoreViewState(state)
}
