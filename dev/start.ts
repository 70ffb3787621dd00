/**
 * `npm start`: the whole system on this machine with one command. Opens the database, starts its endpoint,
 * runs the Worker and the demo under `wrangler dev`, and prints the address. However it ends, nothing it
 * started is left running. DATABASE_URL names a Postgres to use instead of the embedded one; ALLOWED_ORIGINS
 * allows pages of other origins.
 */

import { access } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { command, flag, report, text, whole } from './cli/command.ts'
import { projectDirectory, workerStateDirectory } from './stack/local-state.ts'
import { untilStopped } from './stack/until-stopped.ts'

/** ms that the Worker may take for its first response */
const READY_MS = 90_000

const NAME = 'npm start'
const SPEC = {
  name: NAME,
  about:
    'Runs Edgeroom on this machine: the Worker, the demo and a Postgres. DATABASE_URL names a Postgres to use instead of the ' +
    'embedded one; ALLOWED_ORIGINS allows pages of other origins.',
  options: {
    port: whole('N', 'port to listen on', 8787, { most: 65_535, env: 'PORT' }),
    shared: flag('use the database of DATABASE_URL without asking, even if a deployment writes to it'),
    config: text(
      'FILE',
      "the Worker's wrangler.toml",
      join(projectDirectory, 'wrangler.toml'),
      'wrangler.toml',
    ),
  },
} as const

/** Cleanup steps, run in reverse order. */
const undo: (() => Promise<void>)[] = []

await command(SPEC, async ({ port, config, shared }) => {
  const stopped = untilStopped()
  try {
    await run(port, config, shared, stopped)
  } finally {
    for (const step of undo.reverse()) await step().catch((error: unknown) => report(NAME, error))
  }
  return undefined
})
// Only the signal listeners are left.
process.exit()

async function run(port: number, config: string, shared: boolean, stopped: Promise<void>): Promise<void> {
  await access(config).catch(() => {
    throw new Error(`There is no file ${config}: --config must name the Worker's wrangler.toml.`)
  })
  await checkPortIsFree(port)
  // Modules that take a second to load are imported after the command line is read.
  const { serveDatabase } = await import('./postgres/serve.ts')
  const { startWrangler } = await import('./stack/wrangler-process.ts')
  const database = await serveDatabase(process.env.DATABASE_URL, 0, console.log, (rooms) =>
    shared ? Promise.resolve(true) : askWhetherShared(rooms),
  )
  undo.push(() => database.close())

  console.log('Building the demo and starting the Worker …')
  const wrangler = startWrangler({
    config: resolve(config),
    port,
    persistTo: workerStateDirectory,
    vars: {
      ENVIRONMENT: 'local',
      ALLOWED_ORIGINS: process.env.ALLOWED_ORIGINS ?? '',
      DATABASE_URL: database.connectionString,
      NEON_ENDPOINT: database.endpoint,
    },
  })
  undo.push(() => wrangler.stop())
  const died = wrangler.exited.then((how): never => {
    throw new Error(`wrangler dev exited: ${how}. Its last lines are above.`)
  })
  died.catch(() => {})

  const waiting = new AbortController()
  const ready = wrangler.ready(READY_MS, waiting.signal).catch(() => {
    throw new Error(`The Worker did not answer within ${READY_MS / 1000} s. Its last lines are above.`)
  })
  ready.catch(() => {})
  try {
    const isStopped = await Promise.race([ready.then(() => false), died, stopped.then(() => true)])
    if (isStopped) return
    wrangler.showOutput()
    console.log(`\n  Edgeroom is ready:  http://127.0.0.1:${port}\n`)
    console.log('  Query the database:  npm run db:query -- "select room, path, revision from files"')
    console.log('  Stop with Ctrl-C.\n')
    await Promise.race([died, stopped])
    console.log('Stopping …')
  } catch (error) {
    console.error(wrangler.lastOutput())
    throw error
  } finally {
    waiting.abort()
  }
}

/** Asks the user at the terminal; without a terminal, the answer is no. */
async function askWhetherShared(rooms: number): Promise<boolean> {
  if (!process.stdin.isTTY) return false
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    const answer = await terminal.question(
      `The database of DATABASE_URL has ${rooms} rooms of a deployment. Changes made here are written to it, and one of the two will lose its changes. Use it anyway? (yes/no) `,
    )
    return answer.trim().toLowerCase() === 'yes'
  } finally {
    terminal.close()
  }
}

/** Rejects if the port is taken, before anything is started. */
function checkPortIsFree(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(
              `Port ${port} is taken. Stop the program that uses it, or choose another: npm start -- --port ${port < 65_535 ? port + 1 : port - 1}`,
            )
          : error,
      ),
    )
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve()))
  })
}
