/**
 * The parts of Monaco that the demo loads: the usual editing features, and colours for the languages of web
 * projects. No language services, so one worker is enough.
 */
/// <reference types="vite/client" />
import 'monaco-editor/features/bracketMatching/register'
import 'monaco-editor/features/caretOperations/register'
import 'monaco-editor/features/clipboard/register'
import 'monaco-editor/features/codicon/register'
import 'monaco-editor/features/comment/register'
import 'monaco-editor/features/contextmenu/register'
import 'monaco-editor/features/cursorUndo/register'
import 'monaco-editor/features/find/register'
import 'monaco-editor/features/folding/register'
import 'monaco-editor/features/gotoLine/register'
import 'monaco-editor/features/hover/register'
import 'monaco-editor/features/indentation/register'
import 'monaco-editor/features/lineSelection/register'
import 'monaco-editor/features/linesOperations/register'
import 'monaco-editor/features/multicursor/register'
import 'monaco-editor/features/quickCommand/register'
import 'monaco-editor/features/readOnlyMessage/register'
import 'monaco-editor/features/smartSelect/register'
import 'monaco-editor/features/toggleTabFocusMode/register'
import 'monaco-editor/features/unicodeHighlighter/register'
import 'monaco-editor/features/wordHighlighter/register'
import 'monaco-editor/features/wordOperations/register'
import 'monaco-editor/languages/definitions/css/register'
import 'monaco-editor/languages/definitions/html/register'
import 'monaco-editor/languages/definitions/javascript/register'
import 'monaco-editor/languages/definitions/markdown/register'
import 'monaco-editor/languages/definitions/typescript/register'
import { languages } from 'monaco-editor/editor'
import EditorWorker from 'monaco-editor/editor/editor.worker?worker'
import { JSON_COLORS, JSON_CONFIGURATION } from './monaco-json.ts'

export * as monaco from 'monaco-editor/editor'

Object.assign(globalThis, { MonacoEnvironment: { getWorker: () => new EditorWorker() } })

languages.register({ id: 'json', extensions: ['.json'] })
languages.setMonarchTokensProvider('json', JSON_COLORS)
languages.setLanguageConfiguration('json', JSON_CONFIGURATION)

/**
 * Monaco's id of the language for a file extension; `plaintext` if unknown.
 * @param extension in lower case
 */
export function languageIdOf(extension: string): string {
  const known = languages.getLanguages().find(({ extensions }) => extensions?.includes(`.${extension}`))
  return known?.id ?? 'plaintext'
}
