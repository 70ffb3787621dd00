/**
 * People in a room, in real browsers: a teacher and three students, each with a browser of their own, on the whole system. What each of
 * them is shown is read off their pages.
 */
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium, launchChromium } from '../support/browser.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { EditorWindow } from './editor-window.ts'

const WAIT = { timeout: 20_000 }
const SAVED = /^(All changes saved|Connected)$/
const PATH = 'lesson.txt'

interface StoredRoom {
  readonly policy: {
    readonly owner: string
    readonly mode: string
    readonly members: Readonly<Record<string, { role: string; name: string }>>
    readonly kicked: Readonly<Record<string, number>>
  }
}

describe.skipIf(!hasChromium())('a class', { timeout: 120_000 }, () => {
  let stack: Stack
  let browser: Browser
  let windows: EditorWindow[] = []
  const contexts: BrowserContext[] = []

  beforeAll(async () => {
    stack = await startStack()
    browser = await launchChromium()
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await stack?.close()
  })

  afterEach(async () => {
    const errors = windows.flatMap((window) => window.errors)
    for (const context of contexts.splice(0)) await context.close()
    windows = []
    expect(errors).toEqual([])
  })

  async function newContext(): Promise<BrowserContext> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
    contexts.push(context)
    return context
  }

  /** A window of somebody else: a browser of its own. */
  async function open(url: string): Promise<EditorWindow> {
    const window = await EditorWindow.open(url, await newContext())
    windows.push(window)
    return window
  }

  /** A room of the starter project, made in a window: it belongs to whoever sits there. */
  async function openOwn(): Promise<{
    readonly owner: EditorWindow
    readonly room: string
    readonly url: string
  }> {
    const page = await (await newContext()).newPage()
    const owner = new EditorWindow(page)
    windows.push(owner)
    await page.goto(`${stack.url}/r/no-room-of-that-name`)
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'New room' }).click()
    await page.locator('.tree').waitFor()
    await owner.createFile(PATH)
    const room = new URL(page.url()).pathname.split('/').at(-1) ?? ''
    return { owner, room, url: `${stack.url}/r/${room}#${PATH}` }
  }

  /** An owner and three students who look at one file, with their list of people open. */
  async function openClass(text: string) {
    const { owner, room, url } = await openOwn()
    await owner.type(text)
    await expect.poll(() => owner.connection(), WAIT).toMatch(SAVED)
    const [ann, ben, cat] = [await open(url), await open(url), await open(url)]
    const everybody = [owner, ann, ben, cat]
    for (const window of everybody) {
      await expect.poll(() => window.text(), WAIT).toBe(text)
      await window.openSide('People')
    }
    const [teacher, annName, benName, catName] = await Promise.all(everybody.map((window) => window.name()))
    const names = [teacher, annName, benName, catName].map(String)
    return { owner, ann, ben, cat, everybody, room, url, names: names as [string, string, string, string] }
  }

  /** Waits until both show the same part of the text. The first line may show by a pixel more in one of them. */
  async function together(one: EditorWindow, two: EditorWindow): Promise<void> {
    await expect
      .poll(async () => Math.abs((await one.firstLine()) - (await two.firstLine())), WAIT)
      .toBeLessThan(2)
  }

  function rolesIn(window: EditorWindow) {
    return expect.poll(async () => (await window.people()).sort(), WAIT)
  }

  async function guestSecret(window: EditorWindow): Promise<string> {
    return window.page.evaluate(() => sessionStorage.getItem('edgeroom-guest') ?? '')
  }

  it('is led by its owner, who lets write, takes it back, sends out, and hands the room over', async () => {
    const { owner, ann, ben, cat, everybody, room, url, names } = await openClass('start')
    const [teacher, annName, benName, catName] = names
    const roles = (...of: readonly string[]) => names.map((name, i) => `${name}: ${of[i]}`).sort()

    for (const window of everybody) {
      await rolesIn(window).toEqual(roles('Owner', 'Editor', 'Editor', 'Editor'))
      expect(await window.canType()).toBe(true)
    }
    await ben.goTo(1)
    await expect.poll(() => owner.cursors(), WAIT).toContain(benName)

    // Classroom on: the students look on, and are not seen looking.
    await owner.setSwitch('Classroom mode', true)
    for (const window of everybody)
      await rolesIn(window).toEqual(roles('Owner', 'Viewer', 'Viewer', 'Viewer'))
    for (const student of [ann, ben, cat]) {
      await expect.poll(() => student.canType(), WAIT).toBe(false)
      await student.page
        .getByText(`This is a classroom. You are looking on until ${teacher} makes you an editor.`)
        .waitFor()
      await student.page
        .locator('.toast', { hasText: `${teacher} switched classroom mode on. You are looking on now.` })
        .waitFor()
      expect(await student.page.getByRole('button', { name: 'New file' }).isVisible()).toBe(false)
      expect(await student.page.getByRole('switch', { name: 'Classroom mode' }).isVisible()).toBe(false)
    }
    await owner.goTo(1)
    await expect.poll(() => ann.cursors(), WAIT).toEqual([teacher])
    await expect.poll(() => owner.cursors(), WAIT).toEqual([])
    expect(await owner.canType()).toBe(true)
    await ann.goTo(1)
    await ann.type('nothing')
    expect(await ann.text()).toBe('start')

    // One is let write.
    await owner.manage(annName, 'Make editor')
    await ann.page.locator('.toast', { hasText: `${teacher} made you an editor.` }).waitFor()
    await expect.poll(() => ann.canType(), WAIT).toBe(true)
    for (const window of everybody)
      await rolesIn(window).toEqual(roles('Owner', 'Editor', 'Viewer', 'Viewer'))
    expect(await ann.page.locator('.looking').isVisible()).toBe(false)
    await ann.goTo(1)
    await ann.type(' of Ann')
    for (const window of everybody) await expect.poll(() => window.text(), WAIT).toBe('start of Ann')
    await expect.poll(() => ben.cursors(), WAIT).toContain(annName)
    expect(await ben.canType()).toBe(false)

    // It is taken back while she types, over a slow connection: what the room had before that stays, the rest is handed back.
    await ann.setLatency(300)
    await ann.goTo(1)
    let typed = 'abc'
    await ann.type(typed)
    await expect.poll(() => owner.text(), WAIT).toBe('start of Annabc')
    const demotion = owner.manage(annName, 'Make viewer')
    while (await ann.canType()) {
      const letter = String.fromCharCode(97 + (typed.length % 26))
      await ann.type(letter)
      typed += letter
    }
    await demotion
    await ann.page
      .locator('.rejection', { hasText: 'You may look at this room, not change it.' })
      .first()
      .waitFor()
    await ann.setLatency(0)
    await expect.poll(() => ann.connection(), WAIT).toMatch(SAVED)
    for (const window of everybody) {
      await expect.poll(async () => (await window.text()) === (await owner.text()), WAIT).toBe(true)
    }
    const kept = (await owner.text()).replace('start of Ann', '')
    const handedBack = (await ann.handedBack()).join('')
    expect(kept.startsWith('abc')).toBe(true)
    expect(handedBack).not.toBe('')
    // The last letter may have come after the editor was closed to it.
    expect([typed, typed.slice(0, -1)]).toContain(kept + handedBack)
    expect(await ann.canType()).toBe(false)
    for (const window of everybody)
      await rolesIn(window).toEqual(roles('Owner', 'Viewer', 'Viewer', 'Viewer'))

    // One is sent out, and does not come back.
    await owner.manage(benName, 'Remove…')
    const removed = ben.page.getByRole('heading', { name: 'You were removed from this room' })
    await removed.waitFor()
    await ben.page.reload()
    await removed.waitFor()
    expect(await ben.page.locator('.cm-content').count()).toBe(0)
    for (const window of [owner, ann, cat]) {
      await rolesIn(window).toEqual([`${teacher}: Owner`, `${annName}: Viewer`, `${catName}: Viewer`].sort())
    }

    // The room is handed over, and its first owner leaves.
    await owner.manage(catName, 'Hand over the room…')
    await cat.page
      .locator('.toast', { hasText: `${teacher} handed the room over to you. It is yours now.` })
      .waitFor()
    await owner.page
      .locator('.toast', { hasText: `You handed the room over to ${catName}. You are an editor now.` })
      .waitFor()
    await expect.poll(() => cat.canType(), WAIT).toBe(true)
    await expect
      .poll(() => owner.page.getByRole('switch', { name: 'Classroom mode' }).isVisible(), WAIT)
      .toBe(false)
    for (const window of [owner, ann, cat]) {
      await rolesIn(window).toEqual([`${teacher}: Editor`, `${annName}: Viewer`, `${catName}: Owner`].sort())
    }
    await owner.page.close()
    await rolesIn(cat).toEqual([`${annName}: Viewer`, `${catName}: Owner`].sort())
    expect(await cat.page.getByRole('switch', { name: 'Classroom mode' }).isChecked()).toBe(true)
    await cat.manage(annName, 'Make editor')
    await expect.poll(() => ann.canType(), WAIT).toBe(true)
    await ann.goTo(1)
    await ann.page.keyboard.press('Control+a')
    await ann.type('the end')
    await expect.poll(() => cat.text(), WAIT).toBe('the end')
    await expect.poll(() => ann.connection(), WAIT).toMatch(SAVED)

    // All of it lasts.
    const authorization = `Bearer ${await guestSecret(cat)}`
    const flushed = await fetch(`${stack.url}/api/rooms/${room}/flush`, {
      method: 'POST',
      headers: { authorization },
    })
    expect(flushed.status).toBe(200)
    const [file] = await stack.query<{ text: string }>(
      'select text from files where room = $1 and path = $2',
      [room, PATH],
    )
    expect(file?.text).toBe('the end')
    const [stored] = await stack.query<StoredRoom>('select policy from rooms where room = $1', [room])
    const policy = stored?.policy
    const userOf = (name: string) =>
      Object.entries(policy?.members ?? {}).find(([, member]) => member.name === name)?.[0] ?? ''
    expect(policy).toMatchObject({ mode: 'classroom', access: 'edit', chatting: true, closed: false })
    expect(policy?.members[userOf(annName)]).toEqual({ role: 'editor', name: annName })
    expect(Object.keys(policy?.kicked ?? {})).toHaveLength(1)
    const users = await cat.page
      .locator('.persons > .person')
      .evaluateAll((rows) => rows.map((row) => row.dataset.user ?? ''))
    expect(policy?.owner).toBe(users[0])
    expect(userOf(annName)).toBe(users[1])
    expect(
      Object.values(policy?.members ?? {})
        .map(({ role }) => role)
        .sort(),
    ).toEqual(['editor', 'editor'])
    expect(Object.keys(policy?.kicked ?? {})).not.toContain(users[0])
    const back = await EditorWindow.open(url, await newContext())
    windows.push(back)
    await expect.poll(() => back.text(), WAIT).toBe('the end')
  })

  it('talks: everybody sees what is said and who comes, until the owner switches chat off', async () => {
    const { owner, ann, url, names } = await openClass('chat')
    const [teacher, annName] = names
    await ann.openSide('Chat')
    await owner.openSide('Chat')
    await owner.say('Welcome <b>all</b>')
    await owner.say('Are you there?')
    await expect.poll(() => ann.chat(), WAIT).toContain(`${teacher}: Welcome <b>all</b> / Are you there?`)
    await ann.page.getByRole('textbox', { name: 'Message to everybody here' }).fill('first')
    await ann.page.keyboard.press('Shift+Enter')
    await ann.type('second')
    await ann.page.keyboard.press('Enter')
    await expect.poll(() => owner.chat(), WAIT).toContain(`${annName}: first\nsecond`)
    const late = await open(url)
    const lateName = await late.name()
    await expect.poll(async () => (await owner.chat()).at(-1), WAIT).toBe(`${lateName} is here`)
    // Who was not there reads it all the same, and a number tells of what nobody has seen.
    await owner.say('Hello!')
    await late.page.getByRole('button', { name: 'Chat, 1 unread' }).waitFor()
    await late.openSide('Chat')
    await expect
      .poll(() => late.chat(), WAIT)
      .toEqual([
        `${teacher}: Welcome <b>all</b> / Are you there?`,
        `${annName}: first\nsecond`,
        `${teacher}: Hello!`,
      ])
    await late.page.getByRole('banner').getByRole('button', { name: 'Chat', exact: true }).waitFor()
    await owner.setSwitch('Chat', false)
    await ann.page.getByText('The owner has switched chat off.').waitFor()
    expect(await ann.page.getByRole('textbox', { name: 'Message to everybody here' }).isDisabled()).toBe(true)
    await owner.say('Only I speak.')
    await expect.poll(async () => (await ann.chat()).at(-1), WAIT).toContain('Only I speak.')
    await late.page.close()
    await expect.poll(async () => (await owner.chat()).at(-1), WAIT).toBe(`${lateName} left`)
  })

  it('follows: to the file and to the place in it, until one does something of one’s own', async () => {
    const lines = Array.from({ length: 200 }, (_, i) => `line ${i + 1}`).join('\n')
    const body = JSON.stringify({ files: { 'a.txt': 'a', 'long.txt': lines } })
    const answer = await fetch(`${stack.url}/api/rooms`, { method: 'POST', body })
    const { room } = (await answer.json()) as { room: string }
    const url = `${stack.url}/r/${room}`
    const [one, two] = [await open(`${url}#a.txt`), await open(`${url}#a.txt`)]
    await one.page.getByRole('textbox', { name: 'Text of a.txt' }).waitFor()
    const [first, second] = [await one.name(), await two.name()]
    await two.page
      .getByRole('banner')
      .getByRole('button', { name: `Follow ${first}` })
      .click()
    await two.page.getByText(`Following ${first}`).waitFor()

    await one.openFile('long.txt')
    await two.page.getByRole('textbox', { name: 'Text of long.txt' }).waitFor()
    await one.page.locator('.cm-scroller').hover()
    await one.page.mouse.wheel(0, 1500)
    await expect.poll(() => one.firstLine(), WAIT).toBeGreaterThan(40)
    await together(one, two)
    await one.page.keyboard.press('Control+End')
    await expect.poll(() => one.firstLine(), WAIT).toBeGreaterThan(120)
    await together(one, two)

    // Two who follow each other come to rest, and go on together from there.
    await one.page
      .getByRole('banner')
      .getByRole('button', { name: `Follow ${second}` })
      .click()
    await one.page.getByText(`Following ${second}`).waitFor()
    await two.openSide('People')
    await two.person(first).getByText('follows you').waitFor()
    await one.openSide('People')
    await one.person(second).getByText('follows you').waitFor()
    const place = await one.firstLine()
    await together(one, two)
    expect(await one.firstLine()).toBe(place)

    // Scrolling lets go; the other still comes along.
    await two.page.locator('.cm-scroller').hover()
    await two.page.mouse.wheel(0, -800)
    await expect.poll(() => two.page.locator('.following').isVisible(), WAIT).toBe(false)
    await expect.poll(() => two.firstLine(), WAIT).toBeLessThan(place)
    await together(one, two)
    await two.openFile('a.txt')
    await one.page.getByRole('textbox', { name: 'Text of a.txt' }).waitFor()

    // So do typing, and the button.
    await one.goTo(1)
    await one.type('!')
    await expect.poll(() => one.page.locator('.following').isVisible(), WAIT).toBe(false)
    await expect.poll(() => two.text(), WAIT).toBe('a!')
    await one
      .person(second)
      .getByRole('button', { name: `Follow ${second}` })
      .click()
    await one.page.getByText(`Following ${second}`).waitFor()
    await one.page.getByRole('button', { name: 'Stop', exact: true }).click()
    await expect.poll(() => one.page.locator('.following').isVisible(), WAIT).toBe(false)
    await two.openFile('long.txt')
    await expect.poll(() => two.page.title(), WAIT).toContain('long.txt')
    expect(await one.page.title()).toContain('a.txt')
  })

  it('comes in by invitation alone, once its owner has said so, and goes when the room is closed', async () => {
    const { owner, ann, ben, cat, names } = await openClass('private')
    const [, annName] = names
    await owner.manage(annName, 'Make viewer')
    await expect.poll(() => ann.canType(), WAIT).toBe(false)
    await owner.page.getByLabel('Who has the link').selectOption({ label: 'Nobody: invitation only' })
    // Whoever was given a role in the room stays; the others had the link alone.
    for (const student of [ben, cat]) {
      await student.page.getByRole('heading', { name: /is by invitation$/ }).waitFor()
    }
    await rolesIn(owner).toEqual([`${await owner.name()}: Owner`, `${annName}: Viewer`].sort())

    await owner.page.getByRole('button', { name: 'Invite…' }).click()
    const dialog = owner.page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('Ben Again')
    await dialog.getByLabel('Comes in as').selectOption('editor')
    await dialog.getByRole('button', { name: 'Make a link' }).click()
    const link = await dialog.getByLabel('Link of the invitation').inputValue()
    await dialog.getByRole('button', { name: 'Done' }).click()
    expect(link).toMatch(/#token=[\w.-]+$/)
    await ben.page.goto(link)
    await expect.poll(() => ben.page.locator('.tree').isVisible(), WAIT).toBe(true)
    expect(ben.page.url()).not.toContain('token')
    expect(await ben.name()).toBe('Ben Again')
    await ben.page.reload()
    await expect.poll(() => ben.page.locator('.tree').isVisible(), WAIT).toBe(true)
    expect(await ben.name()).toBe('Ben Again')
    await ben.openFile(PATH)
    await expect.poll(() => ben.canType(), WAIT).toBe(true)
    await ben.goTo(1)
    await ben.type('!')
    await expect.poll(() => owner.text(), WAIT).toBe('private!')

    await owner.page.getByRole('button', { name: 'Close room…' }).click()
    await owner.page.getByRole('dialog').getByRole('button', { name: 'Close room' }).click()
    for (const student of [ann, ben])
      await student.page.getByRole('heading', { name: /is closed$/ }).waitFor()
    await rolesIn(owner).toEqual([`${await owner.name()}: Owner`])
    await owner.page.getByRole('button', { name: 'Open again' }).click()
    await expect
      .poll(() => owner.page.getByRole('button', { name: 'Close room…' }).isVisible(), WAIT)
      .toBe(true)
    await ben.page.getByRole('button', { name: 'Try again' }).click()
    await expect.poll(() => ben.page.locator('.tree').isVisible(), WAIT).toBe(true)
    await rolesIn(owner).toEqual([`${await owner.name()}: Owner`, 'Ben Again: Editor'].sort())
  })
})
