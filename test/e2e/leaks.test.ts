/** Memory leaks: what remains in a page after files were opened and closed, in both editors. */
import type { CDPSession, Page } from 'playwright-core'
import { afterAll, expect, it } from 'vitest'
import { describeIf, needsChromium } from '../support/needs.ts'
import { beforeAllShared } from '../support/servers/shared.ts'
import { Browsers } from './support/browsers.ts'
import { ask, ready, serveEditorPage } from './support/editor-bench.ts'

const FILES = 10
const ROUNDS = 10

interface Counted {
  readonly nodes: number
  /** DOM event listeners. */
  readonly listeners: number
  /** Listeners of the room and its files. */
  readonly heard: number
}

describeIf(needsChromium(), 'a page', () => {
  let page: Page
  let session: CDPSession

  beforeAllShared(async (once) => {
    const { url } = await once(serveEditorPage)
    page = await (await once(Browsers.start)).chromium.newPage({ viewport: { width: 900, height: 700 } })
    await page.goto(url)
    await ready(page)
    session = await page.context().newCDPSession(page)
  })

  afterAll(() => page?.context().close())

  async function count(): Promise<Counted> {
    // Objects held by a timeout are released, too.
    await page.waitForTimeout(1_000)
    for (let i = 0; i < 3; i++) await session.send('HeapProfiler.collectGarbage')
    const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters')
    return { nodes, listeners: jsEventListeners, heard: await ask(page, ({ room }) => room.listeners) }
  }

  it('keeps nothing of files that were opened and closed ten times in both editors', {
    timeout: 180_000,
  }, async () => {
    const openAndClose = () => ask(page, (bench, files) => bench.openAndClose(files), FILES)
    await openAndClose()
    const before = await count()
    for (let round = 0; round < ROUNDS; round++) await openAndClose()
    const after = await count()
    expect(after.heard).toBe(before.heard)
    // Less than one node or listener per ten files: what the editors keep for the page as a whole.
    expect(after.nodes - before.nodes).toBeLessThan((FILES * ROUNDS * 2) / 10)
    expect(after.listeners - before.listeners).toBeLessThan((FILES * ROUNDS * 2) / 10)
    expect(await ask(page, ({ errors }) => errors)).toEqual([])
  })
})
