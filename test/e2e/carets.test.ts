/** Remote cursors in large numbers: where they are drawn, and how many names are shown. */
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import type { EditorKind } from '../../web/editor/choice.ts'
import { describeIf, needsChromium } from '../support/needs.ts'
import { beforeAllShared } from '../support/servers/shared.ts'
import { Browsers } from './support/browsers.ts'
import { ask, ready, serveEditorPage } from './support/editor-bench.ts'

const WAIT = { timeout: 60_000 }
const LINE = 'const answer = compute(question, { depth: 42 })\n'
const TEXT = LINE.repeat(60)
const PEOPLE = 100

describeIf(needsChromium(), 'a hundred cursors', () => {
  let page: Page

  beforeAllShared(async (once) => {
    const { url } = await once(serveEditorPage)
    page = await (await once(Browsers.start)).chromium.newPage({ viewport: { width: 900, height: 700 } })
    await page.goto(url)
    await ready(page)
  })

  afterAll(() => page?.context().close())

  for (const [kind, caret, label] of [
    ['codemirror', '.cm-peer-caret', '.cm-peer-label'],
    ['monaco', '.edgeroom-caret', '.edgeroom-caret-label'],
  ] satisfies [EditorKind, string, string][]) {
    describe(`in ${kind}`, () => {
      const open = async () => {
        await ask(page, (bench, given) => bench.open(given.kind, given.text, 'code.js'), { kind, text: TEXT })
        const places = Array.from(
          { length: PEOPLE },
          (_, i) => (i % 20) * LINE.length + 5 * Math.floor(i / 20),
        )
        await ask(page, ({ room }, places) => room.setPeers(places), places)
        await expect.poll(() => page.locator(caret).count(), WAIT).toBe(PEOPLE)
      }
      const named = () => page.locator(label).filter({ visible: true }).count()
      const boxes = () =>
        page.locator(caret).evaluateAll((all) =>
          all.map((one) => {
            const { left, top, height } = one.getBoundingClientRect()
            return [left, top, height].map((pixels) => Math.round(pixels * 10) / 10).join(' ')
          }),
        )

      it('show a few names, of those who moved last, and none a moment later', async () => {
        await open()
        expect(await named()).toBeGreaterThan(0)
        expect(await named()).toBeLessThanOrEqual(8)
        await expect.poll(named, WAIT).toBe(0)
        await ask(page, ({ room }) => room.receive([{ at: 5, remove: 0, insert: 'x' }], 'c40'))
        await expect.poll(named, WAIT).toBe(1)
        expect(await page.locator(label).filter({ visible: true }).textContent()).toBe('Person 40')
      })

      it('are drawn after edits exactly where a fresh editor would draw them', async () => {
        await open()
        const edited = await ask(page, async (bench) => {
          const { room } = bench
          room.receive([{ at: 2, remove: 0, insert: 'wwww' }], 'c1')
          await bench.drawn()
          room.receive([{ at: 100, remove: 0, insert: '\n\n' }], 'c1')
          await bench.drawn()
          room.receive([{ at: 200, remove: 60, insert: 'iiii' }], 'c2')
          await bench.drawn()
          await bench.drawn()
          return {
            text: room.file.text,
            places: room.peers.map(({ selections }) => selections[0]?.head ?? 0),
          }
        })
        const after = await boxes()
        await ask(page, (bench, given) => bench.open(given.kind, given.text, 'code.js'), {
          kind,
          text: edited.text,
        })
        await ask(page, ({ room }, places) => room.setPeers(places), edited.places)
        await expect.poll(() => page.locator(caret).count(), WAIT).toBe(PEOPLE)
        await expect.poll(boxes, WAIT).toEqual(after)
      })
    })
  }
})
