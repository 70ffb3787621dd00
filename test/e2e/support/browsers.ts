/**
 * The browsers of the people in a test: one Chromium, in which each of them has a browser context and shares
 * nothing with the others. A context serves the next test again, with its storage cleared: a blank page keeps
 * its renderer, which need not start and compile the demo once more for each window.
 */
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { launchChromium } from '../../support/browser.ts'

interface Kept {
  readonly context: BrowserContext
  readonly blank: Page
  /** Of the blank page. */
  readonly session: CDPSession
  /** Of all pages since the storage was cleared. */
  readonly origins: Set<string>
}

export class Browsers {
  /** For contexts that a test changes, and closes itself. */
  readonly chromium: Browser
  #free: Kept[] = []
  #taken: Kept[] = []

  private constructor(chromium: Browser) {
    this.chromium = chromium
  }

  static async start(): Promise<Browsers> {
    return new Browsers(await launchChromium())
  }

  /** The browser of another person, until `clear`. */
  async take(): Promise<BrowserContext> {
    const kept = this.#free.pop() ?? (await this.#make())
    this.#taken.push(kept)
    return kept.context
  }

  /** Closes all windows, and forgets what they stored. */
  async clear(): Promise<void> {
    for (const { context, blank, session, origins } of this.#taken) {
      for (const page of context.pages()) if (page !== blank) await page.close()
      for (const origin of origins)
        await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'local_storage,indexeddb' })
      origins.clear()
    }
    this.#free.push(...this.#taken.reverse())
    this.#taken = []
  }

  close(): Promise<void> {
    return this.chromium.close()
  }

  async #make(): Promise<Kept> {
    const context = await this.chromium.newContext({ viewport: { width: 1280, height: 900 } })
    const blank = await context.newPage()
    const session = await context.newCDPSession(blank)
    const origins = new Set<string>()
    context.on('page', (page) =>
      page.on('framenavigated', (frame) => {
        const { protocol, origin } = new URL(frame.url())
        if (protocol === 'http:') origins.add(origin)
      }),
    )
    return { context, blank, session, origins }
  }
}
