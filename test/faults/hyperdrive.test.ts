/** A Postgres behind a Hyperdrive binding instead of Neon: the same rooms, through node-postgres. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connect } from '../../client/index.ts'
import { POLL } from '../client/support/people.ts'
import { describeIf, needsPostgres } from '../support/needs.ts'
import {
  type PostgresServer,
  postgresPrograms,
  startPostgresServer,
} from '../support/servers/postgres-server.ts'
import { type Stack, startStack } from '../support/servers/stack.ts'

const programs = await postgresPrograms()

describeIf(needsPostgres(programs), 'with a Hyperdrive binding', () => {
  let server: PostgresServer
  let stack: Stack

  beforeAll(async () => {
    server = await startPostgresServer(programs ?? '')
    const vars = { FLUSH_IDLE_MS: '100', FLUSH_RETRY_MS: '100', FLUSH_RETRY_MAX_MS: '400' }
    stack = await startStack({ withoutDatabase: true, hyperdrive: server.connectionString, vars })
  })

  afterAll(async () => {
    await stack?.close()
    await server?.close()
  })

  const status = async (room: string) => (await fetch(`${stack.url}/api/rooms/${room}`)).json()
  const join = (room: string) => connect({ url: stack.url, room })
  const readiness = async () => (await fetch(`${stack.url}/readyz`)).json()

  it('flushes and restores a room, which survives an outage of the server', async () => {
    const body = JSON.stringify({ room: 'drive', files: { 'a.txt': 'a', 'b.txt': '🦊' } })
    expect((await fetch(`${stack.url}/api/rooms`, { method: 'POST', body })).status).toBe(201)
    expect(await readiness()).toMatchObject({
      ok: true,
      checks: { database: { ok: true }, migrations: { ok: true } },
    })
    await expect.poll(() => status('drive')).toMatchObject({ seq: 1, flushed: 1 })
    await stack.forget()

    const room = await join('drive')
    const file = await room.open('a.txt')
    expect(file.text).toBe('a')
    await server.stop()
    file.edit([{ at: 1, remove: 0, insert: ' while it was away' }])
    await room.settled()
    await expect
      .poll(() => status('drive'))
      .toMatchObject({ flushed: 1, flushError: { kind: 'unavailable' } })
    await server.start()
    await expect.poll(() => status('drive'), POLL).toMatchObject({ seq: 2, flushed: 2, flushError: null })
    room.close()
    const rows = await server.query('select path, text from files where room = $1 order by path', ['drive'])
    expect(rows).toEqual([
      { path: 'a.txt', text: 'a while it was away' },
      { path: 'b.txt', text: '🦊' },
    ])
  })
})
