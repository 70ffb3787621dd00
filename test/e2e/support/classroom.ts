/**
 * A classroom for tests: a room created in a window of the demo, and windows of others
 * who look at the same file, each in a browser of their own. It keeps track of all windows, to close them
 * and collect their errors.
 */
import { expect } from 'vitest'
import type { SharedStack } from '../../support/servers/shared.ts'
import type { Browsers } from './browsers.ts'
import { EditorWindow } from './editor-window.ts'

export const WAIT = { timeout: 60_000 }
export const SAVED = /^(All changes saved|Connected)$/
/** The file that everyone in a class looks at. */
export const PATH = 'lesson.txt'

export class Classroom {
  readonly stack: SharedStack
  readonly #browsers: Browsers
  #windows: EditorWindow[] = []

  constructor(stack: SharedStack, browsers: Browsers) {
    this.stack = stack
    this.#browsers = browsers
  }

  /** Closes all windows. @returns the errors that occurred in them */
  async clear(): Promise<string[]> {
    const errors = this.#windows.flatMap((window) => window.errors)
    await this.#browsers.clear()
    this.#windows = []
    return errors
  }

  /** Opens a window of another person, in a browser of their own. */
  async open(url: string): Promise<EditorWindow> {
    return this.#remember(await EditorWindow.open(url, await this.#browsers.take()))
  }

  /** Creates a room from the starter project in a window, which becomes the owner's. */
  async openOwn(): Promise<{ readonly owner: EditorWindow; readonly room: string; readonly url: string }> {
    const page = await (await this.#browsers.take()).newPage()
    const owner = this.#remember(new EditorWindow(page))
    await page.goto(`${this.stack.url}/r/no-room-of-that-name`)
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'New room' }).click()
    await page.locator('.tree').waitFor()
    await owner.createFile(PATH)
    const room = new URL(page.url()).pathname.split('/').at(-1) ?? ''
    return { owner, room, url: `${this.stack.url}/r/${room}#${PATH}` }
  }

  /** An owner and three students who look at one file, with their people panels open. */
  async openClass(text: string) {
    const { owner, room, url } = await this.openOwn()
    await owner.type(text)
    await expect.poll(() => owner.connection(), WAIT).toMatch(SAVED)
    const [ann, ben, cat] = [await this.open(url), await this.open(url), await this.open(url)]
    const everybody = [owner, ann, ben, cat]
    for (const window of everybody) {
      await expect.poll(() => window.text(), WAIT).toBe(text)
      await window.openSide('People')
    }
    const name = (window: EditorWindow) => window.name()
    const names = [await name(owner), await name(ann), await name(ben), await name(cat)] as const
    return { owner, ann, ben, cat, everybody, room, url, names }
  }

  #remember(window: EditorWindow): EditorWindow {
    this.#windows.push(window)
    return window
  }
}

/** The people in a window's list with their roles, sorted, for polling. */
export function rolesIn(window: EditorWindow) {
  return expect.poll(async () => (await window.people()).sort(), WAIT)
}
