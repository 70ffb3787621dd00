/**
 * The Worker in a real workerd with its objects' SQLite on disk, for scripts and tests: can be
 * started on any port, killed like a crashing machine, and restarted on the same disk. Knows
 * nothing of what is tested with it.
 */
import type { ChildProcess } from 'node:child_process'
import { channel } from 'node:diagnostics_channel'
import { join } from 'node:path'
import { Log, LogLevel, Miniflare, type MiniflareOptions } from 'miniflare'
import { projectDirectory } from './local-state.ts'

export interface RuntimeOptions {
  /** The bundled Worker. */
  readonly source: string
  /** The folder for the objects' data. */
  readonly disk: string
  /**
   * Variables of the Worker. ENVIRONMENT is `local` by default; DATABASE_URL and
   * NEON_ENDPOINT name the database.
   */
  readonly vars: Readonly<Record<string, string>>
  /** Connection string of a Postgres to bind as Hyperdrive. */
  readonly hyperdrive?: string | undefined
  /** The folder of static files: by default the built demo. */
  readonly assets?: string | undefined
  /** 0 for a free port */
  readonly port: number
  /** Receives each line that the Worker or workerd logs. */
  readonly log: (line: string) => void
  /** Suppresses miniflare's warnings about crashes, for tests that kill it on purpose. */
  readonly silent?: boolean
}

export interface Runtime {
  readonly port: number
  readonly url: string
  /** How often workerd ended without `stop`, including `kill`. */
  readonly deaths: number
  /** Kills workerd with SIGKILL. Resolves when a new one answers, on the same disk and port. */
  kill(): Promise<void>
  /** Replaces the bundle, which disconnects all clients. Resolves when the new one answers. */
  deploy(source: string): Promise<void>
  stop(): Promise<void>
}

/** Starts workerd. Not to be called concurrently in one process: the child processes would be mixed up. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { source, disk, vars, port, log, hyperdrive, silent = false } = options
  const { assets = join(projectDirectory, 'dist/web') } = options
  const children = watchChildren()
  let deaths = 0
  let restarted = () => {}
  const texts = Object.entries(vars).map(([name, value]) => [name, { type: 'text', value }] as const)
  const configured = (contents: string, port: number): MiniflareOptions => ({
    log: new Log(silent ? LogLevel.NONE : LogLevel.WARN),
    handleStructuredLogs: ({ message }) => log(message),
    unsafeHandleRuntimeRestart: () => restarted(),
    host: '127.0.0.1',
    port,
    cf: false,
    resourcePersistencePath: disk,
    workers: [
      {
        config: {
          name: 'edgeroom',
          compatibilityDate: '2026-11-01',
          manifest: { mainModule: 'index.mjs', modules: { 'index.mjs': { type: 'esm', contents } } },
          env: {
            ROOM: { type: 'durable-object', worker: 'edgeroom', exportName: 'Room' },
            FLUSH_BUDGET: { type: 'durable-object', worker: 'edgeroom', exportName: 'FlushBudgetObject' },
            ...(hyperdrive === undefined ? {} : { HYPERDRIVE: hyperdriveTo(hyperdrive) }),
            ASSETS: { type: 'assets' },
            ENVIRONMENT: { type: 'text', value: 'local' },
            ...Object.fromEntries(texts),
          },
          exports: {
            Room: { type: 'durable-object', storage: 'sqlite' },
            FlushBudgetObject: { type: 'durable-object', storage: 'sqlite' },
          },
          assets: {
            directory: assets,
            notFoundHandling: 'single-page-application',
            runWorkerFirst: ['/*', '!/assets/*', '!/favicon.svg'],
            hasUserWorker: true,
          },
        },
      },
    ],
  })
  const miniflare = new Miniflare(configured(source, port))
  const url = await miniflare.ready
  const died = () => {
    deaths++
  }
  let workerd = children.take(died)
  return {
    port: Number(url.port),
    url: `http://127.0.0.1:${url.port}`,
    get deaths() {
      return deaths
    },
    async kill() {
      const isBack = new Promise<void>((resolve) => {
        restarted = resolve
      })
      workerd.kill('SIGKILL')
      await isBack
      workerd = children.take(died)
    },
    async deploy(contents) {
      workerd.off('exit', died)
      await miniflare.setOptions(configured(contents, Number(url.port)))
      workerd = children.take(died)
    },
    async stop() {
      children.stop()
      workerd.off('exit', died)
      await miniflare.dispose()
    },
  }
}

/** A local Hyperdrive binding connects straight to the server. */
function hyperdriveTo(connectionString: string) {
  return { type: 'hyperdrive' as const, id: 'local', dev: { connectionString } }
}

/** Finds miniflare's child processes, which it does not expose, through Node's diagnostics channel. */
function watchChildren() {
  let latest: ChildProcess[] = []
  const seen = (message: unknown) => {
    latest.push((message as { process: ChildProcess }).process)
  }
  const started = channel('child_process')
  started.subscribe(seen)
  return {
    /** The workerd started last. */
    take(died: () => void): ChildProcess {
      const workerd = latest.findLast(({ spawnfile }) => spawnfile.endsWith('workerd'))
      if (workerd === undefined) throw new Error('no workerd was started')
      latest = []
      workerd.once('exit', died)
      return workerd
    },
    stop: () => started.unsubscribe(seen),
  }
}
