/**
 * Compositions (of an input method or a phone's keyboard) while others change the same file: with the real
 * input events of a browser, in both editors, as on a desktop and on Android.
 */
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Edit } from '../../client/types.ts'
import type { EditorKind } from '../../web/editor/choice.ts'
import { describeIf, needsChromium } from '../support/needs.ts'
import { beforeAllShared } from '../support/servers/shared.ts'
import { Browsers } from './support/browsers.ts'
import { ask, type EditorPage, ready, serveEditorPage } from './support/editor-bench.ts'

const WAIT = { timeout: 60_000, interval: 20 }
const ANDROID =
  'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36'

const TEXT = 'first\nsay: |\nlast\n'
/** Where the composition is: after `say: `. */
const AT = TEXT.indexOf('|')

interface Case {
  readonly title: string
  /** A remote edit, made while `abc` is being composed. */
  readonly edit: Edit
  /** The text after `abcd` was committed. */
  readonly after: string
}

const insert = (at: number, text: string): Edit => ({ at, remove: 0, insert: text })
const remove = (at: number, units: number): Edit => ({ at, remove: units, insert: '' })

/** At the time of the edit the file has `first\nsay: abc|\nlast\n`. */
const CASES: readonly Case[] = [
  { title: 'text before it on its line', edit: insert(6, 'I '), after: 'first\nI say: abcd|\nlast\n' },
  { title: 'text right before it', edit: insert(AT, 'x'), after: 'first\nsay: xabcd|\nlast\n' },
  { title: 'text within it', edit: insert(AT + 1, 'XY'), after: 'first\nsay: aXYbcd|\nlast\n' },
  { title: 'text right after it', edit: insert(AT + 3, 'x'), after: 'first\nsay: abcdx|\nlast\n' },
  { title: 'text after it on its line', edit: insert(AT + 4, ' x'), after: 'first\nsay: abcd| x\nlast\n' },
  { title: 'a line above', edit: insert(0, 'new\n'), after: 'new\nfirst\nsay: abcd|\nlast\n' },
  {
    title: 'a line break before it on its line',
    edit: insert(6, '\n'),
    after: 'first\n\nsay: abcd|\nlast\n',
  },
  { title: 'a line break within it', edit: insert(AT + 1, '\n'), after: 'first\nsay: a\nbcd|\nlast\n' },
  { title: 'a line below', edit: insert(AT + 5, 'new\n'), after: 'first\nsay: abcd|\nnew\nlast\n' },
  { title: 'text in a line above', edit: insert(2, 'X'), after: 'fiXrst\nsay: abcd|\nlast\n' },
  { title: 'a line above removed', edit: remove(0, 6), after: 'say: abcd|\nlast\n' },
  { title: 'the line end above removed', edit: remove(5, 1), after: 'firstsay: abcd|\nlast\n' },
  { title: 'a line below removed', edit: remove(AT + 4, 5), after: 'first\nsay: abcd|\n' },
  { title: 'text before it removed', edit: remove(6, 5), after: 'first\nabcd|\nlast\n' },
  { title: 'text after it removed', edit: remove(AT + 3, 1), after: 'first\nsay: abcd\nlast\n' },
  { title: 'part of it removed', edit: remove(AT + 1, 1), after: 'first\nsay: acd|\nlast\n' },
  { title: 'all of it removed', edit: remove(AT, 3), after: 'first\nsay: d|\nlast\n' },
  { title: 'all text removed', edit: remove(0, TEXT.length + 3), after: 'd' },
]

/** The cases that end the composition, by editor. */
const ENDING: Readonly<Record<EditorKind, ReadonlySet<string>>> = {
  codemirror: new Set([
    'text right before it',
    'text within it',
    'text right after it',
    'a line break within it',
    'text before it removed',
    'text after it removed',
    'part of it removed',
    'all of it removed',
    'all text removed',
  ]),
  monaco: new Set([
    'text within it',
    'a line break within it',
    'a line above removed',
    'the line end above removed',
    'part of it removed',
    'all of it removed',
    'all text removed',
  ]),
}

interface Setup {
  readonly name: string
  readonly kind: EditorKind
  readonly userAgent?: string
}

const SETUPS: readonly Setup[] = [
  { name: 'CodeMirror', kind: 'codemirror' },
  { name: 'CodeMirror on Android', kind: 'codemirror', userAgent: ANDROID },
  { name: 'Monaco', kind: 'monaco' },
  { name: 'Monaco on Android', kind: 'monaco', userAgent: ANDROID },
]

