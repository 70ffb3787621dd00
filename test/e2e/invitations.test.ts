/**
 * Invitation links, valid and invalid, and what an owner can do about the people who
 * joined with one, in real browsers.
 */
import { afterAll, afterEach, expect, it } from 'vitest'
import { describeIf, needsChromium } from '../support/needs.ts'
import { beforeAllShared } from '../support/servers/shared.ts'
import { type Stack, startStack } from '../support/servers/stack.ts'
import { Browsers } from './support/browsers.ts'
import { Classroom, WAIT } from './support/classroom.ts'
import type { EditorWindow } from './support/editor-window.ts'

describeIf(needsChromium(), 'an invitation link', () => {
  let stack: Stack
  let classroom: Classroom

  beforeAllShared(async (once) => {
    stack = await startStack({ quiet: true })
    classroom = new Classroom(stack, await once(Browsers.start))
  })

  afterAll(() => stack?.close())

  afterEach(async () => {
    expect(await classroom.clear()).toEqual([])
  })

  /** Creates a link in the owner's window. */
  async function link({ page }: EditorWindow, name: string): Promise<string> {
    await page.getByRole('button', { name: 'Invite…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill(name)
    await dialog.getByRole('button', { name: 'Create link' }).click()
    const made = await dialog.getByLabel('Invitation link').inputValue()
    await dialog.getByRole('button', { name: 'Done' }).click()
    return made
  }

  const stored = ({ page }: EditorWindow, room: string) =>
    page.evaluate(
      (key) => [sessionStorage.getItem(key), localStorage.getItem(key)],
      `edgeroom-invitation:${room}`,
    )

  async function openOwn() {
    const own = await classroom.openOwn()
    await own.owner.openSide('People')
    return own
  }

  it('replaces a previous invitation only if the room accepts it, and never stays in the address', async () => {
    const { owner, room } = await openOwn()
    const ann = await classroom.open(await link(owner, 'Ann'))
    expect(await ann.name()).toBe('Ann')
    const before = await stored(ann, room)
    expect(before[0]).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
    const { origin } = new URL(ann.page.url())
    for (const [bad, message] of [
      ['x.y.z', 'was not accepted'],
      ['a-secret-that-somebody-else-knows', 'The invitation in this link is not valid.'],
    ] as const) {
      // In a window on another page, and in one that is in the room already.
      await ann.page.goto('about:blank')
      await ann.page.goto(`${origin}/r/${room}#token=${bad}`)
      await ann.page.locator('.toasts', { hasText: message }).waitFor()
      await expect.poll(() => ann.page.locator('.tree').isVisible(), WAIT).toBe(true)
      expect(ann.page.url()).not.toContain('token')
      await ann.page.goto(`${origin}/r/${room}#token=${bad}`)
      await ann.page.locator('.toasts', { hasText: message }).first().waitFor()
      await expect.poll(() => ann.page.url(), WAIT).not.toContain('token')
      await expect.poll(() => ann.page.locator('.tree').isVisible(), WAIT).toBe(true)
      expect(await ann.name()).toBe('Ann')
      expect(await stored(ann, room)).toEqual(before)
    }
    await ann.page.goto(await link(owner, 'Ann Again'))
    await expect.poll(() => ann.name(), WAIT).toBe('Ann Again')
    expect(await stored(ann, room)).not.toEqual(before)
    expect(ann.page.url()).not.toContain('token')
  })

  it('cannot make somebody a guest whose secret the sender knows', async () => {
    const { url, room } = await openOwn()
    const secret = 'guest-0f9a6c3e8b7d20455d1c7e02b8f3a964'
    const { origin } = new URL(url)
    const ben = await classroom.open(`${origin}/r/${room}#token=${secret}`)
    expect(ben.page.url()).not.toContain('token')
    expect(await stored(ben, room)).toEqual(['', null])
    const held = await ben.page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]))
    expect(held).not.toContain(secret)
  })

  it('can be revoked in the list of people, one by one or all at once', async () => {
    const { owner } = await openOwn()
    const { page } = owner
    const list = page.getByRole('list', { name: 'Invitations' })
    const [anns, bens, cats] = [await link(owner, 'Ann'), await link(owner, 'Ben'), await link(owner, 'Cat')]
    const [ann, ben, cat] = [
      await classroom.open(anns),
      await classroom.open(bens),
      await classroom.open(cats),
    ]
    await expect.poll(() => list.getByRole('listitem').count(), WAIT).toBe(3)
    await list.getByRole('button', { name: 'Revoke the invitation of Ann' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await ann.page.getByRole('heading', { name: 'Your invitation is no longer valid' }).waitFor()
    await expect.poll(() => list.getByRole('listitem').count(), WAIT).toBe(2)

    await owner.manage('Ben', 'Ban…')
    await ben.page.getByRole('heading', { name: 'You are banned from this room' }).waitFor()
    const out = page.getByRole('list', { name: 'Banned' })
    await expect.poll(() => out.textContent(), WAIT).toContain('Ben')
    await out.getByRole('button', { name: 'Unban Ben' }).click()
    await expect.poll(() => out.isVisible(), WAIT).toBe(false)

    await page.getByRole('button', { name: 'Revoke all…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke all' }).click()
    await cat.page.getByRole('heading', { name: 'Your invitation is no longer valid' }).waitFor()
    await expect.poll(() => list.isVisible(), WAIT).toBe(false)
    expect(await owner.connection()).toMatch(/^(All changes saved|Connected)$/)

    const guest = await classroom.open(page.url())
    await owner.setSwitch('Guests', false)
    await guest.page.getByRole('heading', { name: /is invitation-only$/ }).waitFor()
  })

  it('is not needed in production, where every visitor gets a private room', async () => {
    await stack.restart({
      ENVIRONMENT: 'production',
      AUTH_SECRET: 'a secret of the tests, of 32 characters and more',
    })
    try {
      const one = await classroom.open(`${stack.url}/`)
      const room = /\/r\/([a-z2-9]{20})/.exec(one.page.url())?.[1]
      expect(room).toBeDefined()
      expect((await fetch(`${stack.url}/api/rooms/demo`)).status).toBe(404)
      expect((await fetch(`${stack.url}/api/rooms/${room}`)).status).toBe(401)
      await one.openSide('People')
      expect(await one.page.getByLabel('Anyone with the link').inputValue()).toBe('private')
      const two = await classroom.open(`${stack.url}/index.html`)
      expect(two.page.url()).not.toContain(room)
      await two.page.goto(`${stack.url}/r/demo`)
      await two.page.getByRole('heading', { name: 'There is no room “demo”' }).waitFor()
    } finally {
      await stack.restart({ ENVIRONMENT: 'local', AUTH_SECRET: '' })
    }
  })
})
