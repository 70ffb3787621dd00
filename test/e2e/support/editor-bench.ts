/** The page of editor-page in a browser, whichever one: built once for a test file, and asked through one expression at a time. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { serveFolder } from '../../support/static-server.ts'
import type { Bench } from '../editor-page/main.ts'

export interface EditorPage {
  readonly url: string
  close(): Promise<void>
}

/** Builds the page and serves it. */
export async function serveEditorPage(): Promise<EditorPage> {
  const folder = await mkdtemp(join(tmpdir(), 'edgeroom-editor-'))
  await build({
    root: join(import.meta.dirname, '../editor-page'),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: Infinity },
  })
  const server = await serveFolder(folder)
  return {
    url: server.url,
    async close() {
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** What is needed of a tab of a browser. */
export interface Tab {
  /** The value of an expression in the page, awaited there; it goes through JSON. */
  evaluate(expression: string): Promise<unknown>
}

/** Asks the page. @param look runs there, and can use nothing from here but `given` */
export async function ask<T, G>(tab: Tab, look: (bench: Bench, given: G) => T, given?: G) {
  return (await tab.evaluate(`(${look})(window.bench, ${JSON.stringify(given)})`)) as Awaited<T>
}

/** Waits until the page has come up. */
export async function ready(tab: Tab): Promise<void> {
  await tab.evaluate(`new Promise((resolve, reject) => {
    const started = Date.now()
    const look = () => 'bench' in window ? resolve(null)
      : Date.now() - started > 20000 ? reject(new Error('the page did not come up')) : setTimeout(look, 20)
    look()
  })`)
}