describeIf(needsChromium(), 'a composition', () => {
  let served: EditorPage
  let browser: Browser

  beforeAllShared(async (once) => {
    served = await once(serveEditorPage)
    browser = (await once(Browsers.start)).chromium
  })

  for (const { name, kind, userAgent } of SETUPS) {
    describe(`in ${name}`, () => {
      const hasEditContext = kind === 'codemirror' && userAgent !== undefined
      let context: BrowserContext
      let page: Page
      let input: CDPSession

      beforeAll(async () => {
        context = await browser.newContext({
          viewport: { width: 900, height: 700 },
          ...(userAgent && { userAgent }),
        })
        page = await context.newPage()
        await page.goto(served.url)
        await ready(page)
        input = await context.newCDPSession(page)
      })

      afterAll(() => context?.close())

      afterEach(async () => {
        expect(await ask(page, ({ errors }) => errors.splice(0))).toEqual([])
      })

      async function open(): Promise<void> {
        await ask(page, (bench, { kind, text }) => bench.open(kind, text), { kind, text: TEXT })
        await ask(page, (bench, at) => bench.select(at), AT)
      }

      async function compose(text: string): Promise<void> {
        await input.send('Input.imeSetComposition', {
          text,
          selectionStart: text.length,
          selectionEnd: text.length,
        })
      }

      const commit = (text: string) => input.send('Input.insertText', { text })
      const fileText = () => ask(page, ({ room }) => room.file.text)
      const editorText = () => ask(page, (bench) => bench.text())
      const receive = (edit: Edit) => ask(page, (bench, given) => bench.receive(given), edit)

      it('uses an EditContext in CodeMirror on Android only', async () => {
        await open()
        const active = await page.evaluate(
          () => (document.activeElement as { editContext?: unknown }).editContext != null,
        )
        expect(active).toBe(hasEditContext)
      })

      for (const { title, edit, after } of CASES) {
        it(`keeps every letter: ${title}`, async () => {
          await open()
          // Twice, because Monaco on Android is one step behind.
          for (const text of ['a', 'ab', 'abc', 'abc']) await compose(text)
          await expect.poll(fileText, WAIT).toBe('first\nsay: abc|\nlast\n')
          await receive(edit)
          await page.waitForTimeout(60)
          await compose('abcd')
          await commit('abcd')
          await expect.poll(fileText, WAIT).toBe(after)
          await expect.poll(editorText, WAIT).toBe(after)
        })
      }

      for (const { title, edit, after } of CASES) {
        it(`delays remote edits by up to 10 s, and then keeps every letter: ${title}`, async () => {
          await open()
          for (const text of ['a', 'ab', 'abc', 'abc']) await compose(text)
          await expect.poll(fileText, WAIT).toBe('first\nsay: abc|\nlast\n')
          await receive(edit)
          const there = await fileText()
          await page.waitForTimeout(120)
          expect(await editorText()).toBe('first\nsay: abc|\nlast\n')
          await ask(page, (bench) => bench.skip(10_000))
          await expect.poll(editorText, WAIT).toBe(there)
          expect(await fileText()).toBe(there)
          if (hasEditContext || ENDING[kind].has(title)) await commit('d')
          else {
            await compose('abcd')
            await commit('abcd')
          }
          await expect.poll(fileText, WAIT).toBe(after)
          await expect.poll(editorText, WAIT).toBe(after)
        })
      }

      // An EditContext ends the composition after 10 s and the input method starts a new
      // one, which CDP cannot simulate.
      it.skipIf(hasEditContext)(
        'may last longer than that, while remote edits are delayed by 10 s at most',
        async () => {
          await open()
          let composed = ''
          for (let i = 0; i < 30; i++) {
            composed += 'x'
            await compose(composed)
            await receive({ at: 0, remove: 0, insert: 'y' })
            await ask(page, (bench) => bench.skip(1_000))
            await page.waitForTimeout(60)
          }
          await commit(composed)
          const all = `${'y'.repeat(30)}first\nsay: ${composed}|\nlast\n`
          await expect.poll(fileText, WAIT).toBe(all)
          await expect.poll(editorText, WAIT).toBe(all)
        },
      )
    })
  }
})
