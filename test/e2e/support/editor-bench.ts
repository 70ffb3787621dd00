/**
 * Access to the editor page in any browser: it needs no Worker, and is queried by evaluating expressions.
 */
import { serveFolder } from '../../support/servers/static-server.ts'
import type { Bench } from '../pages/editor/main.ts'
import { PAGES } from './pages.ts'

export interface EditorPage {
  readonly url: string
  close(): Promise<void>
}

/** Serves the page, which must be built. */
export async function serveEditorPage(): Promise<EditorPage> {
  const { url, close } = await serveFolder(PAGES)
  return { url: `${url}/editor/index.html`, close }
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
