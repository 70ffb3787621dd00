/**
 * Measures what one edit costs the main thread of a browser while many peers have a cursor
 * in the shown file: `node dev/carets.ts [carets] [edits]`. One peer types, one edit every
 * 50 ms; all cursors are in view.
 */
import type { Browser, CDPSession } from 'playwright-core'
import { ask, ready, serveEditorPage } from '../test/e2e/support/editor-bench.ts'
import buildPages from '../test/e2e/support/pages.ts'
import { launchChromium } from '../test/support/browser.ts'
import type { EditorKind } from '../web/editor/choice.ts'

const [carets = 100, edits = 60] = process.argv.slice(2).map(Number)
const LINE = 'const answer = compute(question, { depth: 42, patience: true })\n'

await buildPages()
const served = await serveEditorPage()
const browser = await launchChromium()
for (const kind of ['codemirror', 'monaco'] satisfies EditorKind[]) {
  const alone = await measure(browser, kind, 0)
  const together = await measure(browser, kind, carets)
  console.log(
    `${kind}: ${together.toFixed(1)} ms per edit with ${carets} carets, ${alone.toFixed(1)} without`,
  )
}
await browser.close()
await served.close()

/** Main thread time per edit, in ms. */
async function measure(browser: Browser, kind: EditorKind, count: number): Promise<number> {
  const page = await browser.newPage({ viewport: { width: 900, height: 700 } })
  await page.goto(served.url)
  await ready(page)
  const text = LINE.repeat(400)
  await ask(page, (bench, given) => bench.open(given.kind, given.text, 'code.js'), { kind, text })
  // Five per line, in the visible lines.
  const places = Array.from({ length: count }, (_, i) => (i % 20) * LINE.length + 5 + 11 * Math.floor(i / 20))
  await ask(page, (bench, given) => bench.room.setPeers(given), places)
  await type(10)
  await page.waitForTimeout(4_000)
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const before = await busy(session)
  await type(edits)
  const spent = (await busy(session)) - before
  await page.close()
  return (spent * 1_000) / edits

  async function type(times: number): Promise<void> {
    await ask(
      page,
      async (bench, given) => {
        for (let i = 0; i < given; i++) {
          bench.room.receive([{ at: 300 + i, remove: 0, insert: 'x' }], 'c0')
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
      },
      times,
    )
  }
}

/** Total busy time of the main thread, in seconds. */
async function busy(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0
}
