/**
 * Takes the pictures of the README: a new room with three people in it, in light and dark, wide and narrow.
 *
 *     node dev/screenshots.ts http://127.0.0.1:8787
 *
 * The people are always the same, so that a picture changes only when the demo does.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { launchChromium } from '../test/support/browser.ts'

const FOLDER = join(import.meta.dirname, '../docs/images')
const WIDE = { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 2 }
const NARROW = { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true }

/** Labels fade once nobody types, and a picture is to show them. A machine without a desktop has no good system font. */
const STYLE = `
  :root { --sans: Inter, system-ui, sans-serif }
  .cm-editor .cm-peer-label { animation: none; font-family: var(--sans) }`

const url = process.argv[2]
if (url === undefined) throw new Error('usage: node dev/screenshots.ts <address of a running Edgeroom>')

const browser = await launchChromium()
try {
  await mkdir(FOLDER, { recursive: true })
  const host = await newRoom(browser, url)
  const room = host.url().replace(/#.*/, '')

  const writer = await visit(browser, `${room}#src/App.jsx`, 12, { ...WIDE, colorScheme: 'dark' })
  const reader = await visit(browser, `${room}#src/App.jsx`, 3, WIDE)
  const phone = await visit(browser, `${room}#src/App.jsx`, 21, { ...NARROW, colorScheme: 'light' })
  const elsewhere = await visit(browser, `${room}#src/teas.js`, 9, WIDE)
  await elsewhere.locator('.cm-line').nth(2).click()

  await endOf(reader, 'const [left, setLeft]')
  await reader.keyboard.press('Shift+Home')
  await endOf(writer, 'const left = useCountdown')
  await writer.keyboard.type('\nconst soon = left > 0 && left < 10')
  await endOf(host, '<p className="clock"')
  await host.keyboard.press('ArrowLeft')
  await host.keyboard.type(' aria-live={soon}')

  await shows(host, 'const soon = left > 0 && left < 10')
  await shows(phone, 'aria-live={soon}')
  await carets(host, 2)
  await carets(writer, 2)
  await carets(phone, 3)
  for (const page of [host, writer, phone]) await page.addStyleTag({ content: STYLE })
  await host.screenshot({ path: join(FOLDER, 'editor-light.png') })
  await writer.screenshot({ path: join(FOLDER, 'editor-dark.png') })
  await phone.screenshot({ path: join(FOLDER, 'editor-narrow.png') })
} finally {
  await browser.close()
}

/** A window in a room that has just been made, with a name fit for a picture. */
async function newRoom(browser: Browser, url: string): Promise<Page> {
  for (let i = 1; ; i++) {
    const page = await visit(browser, `${url}/r/tea-timer${i === 1 ? '' : `-${i}`}`, 1, {
      ...WIDE,
      colorScheme: 'light',
    })
    const create = page.getByRole('button', { name: 'Create it' })
    await create.or(page.locator('.cm-content')).first().waitFor()
    if (await create.isVisible()) {
      await create.click()
      await page.locator('.cm-content').waitFor()
      return page
    }
    await page.context().close()
  }
}

/** A window of guest number `guest`, whose name and colour follow from that. */
async function visit(
  browser: Browser,
  address: string,
  guest: number,
  options: BrowserContextOptions,
): Promise<Page> {
  const context = await browser.newContext(options)
  const token = `guest-${String(guest).padStart(32, '0')}`
  await context.addInitScript((held) => sessionStorage.setItem('edgeroom-guest', held), token)
  const page = await context.newPage()
  await page.goto(address)
  return page
}

/** Puts the cursor at the end of the first line with this text. */
async function endOf(page: Page, text: string): Promise<void> {
  await page.locator('.cm-line', { hasText: text }).first().click()
  await page.keyboard.press('End')
}

async function shows(page: Page, text: string): Promise<void> {
  await page.locator('.cm-line', { hasText: text }).first().waitFor()
}

async function carets(page: Page, count: number): Promise<void> {
  await page.waitForFunction((wanted) => document.querySelectorAll('.cm-peer-caret').length >= wanted, count)
}
