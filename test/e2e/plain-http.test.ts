/**
 * The demo over plain http from another machine, as in a class: not a secure context, so
 * parts of the platform are missing.
 */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchChromium } from '../support/browser.ts'
import { describeIf, needsChromium } from '../support/needs.ts'
import { type Stack, startStack } from '../support/servers/stack.ts'
import { EditorWindow } from './support/editor-window.ts'

const WAIT = { timeout: 60_000 }
const HOST = 'laptop.test'

describeIf(needsChromium(), 'a page over plain http from another machine', () => {
  let stack: Stack
  let browser: Browser
  let url: string

  beforeAll(async () => {
    stack = await startStack({ withoutDatabase: true, vars: { ALLOWED_ORIGINS: '*' } })
    browser = await launchChromium([`--host-resolver-rules=MAP ${HOST} 127.0.0.1`])
    const body = JSON.stringify({ files: { 'note.txt': 'first' } })
    const answer = await fetch(`${stack.url}/api/rooms`, { method: 'POST', body })
    const { room } = (await answer.json()) as { room: string }
    url = `http://${HOST}:${new URL(stack.url).port}/r/${room}`
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await stack?.close()
  })

  it('people join as different guests, see each other’s edits, and keep their name after a reload', async () => {
    const [ann, bob] = [await EditorWindow.open(url, browser), await EditorWindow.open(url, browser)]
    expect(await ann.page.evaluate(() => [isSecureContext, 'locks' in navigator])).toEqual([false, false])
    expect(await ann.name()).not.toBe(await bob.name())
    await ann.goTo(1)
    await ann.type(' letters')
    await expect.poll(() => bob.text(), WAIT).toBe('first letters')
    await expect.poll(() => ann.connection(), WAIT).toBe('All changes saved')
    const before = await ann.name()
    await ann.page.reload()
    await ann.page.locator('.tree').waitFor()
    expect(await ann.name()).toBe(before)
    expect([...ann.errors, ...bob.errors]).toEqual([])
  })
})
