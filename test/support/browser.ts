/**
 * The browser for tests and screenshots: the Chromium installed on this machine, driven by
 * playwright-core, which does not include one. Without Chromium, tests that need it are skipped with a
 * hint; in CI they fail instead.
 */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
]

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const HOW_TO_GET_ONE =
  'no Chromium found: install one (apt-get install chromium) or set CHROMIUM to its path'

/**
 * The path of Chromium: from CHROMIUM, else the usual places, else playwright's
 * download; null if there is none.
 */
export function findChromium(): string | null {
  const { CHROMIUM } = process.env
  if (CHROMIUM) return existsSync(CHROMIUM) ? CHROMIUM : null
  return [...PLACES, chromium.executablePath()].find((path) => existsSync(path)) ?? null
}

/** Whether tests that need a browser can run. @throws Error if they cannot but must, as in CI */
export function hasChromium(): boolean {
  if (findChromium() !== null) return true
  if (process.env.CI === 'true' || process.env.REQUIRE_CHROMIUM === '1') throw new Error(HOW_TO_GET_ONE)
  console.warn(`Skipped: ${HOW_TO_GET_ONE}`)
  return false
}

/** @param args further Chromium arguments @throws Error if there is no Chromium */
export function launchChromium(args: readonly string[] = []): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === null) throw new Error(HOW_TO_GET_ONE)
  return chromium.launch({ executablePath, args: [...ARGS, ...args] })
}
