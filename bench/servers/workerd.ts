/** Runs a Worker with Durable Objects on workerd itself, without a proxy; the objects' SQLite is on disk. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildSync } from 'esbuild'
import workerd from 'workerd'

export interface WorkerSpec {
  /** Sources by module name; the first is the Worker. */
  readonly modules: Readonly<Record<string, string>>
  /** Class names of the objects by binding. */
  readonly objects: Readonly<Record<string, string>>
  readonly vars: Readonly<Record<string, string>>
}

/** The same as the project's, see wrangler.toml. */
const COMPATIBILITY_DATE = '2026-11-01'
const START_MS = 20_000

/** Bundles a worker from `workers/` into one module. @param external imports that stay separate modules */
export function bundled(entry: string, external: readonly string[] = []): string {
  const { outputFiles } = buildSync({
    entryPoints: [join(import.meta.dirname, 'workers', entry)],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*', ...external],
  })
  return outputFiles[0]?.text ?? ''
}

/** Resolves when it accepts connections. */
export async function startWorkerd(spec: WorkerSpec, port: number, folder: string) {
  const disk = join(folder, 'objects')
  mkdirSync(disk, { recursive: true })
  for (const [name, source] of Object.entries(spec.modules)) writeFileSync(join(folder, name), source)
  const config = join(folder, 'config.capnp')
  writeFileSync(config, configText(spec, port, disk))
  let child = await start(config, port)
  const end = async () => {
    child.off('exit', died)
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    const kill = setTimeout(() => child.kill('SIGKILL'), 2000)
    await ended
    clearTimeout(kill)
  }
  child.once('exit', died)
  return {
    stop: end,
    /** Restarts it on the same disk. */
    async restart() {
      await end()
      child = await start(config, port)
      child.once('exit', died)
    },
  }
}

function died(code: number | null): void {
  console.error(`workerd exited unexpectedly with ${code}`)
  process.exit(1)
}

async function start(config: string, port: number): Promise<ChildProcess> {
  const child = spawn(workerd.default, ['serve', '--experimental', config], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const deadline = Date.now() + START_MS
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`workerd exited with ${child.exitCode}`)
    if (Date.now() > deadline) throw new Error('workerd did not start in time')
    await sleep(20)
  }
  return child
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

function configText({ modules, objects, vars }: WorkerSpec, port: number, disk: string): string {
  const text = (value: string) => JSON.stringify(value)
  const listOf = (items: readonly string[]) => `[\n    ${items.join(',\n    ')}\n  ]`
  const sources = Object.keys(modules).map((name) => `(name = ${text(name)}, esModule = embed ${text(name)})`)
  const classes = Object.values(objects).map(
    (name) => `(className = ${text(name)}, uniqueKey = ${text(name)}, enableSql = true)`,
  )
  const bindings = [
    ...Object.entries(objects).map(
      ([binding, name]) => `(name = ${text(binding)}, durableObjectNamespace = ${text(name)})`,
    ),
    ...Object.entries(vars).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`),
  ]
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "disk", disk = (path = ${text(disk)}, writable = true)),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = ${listOf(sources)},
  compatibilityDate = "${COMPATIBILITY_DATE}",
  compatibilityFlags = ["nodejs_compat"],
  durableObjectNamespaces = ${listOf(classes)},
  durableObjectStorage = (localDisk = "disk"),
  bindings = ${listOf(bindings)},
);
`
}
