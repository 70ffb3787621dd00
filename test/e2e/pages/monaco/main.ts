/**
 * A page that shows one file of a room in Monaco, as the demo does: `?room=…&path=…`. Monaco draws only what
 * is in view, so tests read the rest from `window.shown`.
 */
import { connect } from '../../../../client/index.ts'
import type { OpenFile, Room } from '../../../../client/types.ts'
import { monaco } from '../../../../web/editor/monaco-setup.ts'

export interface Shown {
  readonly room: Room
  readonly file: OpenFile
  readonly editor: monaco.editor.ICodeEditor
  readonly errors: readonly string[]
}

const query = new URLSearchParams(location.search)
const room = await connect({ url: location.origin, room: query.get('room') ?? '' })
const file = await room.open(query.get('path') ?? '')
const { openMonaco } = await import('../../../../web/editor/monaco-pane.ts')
const errors: string[] = []
const view = openMonaco(room, file, { failed: ({ message }) => errors.push(message), scrolled: () => {} })
const app = document.querySelector<HTMLElement>('#app')
app?.style.setProperty('height', '600px')
app?.replaceChildren(view.dom)
view.shown()
view.focus()
const editor = monaco.editor.getEditors()[0]
if (!editor) throw new Error('Monaco made no editor')
const shown: Shown = { room, file, editor, errors }
Object.assign(window, { shown })
