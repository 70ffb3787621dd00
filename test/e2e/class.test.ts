/**
 * A class of a teacher and three students on the whole system, in real browsers. What each of them sees is
 * read from their pages; what is stored, from Postgres.
 */
import { afterEach, expect, it } from 'vitest'
import { describeIf, needsChromium } from '../support/needs.ts'
import { beforeAllShared, wholeStack } from '../support/servers/shared.ts'
import { Browsers } from './support/browsers.ts'
import { Classroom, PATH, rolesIn, SAVED, WAIT } from './support/classroom.ts'
import type { EditorWindow } from './support/editor-window.ts'

interface StoredRoom {
  readonly policy: {
    readonly owner: string
    readonly mode: string
    readonly members: Readonly<Record<string, { role: string; name: string }>>
    readonly kicked: Readonly<Record<string, number>>
  }
}

describeIf(needsChromium(), 'a class', () => {
  let classroom: Classroom

  beforeAllShared(async (once) => {
    classroom = new Classroom(await once(wholeStack), await once(Browsers.start))
  })

  afterEach(async () => {
    expect(await classroom.clear()).toEqual([])
  })

  async function guestSecret(window: EditorWindow): Promise<string> {
    return window.page.evaluate(() => sessionStorage.getItem('edgeroom-guest') ?? '')
  }

  it('is led by its owner: grants and revokes editing, removes a student, and makes another the owner', async () => {
    const { owner, ann, ben, cat, everybody, room, url, names } = await classroom.openClass('start')
    const [teacher, annName, benName, catName] = names
    const roles = (...of: readonly string[]) => names.map((name, i) => `${name}: ${of[i]}`).sort()

    for (const window of everybody) {
      await rolesIn(window).toEqual(roles('Owner', 'Editor', 'Editor', 'Editor'))
      expect(await window.canType()).toBe(true)
    }
    await ben.goTo(1)
    await expect.poll(() => owner.cursors(), WAIT).toContain(benName)

    // Classroom on: the students can only view, and their cursors are hidden.
    await owner.setSwitch('Classroom mode', true)
    for (const window of everybody)
      await rolesIn(window).toEqual(roles('Owner', 'Viewer', 'Viewer', 'Viewer'))
    for (const student of [ann, ben, cat]) {
      await expect.poll(() => student.canType(), WAIT).toBe(false)
      await student.page
        .getByText(`This is a classroom. You can only view until ${teacher} makes you an editor.`)
        .waitFor()
      await student.page
        .locator('.toast', { hasText: `${teacher} turned classroom mode on. You can only view now.` })
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

    // One student becomes an editor.
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

    // Her role is revoked while she types over a slow connection: what the room had by then
    // stays, the rest is handed back.
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
    // The last letter may have been typed after the editor became read-only.
    expect([typed, typed.slice(0, -1)]).toContain(kept + handedBack)
    expect(await ann.canType()).toBe(false)
    for (const window of everybody)
      await rolesIn(window).toEqual(roles('Owner', 'Viewer', 'Viewer', 'Viewer'))

    // One student is removed, and cannot come back.
    await owner.manage(benName, 'Remove…')
    const removed = ben.page.getByRole('heading', { name: 'You were removed from this room' })
    await removed.waitFor()
    await ben.page.reload()
    await removed.waitFor()
    expect(await ben.page.locator('.cm-content').count()).toBe(0)
    for (const window of [owner, ann, cat]) {
      await rolesIn(window).toEqual([`${teacher}: Owner`, `${annName}: Viewer`, `${catName}: Viewer`].sort())
    }

    // The room gets a new owner, and its first one leaves.
    await owner.manage(catName, 'Make owner…')
    await cat.page.locator('.toast', { hasText: `${teacher} made you the owner of this room.` }).waitFor()
    await owner.page
      .locator('.toast', { hasText: `You made ${catName} the owner of this room. You are an editor now.` })
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

    // All of it is stored.
    const authorization = `Bearer ${await guestSecret(cat)}`
    const flushed = await fetch(`${classroom.stack.url}/api/rooms/${room}/flush`, {
      method: 'POST',
      headers: { authorization },
    })
    expect(flushed.status).toBe(200)
    const [file] = await classroom.stack.query<{ text: string }>(
      'select text from files where room = $1 and path = $2',
      [room, PATH],
    )
    expect(file?.text).toBe('the end')
    const [stored] = await classroom.stack.query<StoredRoom>('select policy from rooms where room = $1', [
      room,
    ])
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
    const back = await classroom.open(url)
    await expect.poll(() => back.text(), WAIT).toBe('the end')
  })
})
