/**
 * The whole system for a test: the bundled Worker in a real workerd, its objects' SQLite on disk, the built demo, and
 * an embedded Postgres. It can be killed and started again on the same data.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Runtime, startRuntime } from '../../dev/stack/local-stack.ts'
import { worker } from './bundle.ts'
import { type EmbeddedTestDatabase, startTestDatabase } from './postgres.ts'

export interface Stack {
  readonly url: string
  /** The database behind the Worker. Throws where there is none. */
  readonly database: EmbeddedTestDatabase
  /** What the Worker and workerd have logged so far, across restarts. */
  readonly logs: readonly string[]
  /** Looks into Postgres. */
  query<Row extends object>(sql: string, params?: readonly unknown[]): Promise<Row[]>
  /** Stops workerd, without its leave, and starts it again on the same disk and port; with other settings, where given. */
  restart(vars?: Readonly<Record<string, string>>): Promise<void>
  /** Puts a changed bundle in place while people are connected, as a deploy does. */
  deploy(change: (source: string) => string): Promise<void>
  /** As `restart`, with everything that the objects had stored gone: what is left is in Postgres. */
  forget(): Promise<void>
  close(): Promise<void>
}

export interface StackOptions {
  /** Settings of the Worker, beside those of wrangler.toml. */
  readonly vars?: Readonly<Record<string, string>>
  /** Leave the database out. */
  readonly withoutDatabase?: boolean
  /** Connection string of a Postgres server that the Worker reaches through a Hyperdrive binding. */
  readonly hyperdrive?: string
  /** Keep what is logged in `logs`, without printing it. */
  readonly quiet?: boolean
}

/** Starts one on free ports; takes a few seconds. */
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
  const { hyperdrive } = options
  const boot = (port: number) => start({ source, disk, database, vars, hyperdrive, port, log })
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
  /** 0 for a free one */
  readonly port: number
  readonly log: (line: string) => void
}

function start({ source, disk, database, vars, hyperdrive, port, log }: Boot): Promise<Runtime> {
  const settings =
    database === null
      ? vars
      : { DATABASE_URL: database.connectionString, NEON_ENDPOINT: database.endpoint, ...vars }
  return startRuntime({ source, disk, vars: settings, hyperdrive, port, log })
}
