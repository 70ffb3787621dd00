/**
 * The whole system for a test: the bundled Worker in a real workerd with its objects' SQLite on disk, the
 * built demo, and an embedded Postgres. It can be killed and restarted on the same data.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Runtime, startRuntime } from '../../../dev/stack/local-stack.ts'
import { worker } from './bundle.ts'
import { type EmbeddedTestDatabase, startTestDatabase } from './postgres.ts'

export interface Stack {
  readonly url: string
  /** The database of the Worker. Throws if there is none. */
  readonly database: EmbeddedTestDatabase
  /** Everything that the Worker and workerd have logged, across restarts. */
  readonly logs: readonly string[]
  /** Queries Postgres. */
  query<Row extends object>(sql: string, params?: readonly unknown[]): Promise<Row[]>
  /** Restarts workerd on the same disk and port. @param vars replace the current variables */
  restart(vars?: Readonly<Record<string, string>>): Promise<void>
  /** Replaces the bundle while clients are connected, as a deployment does. */
  deploy(change: (source: string) => string): Promise<void>
  /** Restarts workerd with the objects' storage deleted: only Postgres is left. */
  forget(): Promise<void>
  close(): Promise<void>
}

export interface StackOptions {
  /** Variables of the Worker, in addition to those of wrangler.toml. */
  readonly vars?: Readonly<Record<string, string>>
  /** Run without a database. */
  readonly withoutDatabase?: boolean
  /** Connection string of a Postgres to bind as Hyperdrive. */
  readonly hyperdrive?: string
  /** The folder of static files: by default the built demo. */
  readonly assets?: string
  /** Collect log lines in `logs` without printing them. */
  readonly quiet?: boolean
}

/** Starts the stack on free ports; takes a few seconds. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const database = options.withoutDatabase === true ? null : await startTestDatabase()
  const disk = await mkdtemp(join(tmpdir(), 'edgeroom-'))
  let source = await worker()
  const logs: string[] = []
  const log = (line: string) => {
    logs.push(line)
    if (options.quiet !== true) console.error(line)
  }
  let vars = options.vars ?? {}
  const { hyperdrive, assets } = options
  const boot = (port: number) => start({ source, disk, database, vars, hyperdrive, assets, port, log })
  let runtime = await boot(0)
  const existing = () => {
    if (database === null) throw new Error('this stack has no database')
    return database
  }
  return {
    logs,
    get url() {
      return `http://127.0.0.1:${runtime.port}`
    },
    get database() {
      return existing()
    },
    query: (sql, params) => existing().query(sql, params),
    async restart(other = vars) {
      vars = other
      await runtime.stop()
      runtime = await boot(runtime.port)
    },
    async deploy(change) {
      source = change(source)
      await runtime.deploy(source)
    },
    async forget() {
      await runtime.stop()
      await rm(disk, { recursive: true, force: true })
      runtime = await boot(runtime.port)
    },
    async close() {
      await runtime.stop()
      await database?.close()
      await rm(disk, { recursive: true, force: true })
    },
  }
}

interface Boot {
  readonly source: string
  readonly disk: string
  readonly database: EmbeddedTestDatabase | null
  readonly vars: Readonly<Record<string, string>>
  readonly hyperdrive: string | undefined
  readonly assets: string | undefined
  /** 0 for a free port */
  readonly port: number
  readonly log: (line: string) => void
}

function start({ source, disk, database, vars, hyperdrive, assets, port, log }: Boot): Promise<Runtime> {
  const settings =
    database === null
      ? vars
      : { DATABASE_URL: database.connectionString, NEON_ENDPOINT: database.endpoint, ...vars }
  return startRuntime({ source, disk, vars: settings, hyperdrive, assets, port, log })
}
