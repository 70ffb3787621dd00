/**
 * Takes the pictures of the README: a room with five people, in light and dark, wide and narrow; and a class
 * as seen by its teacher and by a student who follows.
 *
 *     node dev/screenshots.ts http://127.0.0.1:8787
 *
 * The people are always the same, so that a picture changes only when the demo does.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { launchChromium } from '../test/support/browser.ts'
import { addressOf, checkAnswers, command, named } from './cli/command.ts'

const FOLDER = join(import.meta.dirname, '../docs/images')
const WIDE = { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 2 }
const NARROW = { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true }

/** Keeps the cursor labels visible, and sets a font: a machine without a desktop has no good system font. */
const STYLE = `
  :root { --sans: Inter, system-ui, sans-serif }
  .cm-editor .cm-peer-label { animation: none; font-family: var(--sans) }
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
  const browser = await launchChromium()
  try {
    await mkdir(FOLDER, { recursive: true })
    await takeEditor(browser, url)
    await takeClass(browser, url)
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
  await take(host, 'editor-light')
  await take(writer, 'editor-dark')
  await take(phone, 'editor-narrow')
  for (const page of [host, writer, reader, phone, elsewhere]) await page.context().close()
}

/** A classroom: the teacher leads, one student is an editor, the others can only view. */
async function takeClass(browser: Browser, url: string): Promise<void> {
  const teacher = await newRoom(browser, url, 'monday-class')
  const room = teacher.url().replace(/#.*/, '')
  const open = (guest: number, options: BrowserContextOptions) =>
    visit(browser, `${room}#src/App.jsx`, guest, options)
  const writer = await open(12, WIDE)
  const follower = await open(3, { ...WIDE, colorScheme: 'dark' })
  const others = [await open(21, WIDE), await visit(browser, `${room}#src/teas.js`, 9, WIDE)]
  for (const page of [writer, follower, ...others]) await page.locator('.cm-content').waitFor()

  for (const page of [teacher, follower]) {
    await page.locator('.network summary').click()
    await openSide(page, 'People')
    await openSide(page, 'Chat')
  }
  await openSide(writer, 'Chat')
  await teacher.getByRole('switch', { name: 'Classroom mode' }).check()
  await follower.getByText('This is a classroom').waitFor()
  const [name, writerName] = [await nameOf(teacher), await nameOf(writer)]
  await teacher.getByRole('button', { name: `Actions for ${writerName}` }).click()
  await teacher.getByRole('menuitem', { name: 'Make editor' }).click()
  await writer.getByText(`${name} made you an editor.`).first().waitFor()

  await say(teacher, 'Welcome! Today we let the clock warn us before the tea is ready.')
  await say(follower, 'Where does it count down?')
  await say(teacher, 'In useCountdown. Follow me, I show you.')
  await follower
    .getByRole('banner')
    .getByRole('button', { name: `Follow ${name}` })
    .click()
  await follower.locator('.following', { hasText: name }).waitFor()
  await endOf(writer, 'const left = useCountdown')
  await writer.keyboard.type('\nconst soon = left > 0 && left < 10')
  await say(writer, 'Done!')
  await shows(teacher, 'const soon = left > 0 && left < 10')
  await endOf(teacher, 'const [left, setLeft]')
  await teacher.keyboard.press('Shift+Home')
  await carets(teacher, 1)
  await carets(follower, 2)
  await said(follower, 'Done!')
  await said(teacher, 'Done!')
  await take(teacher, 'class-light')
  await take(follower, 'class-dark')
  for (const page of [teacher, writer, follower, ...others]) await page.context().close()
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

async function nameOf(page: Page): Promise<string> {
  const title = await page.locator('.people .badge').first().getAttribute('title')
  return (title ?? '').replace(' (you)', '')
}

async function openSide(page: Page, part: 'People' | 'Chat'): Promise<void> {
  await page
    .getByRole('banner')
    .getByRole('button', { name: new RegExp(`^${part}`) })
    .click()
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message to everybody here' }).fill(text)
  await page.keyboard.press('Enter')
  await said(page, text)
}

/** Waits until a message was sent, not only queued. */
async function said(page: Page, text: string): Promise<void> {
  await page.locator('.saying:not(.sending) .said', { hasText: text }).waitFor()
}
