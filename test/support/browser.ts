/**
 * The browser for tests and pictures: the Chromium of this machine, driven by playwright-core, which brings none of its
 * own. Where there is none, what needs one is left out and says how to get it; in CI it fails instead.
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
  'no Chromium found: install one (apt-get install chromium) or name it in the variable CHROMIUM'

/** Where Chromium is: what CHROMIUM names, else the usual places, else what playwright has fetched; null for nowhere. */
export function findChromium(): string | null {
  const { CHROMIUM } = process.env
  if (CHROMIUM) return existsSync(CHROMIUM) ? CHROMIUM : null
  return [...PLACES, chromium.executablePath()].find((path) => existsSync(path)) ?? null
}

/** Whether tests that need a browser can run. Throws where they must and cannot. */
export function hasChromium(): boolean {
  if (findChromium() !== null) return true
  if (process.env.CI === 'true' || process.env.REQUIRE_CHROMIUM === '1') throw new Error(HOW_TO_GET_ONE)
  console.warn(`Skipped: ${HOW_TO_GET_ONE}`)
  return false
}

/** @param args of Chromium, besides those that all tests need @throws Error when there is no Chromium */
export function launchChromium(args: readonly string[] = []): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === null) throw new Error(HOW_TO_GET_ONE)
  return chromium.launch({ executablePath, args: [...ARGS, ...args] })
}
