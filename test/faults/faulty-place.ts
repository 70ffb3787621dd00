/**
 * A place for tests of faults: the stack of the client's tests with the faulty endpoint between Worker and database, which is
 * the embedded one or a server of the test's own. Every call is well again after each test.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { type Person, Place, POLL } from '../client/support/people.ts'
import { type Call, type CallKind, FaultyEndpoint } from '../support/faulty-endpoint.ts'
import { type PostgresServer, postgresPrograms, startPostgresServer } from '../support/postgres-server.ts'

/** Times short enough to wait for. Names of settings: docs/operations.md. */
const VARS = {
  FLUSH_IDLE_MS: '100',
  FLUSH_RETRY_MS: '100',
  FLUSH_RETRY_MAX_MS: '400',
  DATABASE_TIMEOUT_MS: '600',
}

interface FlushStatus {
  readonly seq: number
  readonly flushed: number | null
  readonly flushError: { readonly kind: string; readonly message: string } | null
  readonly setAside: readonly { readonly path: string; readonly message: string }[]
}

export class FaultyPlace extends Place {
  #endpoint: FaultyEndpoint | null = null
  #server: PostgresServer | null = null
  vars: Readonly<Record<string, string>> = {}

  get endpoint(): FaultyEndpoint {
    if (this.#endpoint === null) throw new Error('the endpoint runs within tests only')
    return this.#endpoint
  }

  get server(): PostgresServer {
    if (this.#server === null) throw new Error('this place has the embedded database')
    return this.#server
  }

  /** @internal @param programs of Postgres; null for the embedded one */
  async start(vars: Readonly<Record<string, string>>, programs: string | null): Promise<void> {
    this.#endpoint = await FaultyEndpoint.start()
    this.vars = { ...VARS, ...vars, NEON_ENDPOINT: this.#endpoint.url }
    if (programs === null) {
      await this.open({ vars: this.vars })
      this.#endpoint.target = this.stack.database.endpoint
      return
    }
    this.#server = await startPostgresServer(programs)
    this.#endpoint.target = this.#server.endpoint
    this.vars = { ...this.vars, DATABASE_URL: this.#server.connectionString }
    await this.open({ withoutDatabase: true, vars: this.vars })
  }

  /** @internal */
  async stop(): Promise<void> {
    try {
      await this.close()
    } finally {
      await this.#endpoint?.close()
      await this.#server?.close()
    }
  }

  query<Row extends object>(sql: string, params: readonly unknown[] = []): Promise<Row[]> {
    return (this.#server ?? this.stack).query<Row>(sql, params)
  }

  /** The paths and texts that Postgres has of a room. */
  async stored(room: string): Promise<Record<string, string>> {
    const rows = await this.query<{ path: string; text: string }>(
      'select path, text from files where room = $1 order by path',
      [room],
    )
    return Object.fromEntries(rows.map(({ path, text }) => [path, text]))
  }

  /** The commit up to which Postgres says that it has everything; 0 for a room that it does not know. */
  async storedSeq(room: string): Promise<number> {
    const rows = await this.query<{ seq: number }>('select seq::int from rooms where room = $1', [room])
    return rows[0]?.seq ?? 0
  }

  /** Each archived seq, in order. */
  async archived(room: string): Promise<number[]> {
    const rows = await this.query<{ seq: number }>(
      'select seq::int from commits where room = $1 order by seq',
      [room],
    )
    return rows.map(({ seq }) => seq)
  }

  /** All rows of a room with the transaction that wrote each, and all else that a second writing would change. */
  async rows(room: string): Promise<object> {
    const [files, commits, clients, rooms] = await Promise.all([
      this.query('select xmin::text as xid, * from files where room = $1 order by file', [room]),
      this.query('select xmin::text as xid, * from commits where room = $1 order by seq', [room]),
      this.query('select xmin::text as xid, * from clients where room = $1 order by client', [room]),
      this.query('select epoch, seq, created_at, updated_at from rooms where room = $1', [room]),
    ])
    return { files, commits, clients, rooms }
  }

  /** How the flush of a room stands. */
  async flushStatus(room: string): Promise<FlushStatus> {
    return (await this.get(room)).json() as Promise<FlushStatus>
  }

  get(room: string, path = ''): Promise<Response> {
    return fetch(`${this.stack.url}/api/rooms/${room}${path}`)
  }

  flush(room: string): Promise<Response> {
    return fetch(`${this.stack.url}/api/rooms/${room}/flush`, { method: 'POST' })
  }

  /** Resolves with a call that comes, or came, after the first `seen` of its kind. */
  async call(kind: CallKind, room: string, seen = 0): Promise<Call> {
    await this.endpoint.until(() => this.endpoint.of(kind, room).length > seen)
    const call = this.endpoint.of(kind, room)[seen]
    if (call === undefined) throw new Error('the call is gone')
    return call
  }

  /** Resolves when the room was let go: it had to be loaded to be asked. Nobody may be in it. */
  async letGo(room: string): Promise<void> {
    const { length } = this.endpoint.of('load', room)
    const loads = async () => {
      await (await this.get(room)).body?.cancel()
      return this.endpoint.of('load', room).length
    }
    await expect.poll(loads, POLL).toBeGreaterThan(length)
  }

  /** Resolves when nobody is in the room. */
  async empty(room: string): Promise<void> {
    await expect.poll(async () => (await this.status(room)).people, POLL).toBe(0)
  }

  /** What was logged of failed flushes of a room. */
  failures(room: string): string[] {
    return this.stack.logs.filter((line) => line.includes(`flush of room ${room} failed`))
  }
}

interface Options {
  readonly vars?: Readonly<Record<string, string>>
  /** Programs of Postgres, for a server of its own in place of the embedded one. */
  readonly programs?: string
}

/** Registers for the whole file. What the Worker logged is printed when a test fails. */
export function faultyPlace({ vars = {}, programs }: Options = {}): FaultyPlace {
  const place = new FaultyPlace()
  beforeAll(() => place.start(vars, programs ?? null))
  beforeEach(({ onTestFailed }) => {
    const { length } = place.stack.logs
    onTestFailed(() => {
      for (const line of place.stack.logs.slice(length)) console.error(`logged: ${line}`)
    })
  })
  afterEach(() => {
    place.endpoint.heal()
    place.leave()
  })
  afterAll(() => place.stop())
  return place
}

export { postgresPrograms }

/** Numbers from 1 to n. */
export function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1)
}

/** Cuts these people off. */
export function cutOff(...people: readonly Person[]): void {
  for (const { network } of people) network.cut()
}
