/**
 * A harness for fault tests: the stack of the client tests with the faulty endpoint between Worker and
 * database, which is the embedded one or a server of the test's own. After each test all calls succeed
 * again.
 */

import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { type Person, Place, POLL, visit } from '../client/support/people.ts'
import { linesOf } from '../support/log-lines.ts'
import { type Call, type CallKind, FaultyEndpoint } from '../support/servers/faulty-endpoint.ts'
import {
  type PostgresServer,
  postgresPrograms,
  startPostgresServer,
} from '../support/servers/postgres-server.ts'
import { type Stack, startStack } from '../support/servers/stack.ts'

/** Times short enough to wait for. The settings are in docs/operations.md. */
const VARS = {
  FLUSH_IDLE_MS: '100',
  FLUSH_RETRY_MS: '100',
  FLUSH_RETRY_MAX_MS: '400',
  // Longer than the database takes on a busy machine.
  DATABASE_TIMEOUT_MS: '2000',
}

interface FlushStatus {
  readonly seq: number
  readonly flushed: number | null
  readonly flushError: { readonly kind: string; readonly message: string } | null
  readonly setAside: readonly { readonly path: string; readonly message: string }[]
}

export class FaultyPlace extends Place<Stack> {
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
      this.enter(await startStack({ quiet: true, vars: this.vars }))
      this.#endpoint.target = this.stack.database.endpoint
      return
    }
    this.#server = await startPostgresServer(programs)
    this.#endpoint.target = this.#server.endpoint
    this.vars = { ...this.vars, DATABASE_URL: this.#server.connectionString }
    this.enter(await startStack({ quiet: true, withoutDatabase: true, vars: this.vars }))
  }

  /** @internal */
  async stop(): Promise<void> {
    try {
      await this.stack.close()
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

  /** The stored seq of a room; 0 for an unknown room. */
  async storedSeq(room: string): Promise<number> {
    const rows = await this.query<{ seq: number }>('select seq::int from rooms where room = $1', [room])
    return rows[0]?.seq ?? 0
  }

  /** Resolves once Postgres has this seq of a room. Looks whenever a flush is answered. */
  async stores(room: string, seq: number): Promise<void> {
    const answered = () => this.endpoint.of('flush', room).filter(({ stored }) => stored !== null).length
    for (let seen = answered(); (await this.storedSeq(room)) < seq; seen = answered())
      await this.endpoint.until(() => answered() > seen)
  }

  /** Each archived seq, in order. */
  async archived(room: string): Promise<number[]> {
    const rows = await this.query<{ seq: number }>(
      'select seq::int from commits where room = $1 order by seq',
      [room],
    )
    return rows.map(({ seq }) => seq)
  }

  /**
   * All rows of a room with the transaction that wrote each, and everything else that a second write would
   * change.
   */
  async rows(room: string): Promise<object> {
    const [files, commits, clients, rooms] = await Promise.all([
      this.query('select xmin::text as xid, * from files where room = $1 order by file', [room]),
      this.query('select xmin::text as xid, * from commits where room = $1 order by seq', [room]),
      this.query('select xmin::text as xid, * from clients where room = $1 order by client', [room]),
      this.query('select epoch, seq, created_at, updated_at from rooms where room = $1', [room]),
    ])
    return { files, commits, clients, rooms }
  }

  /** The flush status of a room. */
  async flushStatus(room: string): Promise<FlushStatus> {
    return (await this.get(room)).json() as Promise<FlushStatus>
  }

  get(room: string, path = ''): Promise<Response> {
    return fetch(`${this.stack.url}/api/rooms/${room}${path}`)
  }

  flush(room: string): Promise<Response> {
    return fetch(`${this.stack.url}/api/rooms/${room}/flush`, { method: 'POST' })
  }

  /** Resolves with the first call after `seen` others of its kind. */
  async call(kind: CallKind, room: string, seen = 0): Promise<Call> {
    await this.endpoint.until(() => this.endpoint.of(kind, room).length > seen)
    const call = this.endpoint.of(kind, room)[seen]
    if (call === undefined) throw new Error('the call is gone')
    return call
  }

  /** Resolves once the room was evicted, so that a request has to load it. The room must be empty. */
  async letGo(room: string): Promise<void> {
    const { length } = this.endpoint.of('load', room)
    const loads = async () => {
      await (await this.get(room)).body?.cancel()
      return this.endpoint.of('load', room).length
    }
    await expect.poll(loads, POLL).toBeGreaterThan(length)
  }

  /** Resolves once the room is empty. */
  async empty(room: string): Promise<void> {
    await expect.poll(async () => (await this.status(room)).people, POLL).toBe(0)
  }

  /** Log lines of failed flushes of a room. */
  failures(room: string): string[] {
    return linesOf(this.stack.logs, room, 'flush_failed')
  }
}

interface Options {
  readonly vars?: Readonly<Record<string, string>>
  /** Postgres binaries, to run a server instead of the embedded one. */
  readonly programs?: string
}

/** Registers hooks for the whole file. Prints the Worker's log if a test fails. */
export function faultyPlace({ vars = {}, programs }: Options = {}): FaultyPlace {
  const place = new FaultyPlace()
  beforeAll(() => place.start(vars, programs ?? null))
  visit(place)
  afterEach(() => place.endpoint.heal())
  afterAll(() => place.stop())
  return place
}

export { postgresPrograms }

/** Numbers from 1 to n. */
export function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1)
}

/** Cuts the connections of these people. */
export function cutOff(...people: readonly Person[]): void {
  for (const { network } of people) network.cut()
}
