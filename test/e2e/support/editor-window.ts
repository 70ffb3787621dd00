/**
 * A window of the demo as its user sees it: everything is read from the page and done with pointer and keys.
 * Texts are read line by line from the editor, which draws only what is in view: keep the files of a test short.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core'

export class EditorWindow {
  readonly page: Page
  /** What went wrong in the page, by its own account. */
  readonly errors: string[] = []

  constructor(page: Page) {
    this.page = page
    page.on('pageerror', (error) => this.errors.push(error.message))
  }

  /** Opens `url` as a guest of its own, or in `context` as another window of the same browser. Waits for the file list. */
  static async open(url: string, from: Browser | BrowserContext): Promise<EditorWindow> {
    const page = await from.newPage()
    const window = new EditorWindow(page)
    await page.goto(url)
    try {
      await page.locator('.tree').waitFor({ timeout: 20_000 })
    } catch (error) {
      const shown = await page.locator('body').textContent()
      throw new Error(`the room was not entered; the page shows: ${shown}; errors: ${window.errors}`, {
        cause: error,
      })
    }
    return window
  }

  /** The text that the editor shows. */
  async text(): Promise<string> {
    const lines = await this.page.locator('.cm-content .cm-line').allTextContents()
    return lines.join('\n')
  }

  /** Puts the cursor at the end of a line, counted from 1. */
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

  /** The name this window's user has in the room. */
  async name(): Promise<string> {
    const title = await this.page.locator('.people .badge').first().getAttribute('title')
    return (title ?? '').replace(' (you)', '')
  }

  /** The names of everybody else who is here. */
  async others(): Promise<string[]> {
    const labels = await this.page
      .locator('.people .badge')
      .evaluateAll((badges) => badges.map((badge) => badge.getAttribute('title') ?? ''))
    return labels.slice(1).map((label) => label.replace(/[,:].*/, ''))
  }

  /** The names at the cursors in the editor, whether they show just now or not. */
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

  /** Cuts or mends the connection as a network does: the focus stays where it is. */
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

  /** By keys alone. */
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

  /** Whether the text can be changed, as a browser and a screen reader are told. */
  async canType(): Promise<boolean> {
    const content = this.page.locator('.cm-content')
    const [editable, readOnly] = [
      await content.getAttribute('contenteditable'),
      await content.getAttribute('aria-readonly'),
    ]
    return editable === 'true' && readOnly === null
  }

  /** Opens a part of the column on the right. */
  async openSide(part: 'People' | 'Chat'): Promise<void> {
    const button = this.page.getByRole('banner').getByRole('button', { name: new RegExp(`^${part}`) })
    if ((await button.getAttribute('aria-expanded')) === 'false') await button.click()
    await this.page.getByRole('region', { name: part }).waitFor()
  }

  /** The row of somebody in the list of people. */
  person(name: string) {
    const lists = '[aria-label="People in this room"], [aria-label="Not here now"]'
    return this.page.locator(`:is(${lists}) > .person`, { hasText: name })
  }

  /** The people and their roles, in the order of the list: `Mint Otter: Owner`. */
  people(): Promise<string[]> {
    return this.page.locator('[aria-label="People in this room"] > .person').evaluateAll((rows) =>
      rows.map((row) => {
        const of = (selector: string) => row.querySelector(selector)?.firstChild?.textContent
        return `${of('.person-name')}: ${of('.role')}`
      }),
    )
  }

  /** Chooses from the menu that the owner has for somebody, and says yes where there is a question. */
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

  /** Says something in the chat, by keys. */
  async say(text: string): Promise<void> {
    await this.page.getByRole('textbox', { name: 'Message to everybody here' }).fill(text)
    await this.page.keyboard.press('Enter')
  }

  /** What is in the chat: who said what, and who came and went. */
  chat(): Promise<string[]> {
    return this.page.locator('.sayings > li').evaluateAll((items) =>
      items.map((item) => {
        const name = item.querySelector('strong')?.textContent
        const texts = [...item.querySelectorAll('.said')].map((said) => said.textContent)
        return name == null ? (item.textContent ?? '') : `${name}: ${texts.join(' / ')}`
      }),
    )
  }

  /** What was refused and is handed back, to copy. */
  handedBack(): Promise<string[]> {
    return this.page.locator('.rejection pre').allTextContents()
  }

  /** The number of the first line that can be seen. */
  firstLine(): Promise<number> {
    return this.page.locator('.cm-scroller').evaluate((scroller) => {
      const { top } = scroller.getBoundingClientRect()
      const numbers = [...scroller.querySelectorAll('.cm-lineNumbers .cm-gutterElement')]
      const first = numbers.find((number) => number.getBoundingClientRect().bottom > top + 2)
      return Number(first?.textContent ?? 0)
    })
  }
}
