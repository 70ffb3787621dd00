/**
 * What people do in a room besides editing, in real browsers: chat, follow, join by invitation, get removed.
 */
import { afterEach, expect, it } from 'vitest'
import { describeIf, needsChromium } from '../support/needs.ts'
import { beforeAllShared, wholeStack } from '../support/servers/shared.ts'
import { Browsers } from './support/browsers.ts'
import { Classroom, PATH, rolesIn, WAIT } from './support/classroom.ts'
import type { EditorWindow } from './support/editor-window.ts'

describeIf(needsChromium(), 'people in a room', () => {
  let classroom: Classroom

  beforeAllShared(async (once) => {
    classroom = new Classroom(await once(wholeStack), await once(Browsers.start))
  })

  afterEach(async () => {
    expect(await classroom.clear()).toEqual([])
  })

  /** Waits until both show the same part of the text. Their first line may differ by one pixel row. */
  async function together(one: EditorWindow, two: EditorWindow): Promise<void> {
    await expect
      .poll(async () => Math.abs((await one.firstLine()) - (await two.firstLine())), WAIT)
      .toBeLessThan(2)
  }

  /** A room with a long file and no owner. */
  async function makeLong(): Promise<string> {
    const lines = Array.from({ length: 200 }, (_, i) => `line ${i + 1}`).join('\n')
    const body = JSON.stringify({ files: { 'a.txt': 'a', 'long.txt': lines } })
    const answer = await fetch(`${classroom.stack.url}/api/rooms`, { method: 'POST', body })
    const { room } = (await answer.json()) as { room: string }
    return `${classroom.stack.url}/r/${room}`
  }

  it('chat: everyone sees messages and arrivals, until the owner turns chat off', async () => {
    const { owner, ann, url, names } = await classroom.openClass('chat')
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
    const late = await classroom.open(url)
    const lateName = await late.name()
    await expect.poll(async () => (await owner.chat()).at(-1), WAIT).toBe(`${lateName} is here`)
    // Latecomers can read it all, and see the number of unread messages.
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
    await ann.page.getByText('The owner has turned chat off.').waitFor()
    expect(await ann.page.getByRole('textbox', { name: 'Message to everybody here' }).isDisabled()).toBe(true)
    await owner.say('Only I speak.')
    await expect.poll(async () => (await ann.chat()).at(-1), WAIT).toContain('Only I speak.')
    await late.page.close()
    await expect.poll(async () => (await owner.chat()).at(-1), WAIT).toBe(`${lateName} left`)
  })

  it('follow each other to a file and a position in it, until they act themselves', async () => {
    const url = await makeLong()
    const [one, two] = [await classroom.open(`${url}#a.txt`), await classroom.open(`${url}#a.txt`)]
    await one.page.getByRole('textbox', { name: 'Text of a.txt' }).waitFor()
    const [first, second] = [await one.name(), await two.name()]
    await two.page
      .getByRole('banner')
      .getByRole('button', { name: `Follow ${first}` })
      .click()
    await two.page.locator('.following', { hasText: first }).waitFor()

    await one.openFile('long.txt')
    await two.page.getByRole('textbox', { name: 'Text of long.txt' }).waitFor()
    await one.page.locator('.cm-scroller').hover()
    await one.page.mouse.wheel(0, 1500)
    await expect.poll(() => one.firstLine(), WAIT).toBeGreaterThan(40)
    await together(one, two)
    await one.page.keyboard.press('Control+End')
    await expect.poll(() => one.firstLine(), WAIT).toBeGreaterThan(120)
    await together(one, two)

    // Two people who follow each other come to rest, and continue together from there.
    await one.page
      .getByRole('banner')
      .getByRole('button', { name: `Follow ${second}` })
      .click()
    await one.page.locator('.following', { hasText: second }).waitFor()
    await two.openSide('People')
    await two.person(first).getByText('follows you').waitFor()
    await one.openSide('People')
    await one.person(second).getByText('follows you').waitFor()
    const place = await one.firstLine()
    await together(one, two)
    expect(await one.firstLine()).toBe(place)

    // Scrolling stops following; the other still follows.
    await two.page.locator('.cm-scroller').hover()
    await two.page.mouse.wheel(0, -800)
    await expect.poll(() => two.page.locator('.following').isVisible(), WAIT).toBe(false)
    await expect.poll(() => two.firstLine(), WAIT).toBeLessThan(place)
    await together(one, two)
    await two.openFile('a.txt')
    await one.page.getByRole('textbox', { name: 'Text of a.txt' }).waitFor()

    // Typing and the button stop it as well.
    await one.goTo(1)
    await one.type('!')
    await expect.poll(() => one.page.locator('.following').isVisible(), WAIT).toBe(false)
    await expect.poll(() => two.text(), WAIT).toBe('a!')
    await one
      .person(second)
      .getByRole('button', { name: `Follow ${second}` })
      .click()
    await one.page.locator('.following', { hasText: second }).waitFor()
    await one.page.getByRole('button', { name: 'Stop', exact: true }).click()
    await expect.poll(() => one.page.locator('.following').isVisible(), WAIT).toBe(false)
    await two.openFile('long.txt')
    await expect.poll(() => two.page.title(), WAIT).toContain('long.txt')
    expect(await one.page.title()).toContain('a.txt')
  })

  it('join by invitation only if the owner says so, and leave when the room is closed', async () => {
    const { owner, ann, ben, cat, names } = await classroom.openClass('private')
    const [, annName] = names
    await owner.manage(annName, 'Make viewer')
    await expect.poll(() => ann.canType(), WAIT).toBe(false)
    await owner.page.getByLabel('Anyone with the link').selectOption({ label: 'No access (invitation only)' })
    // People with a role in the room stay; the others only had the link.
    for (const student of [ben, cat]) {
      await student.page.getByRole('heading', { name: /is invitation-only$/ }).waitFor()
    }
    await rolesIn(owner).toEqual([`${await owner.name()}: Owner`, `${annName}: Viewer`].sort())

    await owner.page.getByRole('button', { name: 'Invite…' }).click()
    const dialog = owner.page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('Ben Again')
    await dialog.getByLabel('Role').selectOption('editor')
    await dialog.getByRole('button', { name: 'Create link' }).click()
    const link = await dialog.getByLabel('Invitation link').inputValue()
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
    await owner.page.getByRole('button', { name: 'Reopen room' }).click()
    await expect
      .poll(() => owner.page.getByRole('button', { name: 'Close room…' }).isVisible(), WAIT)
      .toBe(true)
    await ben.page.getByRole('button', { name: 'Try again' }).click()
    await expect.poll(() => ben.page.locator('.tree').isVisible(), WAIT).toBe(true)
    await rolesIn(owner).toEqual([`${await owner.name()}: Owner`, 'Ben Again: Editor'].sort())
  })

  it('follow from one editor to another, read-only as well', async () => {
    const { owner, url } = await classroom.openOwn()
    const lines = Array.from({ length: 120 }, (_, i) => `line ${i + 1}`).join('\n')
    await owner.page.keyboard.insertText(lines)
    const student = await classroom.open(url.replace('#', '?editor=monaco#'))
    const { page } = student
    await page.locator('.view-line', { hasText: 'line 120' }).or(page.locator('.view-line').first()).waitFor()
    await owner.openSide('People')
    await owner.setSwitch('Classroom mode', true)
    await page.getByText('This is a classroom.').waitFor()
    await page.locator('.view-line').nth(1).click()
    await student.type('nothing')
    const name = await owner.name()
    await page
      .getByRole('banner')
      .getByRole('button', { name: `Follow ${name}` })
      .click()
    await page.locator('.following', { hasText: name }).waitFor()
    await owner.page.locator('.cm-scroller').hover()
    await owner.page.mouse.wheel(0, -5_000)
    await expect.poll(() => owner.firstLine(), WAIT).toBe(1)
    await page.locator('.view-line', { hasText: /^line.1$/ }).waitFor()
    await owner.page.mouse.wheel(0, 1_000)
    await expect.poll(() => owner.firstLine(), WAIT).toBeGreaterThan(30)
    const first = await owner.firstLine()
    await page.locator('.view-line', { hasText: new RegExp(`^line.${first + 1}$`) }).waitFor()
    await expect.poll(() => page.locator('.view-line', { hasText: /^line.1$/ }).count(), WAIT).toBe(0)
    await page.locator('.monaco-editor').hover()
    await page.mouse.wheel(0, 100)
    await expect.poll(() => page.locator('.following').isVisible(), WAIT).toBe(false)
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitemradio', { name: 'Edit with CodeMirror' }).click()
    await page.locator('.cm-content').waitFor()
    expect(await student.canType()).toBe(false)
    expect(new URL(page.url()).search).toBe('')
  })

  it('can still read what did not reach the room, when removed while typing', async () => {
    const { owner, url } = await classroom.openOwn()
    await owner.openSide('People')
    const student = await classroom.open(url)
    const name = await student.name()
    await student.setLatency(1_000)
    await student.page.locator('.cm-content').click()
    const removal = owner.manage(name, 'Remove…')
    const heading = student.page.getByRole('heading', { name: 'You were removed from this room' })
    let typed = 0
    while (!(await heading.isVisible())) {
      await student.type('x')
      typed++
    }
    await removal
    await student.page.getByText('of your changes did not reach the room.').waitFor()
    await student.page.getByRole('button', { name: 'Show my last text' }).click()
    const text = await student.text()
    expect(text).toMatch(/^x+$/)
    // The last letter may have been typed after the page appeared.
    expect([typed, typed - 1]).toContain(text.length)
    expect((await owner.text()).length).toBeLessThan(text.length)
    expect(await student.canType()).toBe(false)
    await student.page.getByText('You are no longer in this room. Copy anything you want to keep.').waitFor()
  })
})
