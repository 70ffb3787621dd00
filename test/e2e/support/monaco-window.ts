/**
 * A window with one file of a room in Monaco: a page served beside the demo, under its origin and headers.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { ROOT } from '../../support/servers/bundle.ts'
import type { SharedStack } from '../../support/servers/shared.ts'
import { startStack } from '../../support/servers/stack.ts'
import type { Shown } from '../pages/monaco/main.ts'
import { PAGES } from './pages.ts'

const FOLDER = 'test-pages'

/** A stack without a database that serves the page, which must be built. */
export async function stackWithMonaco(): Promise<SharedStack> {
  const assets = await mkdtemp(join(tmpdir(), 'edgeroom-assets-'))
  await cp(join(ROOT, 'dist/web'), assets, { recursive: true })
  await cp(PAGES, join(assets, FOLDER), { recursive: true })
  const { url, logs, query, close } = await startStack({ quiet: true, withoutDatabase: true, assets })
  return {
    url,
    logs,
    query,
    async close() {
      await close()
      await rm(assets, { recursive: true, force: true })
    },
  }
}

export class MonacoWindow {
  readonly page: Page
  /** Errors of the page, and errors and warnings on its console. */
  readonly errors: string[] = []

  private constructor(page: Page) {
    this.page = page
    page.on('pageerror', (error) => this.errors.push(error.message))
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.errors.push(message.text())
    })
  }

  /** @param address of the room at the demo's origin, as in the address bar */
  static async open(context: BrowserContext, address: string, path: string) {
    const { origin, pathname } = new URL(address)
    const page = await context.newPage()
    const window = new MonacoWindow(page)
    const room = pathname.split('/').at(-1) ?? ''
    await page.goto(`${origin}/${FOLDER}/monaco/?${new URLSearchParams({ room, path })}`)
    try {
      await page.waitForFunction(() => 'shown' in globalThis, undefined, { timeout: 60_000 })
    } catch (error) {
      throw new Error(`Monaco did not come up: ${window.errors.join('; ')}`, { cause: error })
    }
    return window
  }

  /** Queries the page. @param look runs in the page, and can use nothing from here but `given` */
  ask<T, G>(look: (shown: Shown, given: G) => T, given?: G): Promise<Awaited<T>> {
    return this.page.evaluate(`(${look})(window.shown, ${JSON.stringify(given)})`)
  }

  /** The text of the model. @throws if the file has another text */
  async text(): Promise<string> {
    const [model, file] = await this.ask(({ editor, file }) => [editor.getModel()?.getValue(), file.text])
    if (model !== file || model === undefined) throw new Error(`the model has ${model}, the file ${file}`)
    return model
  }

  /** The selections, as [anchor, head] in UTF-16 units. */
  selections(): Promise<number[][]> {
    return this.ask(({ editor }) =>
      (editor.getSelections() ?? []).map((range) => [
        editor
          .getModel()
          ?.getOffsetAt({ lineNumber: range.selectionStartLineNumber, column: range.selectionStartColumn }) ??
          -1,
        editor
          .getModel()
          ?.getOffsetAt({ lineNumber: range.positionLineNumber, column: range.positionColumn }) ?? -1,
      ]),
    )
  }

  /**
   * The left edge of each character in a line, in pixels from the left of the page,
   * and the right edge of the last.
   */
  charactersOf(line: number): Promise<number[]> {
    return this.page.evaluate((given) => {
      const { editor } = (window as unknown as { shown: Shown }).shown
      const left = editor.getDomNode()?.getBoundingClientRect().left ?? 0
      const end = editor.getModel()?.getLineMaxColumn(given) ?? 1
      return Array.from({ length: end }, (_, i) => {
        const place = editor.getScrolledVisiblePosition({ lineNumber: given, column: i + 1 })
        return left + (place?.left ?? Number.NaN)
      })
    }, line)
  }

  /** Moves the cursor to the end of a line, counted from 1. */
  async goTo(line: number): Promise<void> {
    await this.page.locator('.monaco-editor').click()
    await this.page.keyboard.press('Control+Home')
    for (let i = 1; i < line; i++) await this.page.keyboard.press('ArrowDown')
    await this.page.keyboard.press('End')
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text)
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key)
  }

  /** Pastes text as from another program. */
  async paste(text: string): Promise<void> {
    await this.page.evaluate((given) => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/plain', given)
      const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true })
      document.activeElement?.dispatchEvent(event)
    }, text)
  }

  /** The names at the carets of the others, visible or faded. */
  names(): Promise<string[]> {
    return this.page.locator('.edgeroom-caret-label').allTextContents()
  }
}
