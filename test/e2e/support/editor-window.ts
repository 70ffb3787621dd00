/**
 * A window of the demo as its user sees it: everything is read from the page and done by
 * pointer and keyboard. Text is read from the editor's lines, and only lines in view are drawn:
 * keep the files of a test short.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core'

export class EditorWindow {
  readonly page: Page
  /** Uncaught errors in the page. */
  readonly errors: string[] = []

  constructor(page: Page) {
    this.page = page
    page.on('pageerror', (error) => this.errors.push(error.message))
  }

  /**
   * Opens `url` as a new guest, or in `context` as another window of the same
   * browser. Waits for the file list.
   */
  static async open(url: string, from: Browser | BrowserContext): Promise<EditorWindow> {
    const page = await from.newPage()
    const window = new EditorWindow(page)
    await page.goto(url)
    try {
      await page.locator('.tree').waitFor({ timeout: 60_000 })
    } catch (error) {
      const shown = await page.locator('body').textContent()
      throw new Error(`the room was not joined; the page shows: ${shown}; errors: ${window.errors}`, {
        cause: error,
      })
    }
    return window
  }

  /** The text shown by the editor. */
  async text(): Promise<string> {
    const lines = await this.page.locator('.cm-content .cm-line').allTextContents()
    return lines.join('\n')
  }

  /** Moves the cursor to the end of a line, counted from 1. */
  async goTo(line: number): Promise<void> {
    await this.page
      .locator('.cm-line')
      .nth(line - 1)
      .click()
    await this.page.keyboard.press('End')
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text)
  }

  /** The name of this window's user. */
  async name(): Promise<string> {
    const title = await this.page.locator('.people .badge').first().getAttribute('title')
    return (title ?? '').replace(' (you)', '')
  }

  /** The names of everyone else in the room. */
  async others(): Promise<string[]> {
    const labels = await this.page
      .locator('.people .badge')
      .evaluateAll((badges) => badges.map((badge) => badge.getAttribute('title') ?? ''))
    return labels.slice(1).map((label) => label.replace(/[,:].*/, ''))
  }

  /** The names at the cursors in the editor, visible or faded. */
  cursors(): Promise<string[]> {
    return this.page.locator('.cm-peer-label').allTextContents()
  }

  /** The paths in the file list. */
  paths(): Promise<string[]> {
    return this.page
      .locator('.tree [role=treeitem]:not(.folder)')
      .evaluateAll((items) => items.map((item) => item.dataset.path ?? ''))
  }

  async connection(): Promise<string> {
    return (await this.page.locator('.connection .words').textContent()) ?? ''
  }

  async setCut(cut: boolean): Promise<void> {
    await this.page.getByRole('switch', { name: 'Cut the connection' }).setChecked(cut)
  }

  /** Cuts or restores the connection without moving the focus. */
  async toggleCut(): Promise<void> {
    await this.page.locator('#cut').evaluate((box) => (box as HTMLInputElement).click())
  }

  /** @param ms each way */
  async setLatency(ms: number): Promise<void> {
    await this.page.getByRole('slider', { name: 'Latency each way' }).fill(String(ms))
  }

  async openFile(path: string): Promise<void> {
    await this.row(path).click()
    await this.page.getByRole('textbox', { name: `Text of ${path}` }).waitFor()
  }

  async createFile(path: string): Promise<void> {
    await this.page.getByRole('button', { name: 'New file' }).click()
    await this.page.getByRole('textbox', { name: 'Path of the new file' }).fill(path)
    await this.page.keyboard.press('Enter')
    await this.page.getByRole('textbox', { name: `Text of ${path}` }).waitFor()
  }

  /** Uses the keyboard only. */
  async renameFile(from: string, to: string): Promise<void> {
    await this.row(from).focus()
    await this.page.keyboard.press('F2')
    await this.page.getByRole('textbox', { name: 'New path' }).fill(to)
    await this.page.keyboard.press('Enter')
  }

  async removeFile(path: string): Promise<void> {
    await this.row(path).click({ button: 'right' })
    await this.page.getByRole('menuitem', { name: 'Remove' }).click()
    await this.page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  }

  row(path: string) {
    return this.page.locator(`.tree [data-path="${path}"]`)
  }

  /** Whether the text is editable, for browsers and for screen readers. */
  async canType(): Promise<boolean> {
    const content = this.page.locator('.cm-content')
    const [editable, readOnly] = [
      await content.getAttribute('contenteditable'),
      await content.getAttribute('aria-readonly'),
    ]
    return editable === 'true' && readOnly === null
  }

  /** Opens a panel of the side column. */
  async openSide(part: 'People' | 'Chat'): Promise<void> {
    const button = this.page.getByRole('banner').getByRole('button', { name: new RegExp(`^${part}`) })
    if ((await button.getAttribute('aria-expanded')) === 'false') await button.click()
    await this.page.getByRole('region', { name: part }).waitFor()
  }

  /** The row of a person in the list of people. */
  person(name: string) {
    const lists = '[aria-label="People in this room"], [aria-label="Not here now"]'
    return this.page.locator(`:is(${lists}) > .person`, { hasText: name })
  }

  /** The people with their roles, in list order: `Mint Otter: Owner`. */
  people(): Promise<string[]> {
    return this.page.locator('[aria-label="People in this room"] > .person').evaluateAll((rows) =>
      rows.map((row) => {
        const of = (selector: string) => row.querySelector(selector)?.firstChild?.textContent
        return `${of('.person-name')}: ${of('.role')}`
      }),
    )
  }

  /** Chooses an action from the owner's menu for a person, and confirms if asked. */
  async manage(name: string, action: string): Promise<void> {
    await this.person(name)
      .getByRole('button', { name: `Actions for ${name}` })
      .click()
    await this.page.getByRole('menuitem', { name: action }).click()
    if (action.endsWith('…')) await this.page.getByRole('dialog').locator('button[value=yes]').click()
  }

  async setSwitch(name: string, on: boolean): Promise<void> {
    await this.page.getByRole('switch', { name }).setChecked(on)
  }

  /** Sends a chat message by keyboard. */
  async say(text: string): Promise<void> {
    await this.page.getByRole('textbox', { name: 'Message to everybody here' }).fill(text)
    await this.page.keyboard.press('Enter')
  }

  /** The items of the chat: messages with their author, and arrivals. */
  chat(): Promise<string[]> {
    return this.page.locator('.sayings > li').evaluateAll((items) =>
      items.map((item) => {
        const name = item.querySelector('strong')?.textContent
        const texts = [...item.querySelectorAll('.said')].map((said) => said.textContent)
        return name == null ? (item.textContent ?? '') : `${name}: ${texts.join(' / ')}`
      }),
    )
  }

  /** Texts that were refused and handed back for copying. */
  handedBack(): Promise<string[]> {
    return this.page.locator('.rejection pre').allTextContents()
  }

  /** The number of the first visible line. */
  firstLine(): Promise<number> {
    return this.page.locator('.cm-scroller').evaluate((scroller) => {
      const { top } = scroller.getBoundingClientRect()
      const numbers = [...scroller.querySelectorAll('.cm-lineNumbers .cm-gutterElement')]
      const first = numbers.find((number) => number.getBoundingClientRect().bottom > top + 2)
      return Number(first?.textContent ?? 0)
    })
  }
}
