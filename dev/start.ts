/**
 * `npm start`: the whole system on this machine with one command. Opens the database, stands the endpoint in front of
 * it, runs the Worker and its demo under `wrangler dev`, and says where to look. However it ends, nothing it started
 * is left running. PORT fixes the port, DATABASE_URL names a Postgres instead of the embedded one,
 * ALLOWED_ORIGINS lets pages call that are not of this machine.
 */

import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { errorText } from './error-text.ts'
import { projectDirectory, workerStateDirectory } from './local-state.ts'
import { serveDatabase } from './serve-database.ts'
import { untilStopped } from './until-stopped.ts'
import { startWrangler } from './wrangler-process.ts'

const DEFAULT_PORT = 8787
/** How long the Worker may take to answer for the first time, in ms. */
const READY_MS = 90_000

const { values: options } = parseArgs({
  options: { config: { type: 'string', default: join(projectDirectory, 'wrangler.toml') } },
})

/** What to close at the end, the last opened first. */
const undo: (() => Promise<void>)[] = []

try {
  const stopped = untilStopped()
  await run(parsePort(process.env.PORT), stopped)
} catch (error) {
  console.error(errorText(error))
  process.exitCode = 1
} finally {
  for (const step of undo.reverse()) {
    await step().catch((error: unknown) => {
      console.error(errorText(error))
      process.exitCode = 1
    })
  }
}
// Nothing is open any more but the listeners for signals.
process.exit()

async function run(port: number, stopped: Promise<void>): Promise<void> {
  await checkPortIsFree(port)
  const database = await serveDatabase(process.env.DATABASE_URL, 0, console.log)
  undo.push(() => database.close())

  console.log('Building the demo and starting the Worker …')
  const wrangler = startWrangler({
    config: resolve(options.config),
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
    throw new Error(`${wrangler.lastOutput()}\n\nwrangler dev ended by itself: ${how}.`)
  })
  died.catch(() => {})

  const waiting = new AbortController()
  const ready = wrangler.ready(READY_MS, waiting.signal).catch(() => {
    throw new Error(`${wrangler.lastOutput()}\n\nThe Worker did not answer within ${READY_MS / 1000} s.`)
  })
  ready.catch(() => {})
  const isStopped = await Promise.race([ready.then(() => false), died, stopped.then(() => true)]).finally(
    () => waiting.abort(),
  )
  if (isStopped) return

  wrangler.showOutput()
  console.log(`\n  Edgeroom is ready:  http://127.0.0.1:${port}\n`)
  console.log('  Look into the database:  npm run db:query -- "select room, path, revision from files"')
  console.log('  Stop with Ctrl-C.\n')
  await Promise.race([died, stopped])
  console.log('Stopping …')
}

function parsePort(text: string | undefined): number {
  const port = text === undefined || text === '' ? DEFAULT_PORT : Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`PORT is no port: ${text}`)
  return port
}

/** Throws where something listens already, before anything is started. */
function checkPortIsFree(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(
              `Port ${port} is taken. Stop what listens there, or choose another: PORT=8788 npm start`,
            )
          : error,
      ),
    )
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve()))
  })
}
