/** CodeMirror languages by file extension. Each is a separate chunk, loaded when a file first needs it. */
import type { Extension } from '@codemirror/state'

const LOADERS: Readonly<Record<string, () => Promise<Extension>>> = {
  js: () => javascript({ jsx: true }),
  mjs: () => javascript({}),
  cjs: () => javascript({}),
  jsx: () => javascript({ jsx: true }),
  ts: () => javascript({ typescript: true }),
  mts: () => javascript({ typescript: true }),
  tsx: () => javascript({ typescript: true, jsx: true }),
  html: async () => (await import('@codemirror/lang-html')).html(),
  css: async () => (await import('@codemirror/lang-css')).css(),
  json: async () => (await import('@codemirror/lang-json')).json(),
  md: async () => (await import('@codemirror/lang-markdown')).markdown(),
}

/** The language extension for CodeMirror; empty for plain text. */
export async function languageOf(path: string): Promise<Extension> {
  return (await LOADERS[extensionOf(path)]?.()) ?? []
}

/** The extension of a path in lower case, without its dot; '' if it has none. */
export function extensionOf(path: string): string {
  return /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? ''
}

async function javascript(config: { jsx?: boolean; typescript?: boolean }): Promise<Extension> {
  return (await import('@codemirror/lang-javascript')).javascript(config)
}
