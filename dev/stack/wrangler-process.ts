/**
 * `wrangler dev` as a child: started, waited for, and stopped together with the workerd and esbuild it starts.
 * Invariant: once `stop` has resolved, or this process is gone, none of them is left. Knows no database.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { STARTED_BY } from './wrangler-guard.ts'

/** How many lines of output are kept to be shown when it fails. */
const KEPT_LINES = 40
/** How long wrangler may take to stop by itself, in ms. */
const STOP_GRACE_MS = 5000

export interface WranglerOptions {
  /** The path of wrangler.toml. */
  readonly config: string
  readonly port: number
  /** Where Durable Objects keep their data. */
  readonly persistTo: string
  readonly vars: Readonly<Record<string, string>>
}

export interface Wrangler {
  /** Resolves once the process is gone, with what it died of; it never rejects. */
  readonly exited: Promise<string>
  /** Resolves once GET /healthz answers; rejects after `timeoutMs`, or when `abort` says so. */
  ready(timeoutMs: number, abort: AbortSignal): Promise<void>
  /** The last lines it printed. */
  lastOutput(): string
  /** From now on its output goes to our own. */
  showOutput(): void
  stop(): Promise<void>
}

/** Starts it. What is wrong with its options shows in `exited`. */
export function startWrangler(options: WranglerOptions): Wrangler {
  const child = spawn(
    process.execPath,
    [
      ...['--no-warnings', '--import', pathToFileURL(join(import.meta.dirname, 'wrangler-guard.ts')).href],
      // Not the command of the package, which would put one more process between.
      join(
        dirname(createRequire(import.meta.url).resolve('wrangler/package.json')),
        'wrangler-dist',
        'cli.js',
      ),
      'dev',
      ...['--config', options.config, '--ip', '127.0.0.1', '--port', String(options.port)],
      ...['--inspector-port', '0', '--persist-to', options.persistTo],
      ...Object.entries(options.vars).flatMap(([name, value]) => ['--var', `${name}:${value}`]),
      '--show-interactive-dev-session=false',
    ],
    {
      // A group of its own, for all it starts too: Ctrl-C in the terminal reaches us alone, and we stop things in
      // their order.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        [STARTED_BY]: String(process.pid),
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_HIDE_BANNER: 'true',
      },
    },
  )
  const lines: string[] = []
  let isShown = false
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      lines.push(...text.split('\n').filter((line) => line.trim() !== ''))
      lines.splice(0, lines.length - KEPT_LINES)
      if (isShown) process.stdout.write(text)
    })
  }
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })

  return {
    exited,
    ready: (timeoutMs, abort) =>
      untilHealthy(
        `http://127.0.0.1:${options.port}/healthz`,
        AbortSignal.any([abort, AbortSignal.timeout(timeoutMs)]),
      ),
    lastOutput: () => lines.join('\n'),
    showOutput() {
      isShown = true
    },
    stop: () => stop(child, exited),
  }
}

async function untilHealthy(url: string, signal: AbortSignal): Promise<void> {
  while (true) {
    const response = await fetch(url, { signal }).catch(() => undefined)
    await response?.body?.cancel()
    if (response?.ok === true) return
    await sleep(150, undefined, { signal })
  }
}

async function stop(child: ChildProcess, exited: Promise<string>): Promise<void> {
  if (child.pid === undefined) return
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM')
    const grace = new AbortController()
    await Promise.race([exited, sleep(STOP_GRACE_MS, undefined, { signal: grace.signal }).catch(() => {})])
    grace.abort()
  }
  try {
    // Whatever is left of its group: where it died at once, workerd and esbuild live on.
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
