/**
 * Monaco and CodeMirror together in a real browser: each of two windows edits
 * the same file with one of them.
 */
import type { Page } from 'playwright-core'
import { afterEach, expect, it } from 'vitest'
import { connect } from '../../client/index.ts'
import { TOKENS_FAULT } from '../editors/monaco/tokens-fault.ts'
import { describeIf, needsChromium } from '../support/needs.ts'
import { seeded } from '../support/seeded.ts'
import { beforeAllShared, type SharedStack } from '../support/servers/shared.ts'
import type { Shown } from './pages/monaco/main.ts'
import { Browsers } from './support/browsers.ts'
import { EditorWindow } from './support/editor-window.ts'
import { MonacoWindow, stackWithMonaco } from './support/monaco-window.ts'

const seeds = seeded()

const WAIT = { timeout: 60_000 }

describeIf(needsChromium(), 'a window with Monaco and one with CodeMirror', () => {
  let stack: SharedStack
  let browsers: Browsers
  let errors: string[][] = []

  beforeAllShared(async (once) => {
    stack = await once(stackWithMonaco)
    browsers = await once(Browsers.start)
  })

  afterEach(async () => {
    await browsers.clear()
    const found = errors.flat().filter((error) => !error.startsWith(TOKENS_FAULT))
    errors = []
    expect(found).toEqual([])
  })

  async function openBoth(text: string, path = 'note.txt'): Promise<[MonacoWindow, EditorWindow]> {
    const body = JSON.stringify({ files: { [path]: text } })
    const made = await fetch(`${stack.url}/api/rooms`, { method: 'POST', body })
    const { room } = (await made.json()) as { room: string }
    const address = `${stack.url}/r/${room}`
    const monaco = await MonacoWindow.open(await browsers.take(), address, path)
    const codemirror = await EditorWindow.open(address, await browsers.take())
    errors.push(monaco.errors, codemirror.errors)
    await expect.poll(() => codemirror.text(), WAIT).toBe(text.replaceAll('\r\n', '\n'))
    return [monaco, codemirror]
  }

  async function both(monaco: MonacoWindow, codemirror: EditorWindow, text: string): Promise<void> {
    await expect.poll(() => monaco.text(), WAIT).toBe(text)
    await expect.poll(() => codemirror.text(), WAIT).toBe(text)
  }

  it('end with the same text when both type', async () => {
    const [monaco, codemirror] = await openBoth('first\nsecond\nthird')
    await monaco.goTo(1)
    await codemirror.goTo(3)
    await Promise.all([monaco.type(' from one\nand more'), codemirror.type(' from two')])
    await both(monaco, codemirror, 'first from one\nand more\nsecond\nthird from two')
  })

  it('handle emoji that are replaced and deleted', async () => {
    const [monaco, codemirror] = await openBoth('x😀y👩‍👩‍👧')
    await monaco.goTo(1)
    await monaco.press('Home', 'ArrowRight', 'ArrowRight', 'Backspace')
    await both(monaco, codemirror, 'xy👩‍👩‍👧')
    await monaco.page.keyboard.insertText('😁!')
    await both(monaco, codemirror, 'x😁!y👩‍👩‍👧')
    await codemirror.goTo(1)
    await codemirror.page.keyboard.insertText('🎉')
    await both(monaco, codemirror, 'x😁!y👩‍👩‍👧🎉')
  })

  it('remove characters that a room does not accept from a pasted text', async () => {
    const [monaco, codemirror] = await openBoth('<>')
    await monaco.goTo(1)
    await monaco.press('ArrowLeft')
    await monaco.paste('a\r\nb\rc\0 \u2028😀')
    await monaco.type('!')
    await expect.poll(() => monaco.text(), WAIT).toBe('<a\nb\nc \u2028😀!>')
    // CodeMirror shows a bullet for the Unicode line separator.
    await expect.poll(() => codemirror.text(), WAIT).toBe('<a\nb\nc •😀!>')
  })

  it('undo and redo their own edits only', async () => {
    const [monaco, codemirror] = await openBoth('base')
    await monaco.goTo(1)
    await monaco.type(' mine')
    await both(monaco, codemirror, 'base mine')
    await codemirror.page.locator('.cm-content').click()
    await codemirror.page.keyboard.press('Control+Home')
    await codemirror.type('theirs ')
    await both(monaco, codemirror, 'theirs base mine')
    await monaco.press('Control+Home', 'Control+z')
    await both(monaco, codemirror, 'theirs base')
    expect(await monaco.selections()).toEqual([[11, 11]])
    await monaco.press('Control+z', 'Control+Shift+z')
    await both(monaco, codemirror, 'theirs base mine')
    await monaco.ask(({ editor }) => editor.trigger('menu', 'undo', null))
    await both(monaco, codemirror, 'theirs base')
    await monaco.press('Control+y')
    await both(monaco, codemirror, 'theirs base mine')
  })

  it('show each other’s names and selections in the right place', async () => {
    const [monaco, codemirror] = await openBoth('hello\nwide world')
    await codemirror.goTo(2)
    const name = await codemirror.name()
    await expect.poll(() => monaco.names(), WAIT).toEqual([name])
    const before = await monaco.charactersOf(2)
    const caret = monaco.page.locator('.edgeroom-caret')
    // The caret is after the last letter, as high as its line, and takes no space in the text.
    await expect
      .poll(() => caret.boundingBox().then((box) => Math.round(box?.x ?? 0)), WAIT)
      .toBe(Math.round((before.at(-1) ?? 0) - 1))
    await codemirror.page.keyboard.press('Shift+Control+ArrowLeft')
    const selection = monaco.page.locator('.edgeroom-selection')
    await selection.waitFor()
    const box = await selection.boundingBox()
    expect(Math.round(box?.x ?? 0)).toBe(Math.round(before[5] ?? 0))
    expect(Math.round(box?.width ?? 0)).toBe(Math.round((before[10] ?? 0) - (before[5] ?? 0)))
    expect(await monaco.charactersOf(2)).toEqual(before)
    const colors = await monaco.ask(({ room }) => room.peers.map(({ color }) => color))
    const property = await caret.evaluate((node) => getComputedStyle(node).getPropertyValue('--peer'))
    expect(colors).toEqual([property])
    // And in the other direction.
    await monaco.goTo(1)
    await expect.poll(() => codemirror.cursors(), WAIT).toHaveLength(1)
    await codemirror.page.close()
    await expect.poll(() => monaco.names(), WAIT).toEqual([])
    await selection.waitFor({ state: 'detached' })
  })

  it('show a name again when its person types, and fade it out', async () => {
    const [monaco, codemirror] = await openBoth('one\ntwo')
    await codemirror.goTo(2)
    const label = monaco.page.locator('.edgeroom-caret-label')
    await label.waitFor()
    await label.waitFor({ state: 'hidden' })
    await monaco.goTo(1)
    await monaco.type('!')
    await expect.poll(() => codemirror.text(), WAIT).toBe('one!\ntwo')
    expect(await label.isVisible()).toBe(false)
    await codemirror.type('!')
    await label.waitFor()
    expect(await monaco.page.locator('.edgeroom-caret').getAttribute('aria-hidden')).toBe('true')
  })

  it('publish several cursors, and what is in view', async () => {
    const text = Array.from({ length: 200 }, (_, i) => `line ${i}`).join('\n')
    const [monaco] = await openBoth('start')
    const room = await connect({ url: stack.url, room: await monaco.ask(({ room }) => room.name) })
    const file = await room.open('note.txt')
    file.edit([{ at: 0, remove: 5, insert: text }])
    await expect.poll(() => monaco.text(), WAIT).toBe(text)
    const session = await monaco.ask(({ room }) => room.me.session)
    const seen = () => room.peers.find((peer) => peer.session === session)
    await monaco.goTo(2)
    await monaco.ask(({ editor }) => editor.trigger('test', 'editor.action.insertCursorBelow', null))
    await monaco.press('Shift+Home')
    await expect
      .poll(() => seen()?.selections, WAIT)
      .toEqual([
        { anchor: 13, head: 7 },
        { anchor: 20, head: 14 },
      ])
    const linesInView = () => {
      const { anchor = 0, head = 0 } = seen()?.viewport ?? {}
      return file.text.slice(anchor, head).split('\n')
    }
    expect(linesInView()[0]).toBe('line 0')
    expect(linesInView().length).toBeGreaterThan(10)
    await monaco.ask(({ editor }) => editor.revealLine(200))
    await expect.poll(() => linesInView().at(-1), WAIT).toBe('line 199')
    expect(linesInView()).not.toContain('line 0')
    room.close()
  })

  it('let only editors type, and tell viewers why', async () => {
    const body = JSON.stringify({ files: { 'note.txt': 'to read' }, access: 'view' })
    const made = await fetch(`${stack.url}/api/rooms`, { method: 'POST', body })
    const { room: name, token } = (await made.json()) as { room: string; token: string }
    const address = `${stack.url}/r/${name}`
    const viewer = await MonacoWindow.open(await browsers.take(), address, 'note.txt')
    errors.push(viewer.errors)
    await viewer.goTo(1)
    await viewer.type('!')
    await viewer.page.getByText('You can read this file, but not change it.').first().waitFor()
    expect(await viewer.text()).toBe('to read')
    const owner = await connect({ url: stack.url, room: name, token })
    const file = await owner.open('note.txt')
    owner.setAccess('edit')
    await viewer.page.waitForFunction(() => (window as unknown as { shown: Shown }).shown.room.canEdit)
    await viewer.type(' and write')
    await expect.poll(() => file.text, WAIT).toBe('to read and write')
    owner.setAccess('view')
    await viewer.page.waitForFunction(() => !(window as unknown as { shown: Shown }).shown.room.canEdit)
    await viewer.press('Backspace', 'Control+z')
    expect(await viewer.text()).toBe('to read and write')
    owner.close()
  })

  it('find confusable characters, in the only worker', async () => {
    const [monaco] = await openBoth('let \u0430dmin = 1', 'a.js')
    await monaco.page.locator('.unicode-highlight').waitFor()
    expect(monaco.page.workers().map((worker) => new URL(worker.url()).pathname)).toEqual([
      expect.stringMatching(/^\/test-pages\/assets\/editor\.worker-.*\.js$/),
    ])
  })

  it('load Monaco only where it is used', async () => {
    const [monaco, codemirror] = await openBoth('text')
    const loaded = (page: Page) =>
      page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname))
    expect((await loaded(codemirror.page)).filter((path) => path.includes('monaco'))).toEqual([])
    expect((await loaded(monaco.page)).filter((path) => path.includes('monaco-pane'))).not.toEqual([])
  })

  it('keep the view in place when the other inserts lines above it', async () => {
    const text = Array.from({ length: 200 }, (_, i) => `line ${i}`).join('\n')
    const [monaco, codemirror] = await openBoth('start')
    await codemirror.goTo(1)
    await codemirror.page.keyboard.press('Control+a')
    await codemirror.page.keyboard.insertText(text)
    await expect.poll(() => monaco.text(), WAIT).toBe(text)
    await monaco.ask(({ editor }) => editor.setScrollTop(editor.getTopForLineNumber(101) + 7))
    const place = () =>
      monaco.page
        .locator('.view-line', { hasText: /^line.110$/ })
        .evaluate((line) => line.getBoundingClientRect().top)
    await expect.poll(place, WAIT).toBeGreaterThan(0)
    const before = await place()
    await codemirror.page.keyboard.press('Control+Home')
    await codemirror.type('two\nlines\n')
    await expect.poll(() => monaco.text(), WAIT).toContain('two\nlines\nline 0')
    await expect.poll(place, WAIT).toBe(before)
  })

  it('keep a composition going while the other types around it and next to it', async () => {
    const [monaco, codemirror] = await openBoth('start end\nlast')
    await monaco.goTo(1)
    const input = await monaco.page.context().newCDPSession(monaco.page)
    await input.send('Input.imeSetComposition', { text: 'に', selectionStart: 1, selectionEnd: 1 })
    await both(monaco, codemirror, 'start endに\nlast')
    await codemirror.goTo(1)
    await codemirror.type('!')
    await codemirror.page.keyboard.press('Control+Home')
    await codemirror.type('> ')
    await both(monaco, codemirror, '> start endに!\nlast')
    await input.send('Input.imeSetComposition', { text: 'にほ', selectionStart: 2, selectionEnd: 2 })
    await both(monaco, codemirror, '> start endにほ!\nlast')
    await input.send('Input.insertText', { text: '日本' })
    await both(monaco, codemirror, '> start end日本!\nlast')
  })

  it('converge under Monaco’s own commands, while another client edits at random', async () => {
    const [monaco, codemirror] = await openBoth('let a = [1]\n  let 😀 = "b"\n', 'a.js')
    const room = await connect({ url: stack.url, room: await monaco.ask(({ room }) => room.name) })
    const file = await room.open('a.js')
    const choices = Array.from({ length: 400 }, () => seeds.random.int(1_000_000))
    const mine = monaco.ask(async ({ editor }, choices) => {
      const commands = [
        ...['deleteLeft', 'deleteRight', 'cursorUndo', 'editor.action.copyLinesDownAction', 'outdent', 'tab'],
        ...[
          'editor.action.moveLinesUpAction',
          'editor.action.commentLine',
          'cursorUp',
          'cursorWordLeftSelect',
        ],
        ...['editor.action.insertCursorBelow', 'removeSecondaryCursors', 'editor.action.indentLines'],
        ...['deleteWordLeft', 'cursorHome', 'cursorEndSelect', 'editor.action.deleteLines', 'cursorDown'],
      ]
      const typed = ['a', '{', '"', '\n', '(', '😀', '\n', ' ', '漢', '\0', '\r\n', 'x\ud83d']
      for (const number of choices) {
        const choice = number % (commands.length + typed.length * 2)
        const command = commands[choice]
        if (command) editor.trigger('test', command, {})
        else editor.trigger('keyboard', 'type', { text: typed[choice % typed.length] })
        if (number % 4 === 0) await new Promise((next) => requestAnimationFrame(next))
      }
    }, choices)
    for (let i = 0; i < 300; i++) {
      const { random } = seeds
      const points = [...file.text]
      const [from, length] = [random.int(points.length + 1), random.int(3)]
      const at = points.slice(0, from).join('').length
      const remove = points.slice(from, from + length).join('').length
      file.edit([{ at, remove, insert: random.pick(['', 'r', '\n', '🎉']) }])
      if (random.chance(0.3)) await room.settled()
    }
    await mine
    await monaco.ask(({ room }) => room.settled())
    await room.settled()
    await expect.poll(async () => (await monaco.text()) === file.text, WAIT).toBe(true)
    expect(file.text).not.toMatch(/[\0\r]|\p{Surrogate}/u)
    expect(file.text.length).toBeGreaterThan(20)
    expect(await monaco.ask(({ errors }) => errors)).toEqual([])
    room.close()
    await codemirror.page.close()
  })
})
