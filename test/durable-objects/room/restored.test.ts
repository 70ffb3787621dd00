/** Manual operations on a database: restored, shared with a deployment, migrated concurrently. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate } from '../../../dev/migrate.ts'
import type { Database } from '../../../dev/postgres/database.ts'
import { startNeonEndpoint } from '../../../dev/postgres/neon-endpoint.ts'
import { openDatabase } from '../../../dev/postgres/open.ts'
import { roomsOfOthers } from '../../../dev/postgres/rooms-of-others.ts'
import { restored } from '../../../dev/restored.ts'
import { neonStore } from '../../../schema/stores/neon.ts'
import { batchOf, fileOf } from '../../schema/contract/samples.ts'

let database: Database
let close: () => Promise<void>
let store: ReturnType<typeof neonStore>

beforeAll(async () => {
  database = await openDatabase()
  // Two concurrent migrations: one waits for the other.
  await Promise.all([migrate(database), migrate(database)])
  const endpoint = await startNeonEndpoint(database)
  store = neonStore(database.connectionString, { endpoint: endpoint.url, timeoutMs: 60_000 })
  close = async () => {
    await endpoint.close()
    await database.close()
  }
}, 60_000)
afterAll(() => close?.())

describe('db:restored', () => {
  it('changes only the epoch, of all rooms or the named ones', async () => {
    for (const room of ['one', 'two']) await store.flush(batchOf(room, 3, { files: [fileOf('a', 3)] }))
    const before = await store.load('one')
    expect(await restored(database, ['one'])).toEqual([{ room: 'one', seq: 3 }])
    const after = await store.load('one')
    expect(after).toEqual({ ...before, epoch: after?.epoch })
    expect(after?.epoch).not.toBe('first')
    expect((await store.load('two'))?.epoch).toBe('first')
    expect(await restored(database, [])).toHaveLength(2)
    expect((await store.load('two'))?.epoch).not.toBe('first')
  })

  it('changes nothing if a named room does not exist', async () => {
    const before = await store.load('one')
    await expect(restored(database, ['one', 'three'])).rejects.toThrow('no room three')
    expect(await store.load('one')).toEqual(before)
  })
})

describe('a database passed to npm start', () => {
  it('is refused if a deployment wrote a room in it', async () => {
    const server: Database = { ...database, kind: 'server' }
    await database.use((client) => client.query("update rooms set writer = 'local:1'"))
    expect(await roomsOfOthers(server)).toBe(0)
    await store.flush(batchOf('live', 1, { writer: 'production:1' }))
    expect(await roomsOfOthers(server)).toBe(1)
    expect(await roomsOfOthers(database)).toBe(0)
  })
})

describe('a migration', () => {
  it('is refused if the tables would not be in public', async () => {
    await database.use((client) => client.query('create schema elsewhere'))
    await database.use((client) => client.query('set search_path to elsewhere'))
    await expect(migrate(database)).rejects.toThrow('search_path leads to the schema elsewhere')
    await database.use((client) => client.query('set search_path to public'))
  })
})
