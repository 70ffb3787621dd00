/**
 * Two windows of the demo in real browsers, on the whole system: typing,
 * presence, offline work, files, undo.
 */
import { afterEach, expect, it } from 'vitest'
import { describeIf, needsChromium } from '../support/needs.ts'
import { beforeAllShared, type SharedStack, wholeStack } from '../support/servers/shared.ts'
import { Browsers } from './support/browsers.ts'
import { EditorWindow } from './support/editor-window.ts'

const WAIT = { timeout: 60_000 }
const SAVED = /^(All changes saved|Connected)$/

describeIf(needsChromium(), 'two windows of the demo', () => {
  let stack: SharedStack
  let browsers: Browsers
  let windows: EditorWindow[] = []

  beforeAllShared(async (once) => {
    stack = await once(wholeStack)
    browsers = await once(Browsers.start)
  })

  afterEach(async () => {
    const errors = windows.flatMap((window) => window.errors)
    await browsers.clear()
    windows = []
    expect(errors).toEqual([])
  })

  async function makeRoom(files: Record<string, string>): Promise<string> {
    const answer = await fetch(`${stack.url}/api/rooms`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ files }),
    })
    expect(answer.status).toBe(201)
    const { room } = (await answer.json()) as { room: string }
    return `${stack.url}/r/${room}`
  }

  /** Opens another person's window, in a browser of their own. */
  async function open(url: string): Promise<EditorWindow> {
    const window = await EditorWindow.open(url, await browsers.take())
    windows.push(window)
    return window
  }

  async function openTwo(text: string): Promise<[EditorWindow, EditorWindow]> {
    const url = await makeRoom({ 'note.txt': text })
    const one = await open(url)
    const two = await open(url)
    await expect.poll(() => one.text(), WAIT).toBe(text)
    await expect.poll(() => two.text(), WAIT).toBe(text)
    return [one, two]
  }

  /** Waits until everything is saved and both show the same text. @returns the text */
  async function merged(one: EditorWindow, two: EditorWindow): Promise<string> {
    await expect.poll(() => one.connection(), WAIT).toMatch(SAVED)
    await expect.poll(() => two.connection(), WAIT).toMatch(SAVED)
    await expect.poll(async () => (await one.text()) === (await two.text()), WAIT).toBe(true)
    return one.text()
  }

  it('end with the same text when both type', async () => {
    const [one, two] = await openTwo('first\nsecond\nthird')
    await one.goTo(1)
    await two.goTo(3)
    await Promise.all([one.type(' from one\nand more'), two.type(' from two')])
    const text = 'first from one\nand more\nsecond\nthird from two'
    await expect.poll(() => one.text(), WAIT).toBe(text)
    await expect.poll(() => two.text(), WAIT).toBe(text)
  })

  it('end with the same text when both type in the same place over a slow network', async () => {
    const [one, two] = await openTwo('|')
    await one.setLatency(300)
    await two.setLatency(150)
    await one.goTo(1)
    await two.goTo(1)
    await Promise.all([one.type('abcdef'), two.type('123456')])
    await one.setLatency(0)
    await two.setLatency(0)
    await expect.poll(async () => (await one.text()).length, WAIT).toBe(13)
    const text = await merged(one, two)
    expect(text.replace(/[^a-f]/g, '')).toBe('abcdef')
    expect(text.replace(/\D/g, '')).toBe('123456')
  })

  it('show each other’s names in the header and at the cursors', async () => {
    const [one, two] = await openTwo('hello\nworld')
    await one.goTo(1)
    await two.goTo(2)
    const [first, second] = [await one.name(), await two.name()]
    await expect.poll(() => one.others(), WAIT).toEqual([second])
    await expect.poll(() => two.others(), WAIT).toEqual([first])
    await expect.poll(() => one.cursors(), WAIT).toEqual([second])
    await expect.poll(() => two.cursors(), WAIT).toEqual([first])
    const top = () =>
      two.page.locator('.cm-peer-caret').evaluate((caret) => Number.parseFloat(caret.style.top))
    const before = await top()
    await one.goTo(2)
    await expect.poll(top, WAIT).toBeGreaterThan(before)
  })

  it('merge what both typed while one was cut off', async () => {
    const [one, two] = await openTwo('alpha\nbeta')
    await one.setCut(true)
    await expect.poll(() => one.connection(), WAIT).toBe('Reconnecting…')
    await expect.poll(() => two.others(), WAIT).toEqual([])
    await one.goTo(1)
    await one.type(' written offline')
    await expect.poll(() => one.connection(), WAIT).toBe('Offline – 1 change waiting')
    await two.goTo(2)
    await two.type(' written online')
    await expect.poll(() => two.connection(), WAIT).toMatch(SAVED)
    expect(await two.text()).toBe('alpha\nbeta written online')
    await one.setCut(false)
    const text = 'alpha written offline\nbeta written online'
    await expect.poll(() => one.text(), WAIT).toBe(text)
    await expect.poll(() => two.text(), WAIT).toBe(text)
    expect(await merged(one, two)).toBe(text)
  })

  it('report at once that the network is off, and resume when it is back', async ({ onTestFinished }) => {
    const url = await makeRoom({ 'note.txt': 'alpha' })
    // A context of its own: that a page is offline is known to its renderer as a whole.
    const context = await browsers.chromium.newContext()
    onTestFinished(() => context.close())
    const [one, two] = [await EditorWindow.open(url, context), await open(url)]
    windows.push(one)
    await expect.poll(() => one.text(), WAIT).toBe('alpha')
    await context.setOffline(true)
    await expect.poll(() => one.connection(), { timeout: 3_000 }).toBe('Offline')
    await one.goTo(1)
    await one.type(' written offline')
    await expect.poll(() => one.connection(), WAIT).toMatch(/^Offline – \d changes? waiting$/)
    await context.setOffline(false)
    await expect.poll(() => one.connection(), WAIT).toMatch(SAVED)
    expect(await merged(one, two)).toBe('alpha written offline')
  })

  it('show the cursor of a reconnected peer in the right place', async () => {
    const [one, two] = await openTwo('first\nsecond')
    await one.goTo(2)
    await two.goTo(1)
    await two.page.keyboard.press('Home')
    await two.type('long before\n')
    const text = 'long before\nfirst\nsecond'
    await expect.poll(() => one.text(), WAIT).toBe(text)
    const place = () =>
      two.page.locator('.cm-peer-caret').evaluateAll((carets) => carets.map(({ style }) => style.cssText))
    await expect.poll(place, WAIT).toHaveLength(1)
    const before = await place()
    await one.toggleCut()
    await expect.poll(() => two.cursors(), WAIT).toEqual([])
    await one.toggleCut()
    await expect.poll(place, WAIT).toEqual(before)
  })

  it('hand back what was typed into a file that the other removed meanwhile', async () => {
    const [one, two] = await openTwo('shared')
    await one.setCut(true)
    await expect.poll(() => one.connection(), WAIT).toBe('Reconnecting…')
    await one.goTo(1)
    await one.type(' lost words')
    await two.removeFile('note.txt')
    await expect.poll(() => two.connection(), WAIT).toMatch(SAVED)
    await one.setCut(false)
    const refusal = one.page.getByRole('alert').filter({ hasText: 'Some of your work is not in the room' })
    await refusal.getByText('shared lost words').waitFor()
    await refusal.getByRole('button', { name: 'Dismiss' }).click()
    await refusal.waitFor({ state: 'detached' })
  })

  it('undo their own edits only', async () => {
    const [one, two] = await openTwo('base')
    await one.goTo(1)
    await one.type(' mine')
    await expect.poll(() => two.text(), WAIT).toBe('base mine')
    await two.page.locator('.cm-content').click()
    await two.page.keyboard.press('Control+Home')
    await two.type('theirs ')
    await expect.poll(() => one.text(), WAIT).toBe('theirs base mine')
    await one.page.keyboard.press('Control+z')
    await expect.poll(() => two.text(), WAIT).toBe('theirs base')
    await one.page.keyboard.press('Control+z')
    await one.page.keyboard.press('Control+Shift+z')
    await expect.poll(() => two.text(), WAIT).toBe('theirs base mine')
    await two.page.keyboard.press('Control+z')
    await expect.poll(() => one.text(), WAIT).toBe('base mine')
  })

  it('see files that the other creates, renames and removes', async () => {
    const [one, two] = await openTwo('')
    await one.createFile('src/new.js')
    await one.type('let a = 1')
    await expect.poll(() => two.paths(), WAIT).toEqual(['src/new.js', 'note.txt'])
    await two.openFile('src/new.js')
    await expect.poll(() => two.text(), WAIT).toBe('let a = 1')
    await one.renameFile('src/new.js', 'src/renamed.js')
    await expect.poll(() => two.paths(), WAIT).toEqual(['src/renamed.js', 'note.txt'])
    await expect.poll(() => two.page.title(), WAIT).toContain('renamed.js')
    await two.goTo(1)
    await two.type(' // two')
    await expect.poll(() => one.text(), WAIT).toBe('let a = 1 // two')
    await one.removeFile('src/renamed.js')
    await expect.poll(() => two.paths(), WAIT).toEqual(['note.txt'])
    await two.page.getByText('This file was removed').waitFor()
  })

  it('can restore a file that the other removed, with its last text', async () => {
    const [one, two] = await openTwo('precious')
    await one.removeFile('note.txt')
    await two.page.getByRole('button', { name: 'Restore this file' }).click()
    await expect.poll(() => one.paths(), WAIT).toEqual(['note.txt'])
    await one.openFile('note.txt')
    await expect.poll(() => one.text(), WAIT).toBe('precious')
  })

  it('rename a folder with everything in it', async () => {
    const url = await makeRoom({ 'src/a.js': 'a', 'src/deep/b.js': 'b', 'top.js': '' })
    const [one, two] = [await open(url), await open(url)]
    await one.renameFile('src', 'lib')
    await expect.poll(() => two.paths(), WAIT).toEqual(['lib/deep/b.js', 'lib/a.js', 'top.js'])
  })

  it('keep the text and the open file across a reload', async () => {
    const [one, two] = await openTwo('kept')
    const name = await one.name()
    await one.goTo(1)
    await one.type(' for ever')
    await expect.poll(() => two.text(), WAIT).toBe('kept for ever')
    await one.page.reload()
    await expect.poll(() => one.text(), WAIT).toBe('kept for ever')
    expect(await one.name()).toBe(name)
    expect(new URL(one.page.url()).hash).toBe('#note.txt')
  })

  it('are two people even in one browser', async () => {
    const url = await makeRoom({ 'note.txt': '' })
    const one = await open(url)
    const two = await EditorWindow.open(url, one.page.context())
    windows.push(two)
    await expect.poll(async () => (await two.others()).length, WAIT).toBe(1)
    const token = (window: EditorWindow) =>
      window.page.evaluate(() => sessionStorage.getItem('edgeroom-guest'))
    expect(await token(one)).toMatch(/^guest-[0-9a-f]{32}$/)
    expect(await token(two)).not.toBe(await token(one))
  })

  it('keep a composition going while the other types around it', async () => {
    const [one, two] = await openTwo('start end\nlast')
    await one.goTo(1)
    const input = await one.page.context().newCDPSession(one.page)
    await input.send('Input.imeSetComposition', { text: 'に', selectionStart: 1, selectionEnd: 1 })
    await two.page.locator('.cm-content').click()
    await two.page.keyboard.press('Control+Home')
    await two.type('> ')
    await expect.poll(() => one.text(), WAIT).toBe('> start endに\nlast')
    await input.send('Input.imeSetComposition', { text: 'にほ', selectionStart: 2, selectionEnd: 2 })
    await two.goTo(2)
    await two.type('!')
    await expect.poll(() => one.text(), WAIT).toBe('> start endにほ\nlast!')
    await input.send('Input.insertText', { text: '日本' })
    await expect.poll(() => two.text(), WAIT).toBe('> start end日本\nlast!')
    expect(await merged(one, two)).toBe('> start end日本\nlast!')
  })

  it('normalize line endings in pasted text, and keep emoji', async () => {
    const [one, two] = await openTwo('')
    await one.page.locator('.cm-content').click()
    await one.page.locator('.cm-content').evaluate((content) => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/plain', 'a\r\nb\rc 😀')
      content.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
    })
    await expect.poll(() => two.text(), WAIT).toBe('a\nb\nc 😀')
    await one.page.keyboard.press('Backspace')
    await one.page.keyboard.insertText('😁!')
    await expect.poll(() => two.text(), WAIT).toBe('a\nb\nc 😁!')
    expect(await merged(one, two)).toBe('a\nb\nc 😁!')
  })

  it('keep the undo history of a file while another is open', async () => {
    const url = await makeRoom({ 'a.txt': 'a', 'b.txt': 'b' })
    const one = await open(`${url}#a.txt`)
    await one.goTo(1)
    await one.type('aa')
    await one.openFile('b.txt')
    const two = await open(`${url}#a.txt`)
    await expect.poll(() => two.text(), WAIT).toBe('aaa')
    await two.page.locator('.cm-content').click()
    await two.page.keyboard.press('Control+Home')
    await two.type('> ')
    await expect.poll(() => two.connection(), WAIT).toMatch(SAVED)
    await one.openFile('a.txt')
    await expect.poll(() => one.text(), WAIT).toBe('> aaa')
    await one.page.keyboard.press('Control+z')
    await expect.poll(() => two.text(), WAIT).toBe('> a')
  })

  it('offer to create a room that does not exist', async () => {
    const page = await (await browsers.take()).newPage()
    await page.goto(`${stack.url}/r/not-made-yet`)
    await page.getByText('There is no room “not-made-yet”').waitFor()
    await page.getByRole('button', { name: 'Create it' }).click()
    await page.locator('.tree [data-path="README.md"]').waitFor()
    await page.goto(`${stack.url}/`)
    await page.locator('.tree [data-path="README.md"]').waitFor()
  })
})
