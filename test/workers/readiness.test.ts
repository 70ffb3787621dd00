/**
 * Whether a database can store rooms, as `/readyz` reports: it names what is missing, and quotes no data.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Rows, Transact } from '../../schema/statement.ts'
import { neonTransact } from '../../schema/stores/neon.ts'
import { databaseState, NEWEST_MIGRATION } from '../../schema/stores/readiness.ts'
import { startTestDatabase, type TestDatabase } from '../support/servers/postgres.ts'

const READY = { database: { ok: true }, migrations: { ok: true } }
const BEHIND = {
  database: { ok: true },
  migrations: { ok: false, message: expect.stringContaining('npm run db:migrate') },
}

describe('a database', () => {
  let database: TestDatabase
  let transact: Transact

  beforeAll(async () => {
    database = await startTestDatabase()
    transact = neonTransact(database.connectionString, { endpoint: database.endpoint, timeoutMs: 20_000 })
  })
  afterAll(() => database?.close())

  it('that has every migration is ready', async () => {
    expect(await databaseState(transact)).toEqual(READY)
  })

  it('that has migrations of newer code is ready: they are applied before the Worker', async () => {
    await database.query(
      `insert into drizzle.__drizzle_migrations (hash, created_at) values ('newer', ${NEWEST_MIGRATION + 1000})`,
    )
    expect(await databaseState(transact)).toEqual(READY)
    await database.query(`delete from drizzle.__drizzle_migrations where hash = 'newer'`)
  })

  it('that lacks the last migration, or all of them, is behind', async () => {
    await database.query('create table kept as select * from drizzle.__drizzle_migrations')
    await database.query(`delete from drizzle.__drizzle_migrations where created_at = ${NEWEST_MIGRATION}`)
    expect(await databaseState(transact)).toEqual(BEHIND)
    await database.query('delete from drizzle.__drizzle_migrations')
    expect(await databaseState(transact)).toEqual(BEHIND)
    await database.query('insert into drizzle.__drizzle_migrations select * from kept; drop table kept')
    expect(await databaseState(transact)).toEqual(READY)
  })

  it.each([
    ['a table', 'alter table clients rename to elsewhere', 'alter table elsewhere rename to clients'],
    [
      'a column',
      'alter table rooms rename column policy to elsewhere',
      'alter table rooms rename column elsewhere to policy',
    ],
    [
      'the list of migrations',
      'alter schema drizzle rename to elsewhere',
      'alter schema elsewhere rename to drizzle',
    ],
  ])('that lacks %s is behind', async (_, spoil, mend) => {
    await database.query(spoil)
    expect(await databaseState(transact)).toEqual(BEHIND)
    await database.query(mend)
    expect(await databaseState(transact)).toEqual(READY)
  })

  it('is not modified', async () => {
    const count = () => database.query<object>('select count(*)::int from rooms')
    expect(await count()).toEqual([{ count: 0 }])
    await databaseState(transact)
    expect(await count()).toEqual([{ count: 0 }])
  })
})

describe('something other than a database', () => {
  const stateOf = (answers: readonly Rows[]) => databaseState(async () => answers)
  const newest = [{ newest: String(NEWEST_MIGRATION) }]

  it.each<[string, readonly Rows[], string]>([
    ['nothing', [], 'is not an Edgeroom database'],
    ['empty results', [[], [], [], [], []], 'is not an Edgeroom database'],
    ['something else', [[{ hello: 'world' }], [{ newest: 'soon' }]], 'is not an Edgeroom database'],
    ['a replica', [[{ read_only: 'on', may: true }], newest], 'is read-only'],
    ['rights to read alone', [[{ read_only: 'off', may: false }], newest], 'may not write'],
  ])('with %s is not ready', async (_, answers, message) => {
    expect(await stateOf(answers)).toMatchObject({
      database: { ok: false, message: expect.stringContaining(message) },
      migrations: { ok: null },
    })
  })

  it('that throws is not ready, whatever the error, which is not quoted', async () => {
    for (const error of [new Error('hunter2'), 'hunter2', null, { code: '28P01', message: 'hunter2' }]) {
      const state = await databaseState(() => Promise.reject(error))
      expect(state.database.ok).toBe(false)
      expect(JSON.stringify(state)).not.toContain('hunter2')
    }
  })
})
