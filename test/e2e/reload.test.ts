/** Offline storage in a real browser: unsaved typing survives a reload, a closed window and a crash. */
import type { Browser, BrowserContext } from 'playwright-core'
import { beforeEach, expect, it } from 'vitest'
import { describeIf, needsChromium } from '../support/needs.ts'
import { beforeAllShared, type SharedStack, wholeStack } from '../support/servers/shared.ts'
import { Browsers } from './support/browsers.ts'
import { EditorWindow } from './support/editor-window.ts'

const WAIT = { timeout: 60_000 }

describeIf(needsChromium(), 'work that was not saved', () => {
  let stack: SharedStack
  let browser: Browser
  let context: BrowserContext
  let url: string
  let path: string

  beforeAllShared(async (once) => {
    stack = await once(wholeStack)
    browser = (await once(Browsers.start)).chromium
  })

  beforeEach(async ({ onTestFinished }) => {
    const body = JSON.stringify({ files: { 'note.txt': 'first' } })
    const answer = await fetch(`${stack.url}/api/rooms`, { method: 'POST', body })
    const { room } = (await answer.json()) as { room: string }
    url = `${stack.url}/r/${room}`
    path = `${stack.url}/api/rooms/${room}/files/note.txt`
    context = await browser.newContext()
    onTestFinished(() => context.close())
  })

  /** Types without a connection, and waits until the browser has stored it. */
  async function typeOffline(window: EditorWindow, text: string): Promise<void> {
    await window.setCut(true)
    await expect.poll(() => window.connection(), WAIT).toBe('Offline')
    await window.goTo(1)
    await window.type(text)
    await expect.poll(() => window.connection(), WAIT).toBe('Offline – 1 change waiting')
    await expect.poll(() => stored(window), WAIT).toContain(text)
  }

  /** Everything the browser has stored of rooms. */
  function stored(window: EditorWindow): Promise<string> {
    return window.page.evaluate(async () => {
      const done = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result)
          request.onerror = () => reject(request.error)
        })
      const database = await done(indexedDB.open('edgeroom', 1))
      const parts = await done(database.transaction('copies').objectStore('copies').getAll())
      database.close()
      return JSON.stringify(parts)
    })
  }

  async function saved(): Promise<string> {
    return (await fetch(path)).text()
  }

  it('is restored after a reload, and saved once', async () => {
    const window = await EditorWindow.open(url, context)
    await typeOffline(window, ' and offline')
    await window.page.reload()
    await expect.poll(() => saved(), WAIT).toBe('first and offline')
    await expect.poll(() => window.text(), WAIT).toBe('first and offline')
    await expect.poll(() => stored(window), WAIT).toBe('[]')
    await window.page.reload()
    await expect.poll(() => window.text(), WAIT).toBe('first and offline')
    expect(window.errors).toEqual([])
  })

  it('is saved by the next window after its own was closed', async () => {
    const window = await EditorWindow.open(url, context)
    await typeOffline(window, ' and gone')
    await window.page.close()
    const next = await EditorWindow.open(url, context)
    await expect.poll(() => saved(), WAIT).toBe('first and gone')
    await expect.poll(() => next.text(), WAIT).toBe('first and gone')
  })

  it('is saved by the next window after its own crashed', async () => {
    const window = await EditorWindow.open(url, context)
    await typeOffline(window, ' and crashed')
    const crashed = window.page.waitForEvent('crash')
    await window.page.goto('chrome://crash').catch(() => {})
    await crashed
    const next = await EditorWindow.open(url, context)
    await expect.poll(() => saved(), WAIT).toBe('first and crashed')
    await expect.poll(() => next.text(), WAIT).toBe('first and crashed')
  })
})
