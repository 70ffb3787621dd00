/**
 * The browser for tests and screenshots: the Chromium installed on this machine, driven by
 * playwright-core, which does not include one. Without Chromium, tests that need it are skipped; in CI
 * they fail instead.
 */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
]

/**
 * Headless Chromium is a whole browser, whose address bar renders pages of its own, and which keeps a
 * renderer in reserve for each window: a third of what opening a window costs. The other names are those that
 * Playwright disables itself; its switch would be replaced by this one.
 */
const DISABLED_FEATURES = [
  ...['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'WebUIOmniboxFullPopup'],
  ...['SpareRendererForSitePerProcess', 'IsolateOrigins'],
  ...['AvoidUnnecessaryBeforeUnloadCheckSync', 'DestroyProfileOnBrowserClose', 'HttpsUpgrades'],
  ...['HttpsFirstBalancedModeAutoEnable', 'LensOverlay', 'MediaRouter', 'PaintHolding'],
  ...['ThirdPartyStoragePartitioning', 'AvoidCorsURLLoaderRestartOnRedirect', 'OptimizationHints'],
  ...['NetworkTimeServiceQuerying', 'AimEnabled', 'PreconnectToSearch'],
]

const ARGS = [
  `--disable-features=${DISABLED_FEATURES.join(',')}`,
  '--no-sandbox',
  '--disable-gpu',
  '--in-process-gpu',
  // One renderer per browser context, whatever its windows show.
  '--disable-site-isolation-trials',
  '--renderer-process-limit=1',
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

/** @param args further Chromium arguments @throws Error if there is no Chromium */
export function launchChromium(args: readonly string[] = []): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === null) throw new Error(HOW_TO_GET_ONE)
  return chromium.launch({ executablePath, args: [...ARGS, ...args] })
}
