/**
 * `wrangler dev` as a child process: starts it, waits for it, and stops it together with its
 * workerd and esbuild. Invariant: once `stop` has resolved, or this process is gone, none of
 * them is left. Knows no database.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { STARTED_BY } from './wrangler-guard.ts'

/** Lines of output kept, to be shown if it fails. */
const KEPT_LINES = 40
/** ms that wrangler may take to stop by itself */
const STOP_GRACE_MS = 5000

export interface WranglerOptions {
  /** Path of wrangler.toml. */
  readonly config: string
  readonly port: number
  /** Data directory of the Durable Objects. */
  readonly persistTo: string
  readonly vars: Readonly<Record<string, string>>
}

export interface Wrangler {
  /** Resolves with the cause of its end once the process is gone; never rejects. */
  readonly exited: Promise<string>
  /** Resolves once GET /healthz succeeds; rejects after `timeoutMs` or on `abort`. */
  ready(timeoutMs: number, abort: AbortSignal): Promise<void>
  /** The last lines it printed. */
  lastOutput(): string
  /** Forwards its output to stdout from now on. */
  showOutput(): void
  stop(): Promise<void>
}

/** Starts wrangler. Invalid options show in `exited`. */
export function startWrangler(options: WranglerOptions): Wrangler {
  const child = spawn(
    process.execPath,
    [
      ...['--no-warnings', '--import', pathToFileURL(join(import.meta.dirname, 'wrangler-guard.ts')).href],
      // The script itself, not the package's command, which would be one more process in between.
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
      // Its own process group: Ctrl-C in the terminal reaches only this process,
      // which stops everything in order.
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
    // Kills the rest of the group: workerd and esbuild survive a crash of wrangler.
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
