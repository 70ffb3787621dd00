/**
 * The scroll position while others change the text above it, in both editors, as a real browser draws it.
 */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import type { EditorKind } from '../../web/editor/choice.ts'
import { describeIf, needsChromium } from '../support/needs.ts'
import { beforeAllShared } from '../support/servers/shared.ts'
import { Browsers } from './support/browsers.ts'
import { ask, ready, serveEditorPage } from './support/editor-bench.ts'

const LINES = 400
const TEXT = Array.from({ length: LINES }, (_, i) => `line ${i}`).join('\n')
const PARAGRAPHS = Array.from(
  { length: LINES },
  (_, i) => `line ${i} ${'and on it goes '.repeat(i % 17)}`,
).join('\n')

describeIf(needsChromium(), 'the first visible line', () => {
  let page: Page

  beforeAllShared(async (once) => {
    const { url } = await once(serveEditorPage)
    page = await (await once(Browsers.start)).chromium.newPage({ viewport: { width: 900, height: 700 } })
    await page.goto(url)
    await ready(page)
  })

  afterAll(() => page?.context().close())

  afterEach(async () => {
    expect(await ask(page, ({ errors }) => errors.splice(0))).toEqual([])
  })

  for (const kind of ['codemirror', 'monaco'] satisfies EditorKind[]) {
    describe(`in ${kind}`, () => {
      /** Shows a text from the line with `mark` on. @returns the first visible line */
      async function showFrom(text: string, mark: string, path?: string): Promise<string> {
        const shown = { kind, text, at: text.indexOf(mark), path }
        await ask(page, (bench, { kind, text, path }) => bench.open(kind, text, path), shown)
        await ask(page, (bench, { at }) => bench.showFrom(at), shown)
        return ask(page, (bench) => bench.firstLine())
      }

      it('stays the same in every frame while five people insert and remove lines above it', async () => {
        expect(await showFrom(TEXT, 'line 135\n')).toBe('line 135')
        const seen = await ask(page, async (bench) => {
          const seen = new Set<string>()
          for (let i = 0; i < 20; i++) {
            for (let who = 0; who < 5; who++) {
              const at = bench.room.file.text.indexOf(`line ${who * 20 + 3}\n`)
              const client = `c${who}`
              bench.room.receive([{ at, remove: 0, insert: `new ${i}\n` }], client)
              if (i % 4 === 3) bench.room.receive([{ at, remove: `new ${i}\n`.length, insert: '' }], client)
            }
            seen.add(await bench.drawn())
          }
          return [...seen]
        })
        expect(seen).toEqual(['line 135'])
      })

      it('stays the same while the user types as well', async () => {
        await showFrom(TEXT, 'line 135\n')
        const typed = TEXT.indexOf('line 140\n')
        await ask(page, (bench, at) => bench.select(at), typed)
        const seen = await ask(page, async (bench) => {
          const seen = new Set<string>()
          for (let i = 0; i < 20; i++) {
            bench.room.receive([{ at: 0, remove: 0, insert: 'a\nb\n' }])
            document.execCommand('insertText', false, 'x')
            bench.room.receive([{ at: 2, remove: 2, insert: '' }])
            seen.add(await bench.drawn())
          }
          return [...seen]
        })
        expect(seen).toEqual(['line 135'])
        expect(await ask(page, ({ room }) => room.file.text)).toContain(`${'x'.repeat(20)}line 140`)
      })

      it('stays the same with wrapped lines, and with inserts right before it or at the end', async () => {
        const first = await showFrom(PARAGRAPHS, 'line 305 ', 'notes.md')
        expect(first).toContain('line 305 ')
        const seen = await ask(page, async (bench) => {
          const seen = new Set<string>()
          for (let i = 0; i < 8; i++) {
            const { text } = bench.room.file
            bench.room.receive([{ at: text.indexOf('line 305 '), remove: 0, insert: `before ${i}\n` }])
            bench.room.receive([{ at: 3, remove: 1, insert: '\nlong '.repeat(60) }])
            bench.room.receive([{ at: bench.room.file.text.length, remove: 0, insert: '\nthe end' }])
            seen.add(await bench.drawn())
          }
          return [...seen]
        })
        expect(seen).toEqual([first])
      })

      it('stays the same at the very end of the text, where others add lines', async () => {
        const first = await showFrom(TEXT, `line ${LINES - 1}`)
        const seen = await ask(page, async (bench) => {
          const seen = new Set<string>()
          for (let i = 0; i < 10; i++) {
            bench.room.receive([{ at: bench.room.file.text.length, remove: 0, insert: `\nmore ${i}` }])
            bench.room.receive([{ at: 0, remove: 0, insert: 'top\n' }])
            seen.add(await bench.drawn())
          }
          return [...seen]
        })
        expect(seen).toEqual([first])
      })

      it('moves to what the user undoes', async () => {
        await showFrom(TEXT, 'line 135\n')
        await ask(page, (bench) => bench.room.file.receive([{ at: 0, remove: 0, insert: '!' }], 'undo'))
        await expect.poll(() => ask(page, (bench) => bench.firstLine())).toBe('!line 0')
      })
    })
  }

  it('CodeMirror gets one transaction per frame, text and cursors together', async () => {
    await ask(page, (bench, text) => bench.open('codemirror', text, 'note.txt'), TEXT)
    await ask(page, ({ room }) => room.setPeers([10, 20, 30]))
    const counts = await ask(page, async (bench) => {
      const count = bench.countTransactions()
      const counts: number[] = []
      for (let frame = 0; frame < 5; frame++) {
        await bench.drawn()
        const before = count()
        for (let i = 0; i < 10; i++) bench.room.receive([{ at: i, remove: 0, insert: 'x' }], `c${i % 3}`)
        await bench.drawn()
        counts.push(count() - before)
      }
      return counts
    })
    expect(counts).toEqual([1, 1, 1, 1, 1])
  })

  it('marks of invisible characters stay in place, wherever others change the text', async () => {
    const text = Array.from({ length: LINES }, (_, i) => `line ${i} \u200bmark`).join('\n')
    await ask(page, (bench, text) => bench.open('codemirror', text, 'note.txt'), text)
    // CodeMirror always draws the line with the cursor.
    await ask(page, (bench, at) => bench.select(at), text.indexOf('line 200 '))
    await ask(page, (bench, at) => bench.showFrom(at), text.indexOf('line 200 '))
    const shown = await ask(page, async (bench) => {
      const shown = new Set<string>()
      for (let i = 0; i < 5; i++) {
        bench.room.receive([{ at: 0, remove: 0, insert: 'four' }])
        await bench.drawn()
        for (const line of document.querySelectorAll('.cm-line')) {
          shown.add((line.textContent ?? '').replace(/^(four)+/, '').replace(/\d+/, 'n'))
        }
      }
      bench.room.receive([{ at: 0, remove: bench.room.file.text.indexOf('line 200 '), insert: '' }])
      await bench.drawn()
      return [...shown]
    })
    expect(shown).toEqual(['line n •mark'])
  })
})
