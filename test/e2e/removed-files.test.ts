/**
 * Restoring removed files in a real browser, by keyboard, including files
 * removed before the page was loaded.
 */
import { afterEach, expect, it } from 'vitest'
import { describeIf, needsChromium } from '../support/needs.ts'
import { beforeAllShared, wholeStack } from '../support/servers/shared.ts'
import { Browsers } from './support/browsers.ts'
import { Classroom, WAIT } from './support/classroom.ts'

describeIf(needsChromium(), 'a removed file', () => {
  let classroom: Classroom

  beforeAllShared(async (once) => {
    classroom = new Classroom(await once(wholeStack), await once(Browsers.start))
  })

  afterEach(async () => {
    expect(await classroom.clear()).toEqual([])
  })

  it('is listed below the others, and is restored for everyone with its text', async () => {
    const files = { 'a.txt': 'a', 'notes/old.md': 'what was written', 'notes/new.md': 'new' }
    const body = JSON.stringify({ files, access: 'edit' })
    const answer = await fetch(`${classroom.stack.url}/api/rooms`, { method: 'POST', body })
    const { room } = (await answer.json()) as { room: string }
    const url = `${classroom.stack.url}/r/${room}`
    const ann = await classroom.open(url)
    await ann.removeFile('notes/old.md')
    await ann.removeFile('notes/new.md')
    const ben = await classroom.open(url)
    await expect.poll(() => ben.paths(), WAIT).toEqual(['a.txt'])

    const { page } = ben
    await page.getByText('Recently removed', { exact: true }).focus()
    await page.keyboard.press('Enter')
    const listed = () => page.locator('.removed li .name').allTextContents()
    await expect.poll(listed, WAIT).toEqual(['notes/new.md', 'notes/old.md'])
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await expect.poll(() => ann.paths(), WAIT).toEqual(['notes/old.md', 'a.txt'])
    await expect.poll(listed, WAIT).toEqual(['notes/new.md'])
    expect(await page.locator(':focus').getAttribute('aria-label')).toBe('Restore notes/new.md')
    await page.locator('[data-path="notes/old.md"]').click()
    await expect.poll(() => ben.text(), WAIT).toBe('what was written')
  })
})
