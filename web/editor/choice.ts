/**
 * Which editor this window uses: the one in its address, else the user's last choice in
 * this browser, else CodeMirror.
 */

import { FileView } from './codemirror-pane.ts'
import type { MakeFileEditor } from './file-editor.ts'

export type EditorKind = keyof typeof EDITORS

interface Kind {
  readonly name: string
  readonly make: MakeFileEditor
}

export const EDITORS = {
  codemirror: {
    name: 'CodeMirror',
    make: async (room, file, events) => new FileView(room, file, events),
  },
  monaco: {
    name: 'Monaco',
    // A large chunk, loaded only by those who use it.
    make: async (room, file, events) => (await import('./monaco-pane.ts')).openMonaco(room, file, events),
  },
} as const satisfies Record<string, Kind>

const KEY = 'edgeroom-editor'
/** Query parameter, as in `?editor=monaco`. */
const PARAMETER = 'editor'

export function chosenEditor(): EditorKind {
  const wanted = new URLSearchParams(location.search).get(PARAMETER) ?? localStorage.getItem(KEY)
  return wanted !== null && Object.hasOwn(EDITORS, wanted) ? (wanted as EditorKind) : 'codemirror'
}

/** Remembers the choice, and removes the parameter from the address. */
export function chooseEditor(kind: EditorKind): void {
  localStorage.setItem(KEY, kind)
  const url = new URL(location.href)
  url.searchParams.delete(PARAMETER)
  history.replaceState(null, '', url)
}
