/**
 * The Worker in a real workerd, its objects' SQLite on disk, within reach of a script or a test: started on any port, killed as a
 * machine dies, started again on the same disk. Knows nothing of what is tested with it.
 */
import type { ChildProcess } from 'node:child_process'
import { channel } from 'node:diagnostics_channel'
import { join } from 'node:path'
import { Log, LogLevel, Miniflare, type MiniflareOptions } from 'miniflare'
import { projectDirectory } from './local-state.ts'

export interface RuntimeOptions {
  /** The bundled Worker. */
  readonly source: string
  /** The folder in which objects keep their data. */
  readonly disk: string
  /** Settings of the Worker, beside its defaults; it runs locally unless ENVIRONMENT says otherwise; DATABASE_URL and NEON_ENDPOINT name its database. */
  readonly vars: Readonly<Record<string, string>>
  /** Connection string of a Postgres that is bound as Hyperdrive, if any. */
  readonly hyperdrive?: string | undefined
  /** 0 for a free one */
  readonly port: number
  /** Is told each line that the Worker or workerd logs. */
  readonly log: (line: string) => void
  /** Where killing it is intended, miniflare need not warn of each time. */
  readonly silent?: boolean
}

export interface Runtime {
  readonly port: number
  readonly url: string
  /** How often workerd ended though nobody stopped it, `kill` included. */
  readonly deaths: number
  /** Kills workerd at once, with SIGKILL. Resolves when another one answers, on the same disk and port. */
  kill(): Promise<void>
  /** Puts another bundle in place of the present one: whoever is connected loses the connection. Resolves when it answers. */
  deploy(source: string): Promise<void>
  stop(): Promise<void>
}

/** Starts one. Two must not be started at the same time in one process, or their children are mixed up. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { source, disk, vars, port, log, hyperdrive, silent = false } = options
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
            directory: join(projectDirectory, 'dist/web'),
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

/** Locally Hyperdrive is a straight way to the server. */
function hyperdriveTo(connectionString: string) {
  return { type: 'hyperdrive' as const, id: 'local', dev: { connectionString } }
}

/** Miniflare hides its child; Node tells of each that is started. */
function watchChildren() {
  let latest: ChildProcess[] = []
  const seen = (message: unknown) => {
    latest.push((message as { process: ChildProcess }).process)
  }
  const started = channel('child_process')
  started.subscribe(seen)
  return {
    /** The workerd that was started last. */
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
