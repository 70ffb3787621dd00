/** The security headers of the demo's pages, and that the demo works within them without violations. */
import type { Browser } from 'playwright-core'
import { expect, it } from 'vitest'
import { describeIf, needsChromium } from '../support/needs.ts'
import { beforeAllShared, type SharedStack, stackWithoutDatabase } from '../support/servers/shared.ts'
import { Browsers } from './support/browsers.ts'
import { EditorWindow } from './support/editor-window.ts'

const WAIT = { timeout: 60_000 }

let stack: SharedStack
beforeAllShared(async (once) => {
  stack = await once(stackWithoutDatabase)
})

it.each(['/', '/r/some-room', '/index.html', '/no/such/page', '/favicon.svg'])(
  '%s has the security headers',
  async (path) => {
    const { status, headers } = await fetch(`${stack.url}${path}`)
    expect(status).toBe(200)
    const policy = headers.get('Content-Security-Policy') ?? ''
    const rules = new Map(policy.split('; ').map((rule) => rule.split(/ (.*)/, 2) as [string, string]))
    expect(rules.get('default-src')).toBe("'none'")
    expect(rules.get('script-src')).toBe("'self'")
    expect(rules.get('frame-ancestors')).toBe("'none'")
    expect(rules.get('base-uri')).toBe("'none'")
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(headers.get('X-Frame-Options')).toBe('DENY')
    expect(headers.get('Referrer-Policy')).toBe('no-referrer')
    expect(headers.get('Cross-Origin-Opener-Policy')).toBe('same-origin')
    expect(headers.get('Permissions-Policy')).toContain('camera=()')
  },
)

it('scripts and styles have them, too', async () => {
  const page = await (await fetch(`${stack.url}/`)).text()
  const files = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path)
  expect(files.length).toBeGreaterThanOrEqual(2)
  for (const path of files) {
    const { status, headers } = await fetch(`${stack.url}${path}`)
    expect([status, headers.get('X-Content-Type-Options')]).toEqual([200, 'nosniff'])
  }
})

describeIf(needsChromium(), 'in a browser', () => {
  let browser: Browser
  beforeAllShared(async (once) => {
    browser = (await once(Browsers.start)).chromium
  })

  /** A browser context that records every CSP violation and every console error or warning. */
  async function watched() {
    const context = await browser.newContext()
    const complaints: string[] = []
    await context.exposeFunction('violated', (what: string) => complaints.push(what))
    await context.addInitScript(() => {
      addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) => {
        const violation = `${violatedDirective} by ${blockedURI} in ${sourceFile}`
        void (globalThis as unknown as { violated: (what: string) => Promise<void> }).violated(violation)
      })
    })
    context.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    return { context, complaints }
  }

  it('two people work in the demo without a violation', async () => {
    const files = {
      'README.md': '# Hello',
      'src/App.jsx': 'let a = <b>1</b>',
      'styles.css': 'b { color: red }',
    }
    const body = JSON.stringify({ files })
    const made = await fetch(`${stack.url}/api/rooms`, { method: 'POST', body })
    const { room } = (await made.json()) as { room: string }
    const people = [await watched(), await watched()]
    const [one, two] = await Promise.all(
      people.map(({ context }) => EditorWindow.open(`${stack.url}/r/${room}#src/App.jsx`, context)),
    )
    if (one === undefined || two === undefined) throw new Error('two windows are needed')
    await expect.poll(() => two.text(), WAIT).toBe(files['src/App.jsx'])
    await one.goTo(1)
    await one.type('\nlet c = 2')
    await expect.poll(() => two.text(), WAIT).toContain('let c = 2')
    await expect.poll(() => two.cursors(), WAIT).toHaveLength(1)
    await one.page.keyboard.press('Control+a')
    for (const path of ['README.md', 'styles.css']) await one.openFile(path)
    await one.createFile('notes/new.md')
    await one.renameFile('notes/new.md', 'notes/old.md')
    await one.setCut(true)
    await expect.poll(() => one.connection(), WAIT).toMatch(/^(Reconnecting|Offline)/)
    await one.setCut(false)
    await expect.poll(() => one.connection(), WAIT).toMatch(/^(All changes saved|Connected)$/)
    await one.removeFile('notes/old.md')
    await expect.poll(() => two.paths(), WAIT).not.toContain('notes/old.md')
    for (const { context, complaints } of people) {
      await context.close()
      expect(complaints).toEqual([])
    }
    expect([...one.errors, ...two.errors]).toEqual([])
  })

  it('inline scripts and scripts from other origins do not run', async () => {
    const { context, complaints } = await watched()
    const page = await context.newPage()
    await page.goto(`${stack.url}/r/no-such-room`)
    await page.evaluate(() => {
      for (const script of [{ textContent: 'window.ran = true' }, { src: 'https://evil.example/x.js' }]) {
        document.head.append(Object.assign(document.createElement('script'), script))
      }
    })
    await expect.poll(() => complaints.filter((what) => what.startsWith('script-src')), WAIT).toHaveLength(2)
    expect(await page.evaluate(() => 'ran' in window)).toBe(false)
    await context.close()
  })
})
