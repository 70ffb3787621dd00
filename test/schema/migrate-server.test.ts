/** Migrations on a Postgres server, if one is installed: what the embedded database cannot test. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type MigrationProgress, migrate } from '../../dev/migrate.ts'
import type { Database } from '../../dev/postgres/database.ts'
import { openDatabase } from '../../dev/postgres/open.ts'
import { describeIf, needsPostgres } from '../support/needs.ts'
import {
  type PostgresServer,
  postgresPrograms,
  startPostgresServer,
} from '../support/servers/postgres-server.ts'

const programs = await postgresPrograms()

describeIf(needsPostgres(programs), 'a new database on a server', () => {
  let server: PostgresServer
  const open: Database[] = []

  beforeAll(async () => {
    server = await startPostgresServer(programs ?? '')
  }, 60_000)
  afterAll(async () => {
    for (const database of open) await database.close()
    await server?.close()
  })

  async function create(options = ''): Promise<() => Promise<Database>> {
    const name = `new_${randomBytes(4).toString('hex')}`
    await server.query(`create database ${name} ${options}`)
    const url = new URL(server.connectionString)
    url.pathname = `/${name}`
    return async () => {
      const database = await openDatabase({ url: url.href })
      open.push(database)
      return database
    }
  }

  it('is migrated once by concurrent migrations', async () => {
    const connect = await create()
    const steps: MigrationProgress[][] = [[], []]
    await Promise.all(steps.map(async (own) => migrate(await connect(), (step) => own.push(step))))
    const [late, first] = steps.toSorted((left, right) => left.length - right.length)
    expect(late).toEqual([{ state: 'current' }])
    expect(first).toContainEqual({ state: 'applied', migration: '0000_rooms' })
  })

  it('is refused if its encoding cannot hold every text', async () => {
    const connect = await create("encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C' template template0")
    await expect(migrate(await connect())).rejects.toThrow('the encoding SQL_ASCII: Edgeroom needs UTF8')
  })
})
