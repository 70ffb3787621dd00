/**
 * Access to the editor page in any browser: built once per test file, and queried by evaluating expressions.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { serveFolder } from '../../support/servers/static-server.ts'
import type { Bench } from '../editor-page/main.ts'

export interface EditorPage {
  readonly url: string
  close(): Promise<void>
}

/** Builds and serves the page. */
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

/** The part of a browser tab that is needed. */
export interface Tab {
  /** Evaluates an expression in the page and awaits it; the value goes through JSON. */
  evaluate(expression: string): Promise<unknown>
}

/** Queries the page. @param look runs in the page, and can use nothing from here but `given` */
export async function ask<T, G>(tab: Tab, look: (bench: Bench, given: G) => T, given?: G) {
  return (await tab.evaluate(`(${look})(window.bench, ${JSON.stringify(given)})`)) as Awaited<T>
}

/** Waits until the page is ready. */
export async function ready(tab: Tab): Promise<void> {
  await tab.evaluate(`new Promise((resolve, reject) => {
    const started = Date.now()
    const look = () => 'bench' in window ? resolve(null)
      : Date.now() - started > 20000 ? reject(new Error('the page did not come up')) : setTimeout(look, 20)
    look()
  })`)
}
