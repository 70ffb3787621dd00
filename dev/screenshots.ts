/**
 * Takes the pictures of the README: a room with five people, in light and dark.
 *
 *     node dev/screenshots.ts http://127.0.0.1:8787
 *
 * The people are always the same, so that a picture changes only when the demo does.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { addressOf, checkAnswers, command, named } from './cli/command.ts'

const FOLDER = join(import.meta.dirname, '../docs/images')
const WIDE = { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 2 }

/** Keeps the cursor labels visible, and sets a font: a machine without a desktop has no good system font. */
const STYLE = `
  :root { --sans: Inter, system-ui, sans-serif }
  .cm-editor .cm-peer-label { animation: none !important; display: block !important; font-family: var(--sans) }
  .toasts { display: none }`

const SPEC = {
  name: 'node dev/screenshots.ts',
  about: 'Takes the pictures of the README.',
  options: {},
  takes: { name: '<URL>', about: 'a running Edgeroom, such as http://127.0.0.1:8787', least: 1, most: 1 },
} as const

await command(SPEC, async (_, [given = '']) => {
  const url = named(SPEC.takes.name, () => addressOf(given))
  await checkAnswers(url)
  const { launchChromium } = await import('../test/support/browser.ts')
  const browser = await launchChromium()
  try {
    await mkdir(FOLDER, { recursive: true })
    await takeEditor(browser, url)
  } finally {
    await browser.close()
  }
  return 0
})

/** Five people in a room, two of them typing in the same file. */
async function takeEditor(browser: Browser, url: string): Promise<void> {
  const host = await newRoom(browser, url, 'tea-timer')
  const room = host.url().replace(/#.*/, '')

  const writer = await visit(browser, `${room}#src/App.jsx`, 12, { ...WIDE, colorScheme: 'dark' })
  const reader = await visit(browser, `${room}#src/App.jsx`, 3, WIDE)
  const third = await visit(browser, `${room}#src/App.jsx`, 21, WIDE)
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
  await shows(third, 'aria-live={soon}')
  await carets(host, 2)
  await carets(writer, 2)
  await take(host, 'editor-light')
  await take(writer, 'editor-dark')
  for (const page of [host, writer, reader, third, elsewhere]) await page.context().close()
}

/** A picture of a window, without anything transient. */
async function take(page: Page, name: string): Promise<void> {
  await page.addStyleTag({ content: STYLE })
  await page.mouse.move(WIDE.viewport.width / 3, 30)
  // The same time in every picture.
  await page.locator('time').evaluateAll((times) => {
    for (const time of times) time.textContent = '10:24 AM'
  })
  await page.screenshot({ path: join(FOLDER, `${name}.png`) })
}

/** A window in a new room, with a name fit for a picture. */
async function newRoom(browser: Browser, url: string, name: string): Promise<Page> {
  for (let i = 1; ; i++) {
    const page = await visit(browser, `${url}/r/${name}${i === 1 ? '' : `-${i}`}`, 1, {
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

/** A window of guest number `guest`, which determines their name and colour. */
async function visit(
  browser: Browser,
  address: string,
  guest: number,
  options: BrowserContextOptions,
): Promise<Page> {
  const context = await browser.newContext(options)
  const token = `guest-5d1c7e02b8f3a9641c06-${guest}`
  await context.addInitScript((held) => sessionStorage.setItem('edgeroom-guest', held), token)
  const page = await context.newPage()
  await page.goto(address)
  return page
}

/** Moves the cursor to the end of the first line with this text. */
async function endOf(page: Page, text: string): Promise<void> {
  // Clicks near its start: its middle may be out of view.
  await page
    .locator('.cm-line', { hasText: text })
    .first()
    .click({ position: { x: 40, y: 8 } })
  await page.keyboard.press('End')
}

async function shows(page: Page, text: string): Promise<void> {
  await page.locator('.cm-line', { hasText: text }).first().waitFor()
}

async function carets(page: Page, count: number): Promise<void> {
  await page.waitForFunction((wanted) => document.querySelectorAll('.cm-peer-caret').length >= wanted, count)
}
