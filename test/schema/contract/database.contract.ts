/** What only a store in Postgres can do: fail halfway, be queried by people, be broken by its database. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FileStore } from '../../../schema/store.ts'
import { memoryStore } from '../../../schema/stores/memory.ts'
import type { TestDatabase } from '../../support/servers/postgres.ts'
import { describeIndexes } from './indexes.contract.ts'
import { largeBatch } from './large.contract.ts'
import { batchOf, clientOf, commitOf, fileOf, wholeRoom } from './samples.ts'

/** Declares the suite for the store that `storeOf` makes over its own database. */
export function describeDatabaseStore(
  name: string,
  start: () => Promise<TestDatabase>,
  storeOf: (database: TestDatabase) => FileStore,
): void {
  describe(`${name} in its database`, () => {
    let database: TestDatabase
    let store: FileStore

    beforeAll(async () => {
      database = await start()
      store = storeOf(database)
    }, 60_000)
    afterAll(() => database?.close())

    it('leaves nothing behind if the database refuses a row halfway', async () => {
      await store.flush(batchOf('middle', 1, { files: [fileOf('a', 1)] }))
      await database.query(
        "alter table commits add constraint no_thirteen check (room <> 'middle' or seq <> 13)",
      )
      const before = await wholeRoom(store, 'middle')
      const bad = batchOf('middle', 13, {
        files: [fileOf('a', 13), fileOf('b', 13)],
        commits: [commitOf(12), commitOf(13)],
        clients: [clientOf('c', 1, 13)],
      })
      await expect(store.flush(bad)).rejects.toMatchObject({
        kind: 'refused',
        sqlstate: '23514',
        message: 'the database refuses the data (SQLSTATE 23514)',
        where: 'table commits, constraint no_thirteen',
      })
      expect(await wholeRoom(store, 'middle')).toEqual(before)
    })

    it('claims no more than is stored if a large flush is interrupted, and completes it on a retry', async () => {
      const batch = { ...largeBatch('large'), removed: ['gone'] }
      const files = [fileOf('a', 0), fileOf('gone', 0)]
      await store.flush(batchOf('large', 0, { files }))
      const seqs = async () =>
        (await database.query("select seq, last_synced_at::text from rooms where room = 'large'"))[0]
      const before = await seqs()
      await database.query(
        "alter table files add constraint no_c check (room <> 'large' or file <> 'c') not valid",
      )
      await expect(store.flush(batch)).rejects.toMatchObject({ kind: 'refused', sqlstate: '23514' })
      const broken = await wholeRoom(store, 'large')
      expect(await seqs()).toEqual(before)
      expect(broken?.commits.map(({ seq }) => seq)).toEqual([1, 2, 3])
      expect(broken?.files.map(({ file, revision }) => [file, revision])).toEqual([
        ['a', 1],
        ['b', 2],
        ['gone', 0],
      ])
      expect(broken?.clients).toEqual([])

      await database.query('alter table files drop constraint no_c')
      await store.flush(batch)
      const memory = memoryStore()
      await memory.flush(batch)
      const [stored, expected] = [await wholeRoom(store, 'large'), await wholeRoom(memory, 'large')]
      expect(JSON.stringify(stored) === JSON.stringify(expected)).toBe(true)
    }, 60_000)

    it('is behind if the database went back between two parts of a flush', async () => {
      const batch = largeBatch('between')
      // To any later part it looks as if the first one was never stored.
      await database.query(`create function undone() returns trigger language plpgsql as
        'begin if new.parts = 1 then new.parts = 0; end if; return new; end'`)
      await database.query(
        `create trigger undone before update on rooms for each row when (new.room = 'between') execute function undone()`,
      )
      expect(await store.flush(batch)).toMatchObject({ type: 'behind', stored: { seq: 0 } })
      expect(await wholeRoom(store, 'between')).toMatchObject({ seq: 0, commits: [], files: [] })

      await database.query('drop trigger undone on rooms')
      expect(await store.flush(batch)).toEqual({ type: 'written', skipped: [] })
      const memory = memoryStore()
      await memory.flush(batch)
      const [stored, expected] = [await wholeRoom(store, 'between'), await wholeRoom(memory, 'between')]
      expect(JSON.stringify(stored) === JSON.stringify(expected)).toBe(true)
    }, 60_000)

    it('has readable files, and when a room was last synced', async () => {
      const times = () =>
        database.query<{ updated: string; synced: string }>(
          "select updated_at::text as updated, last_synced_at::text as synced from rooms where room = 'people'",
        )
      const batch = batchOf('people', 4, {
        files: [fileOf('a', 4, { path: 'src/é.ts', text: 'twelve chars' })],
      })
      await store.flush(batch)
      expect(
        await database.query(
          "select path, revision, length(text), updated_at > now() - interval '1 hour' as fresh from files where room = 'people'",
        ),
      ).toEqual([{ path: 'src/é.ts', revision: '4', length: 12, fresh: true }])
      const [first] = await times()
      await store.flush(batch)
      const [second] = await times()
      expect(second?.updated).toBe(first?.updated)
      expect(second?.synced).not.toBe(first?.synced)
    })

    it('records when a file changed that kept its text', async () => {
      await store.flush(batchOf('kept', 1, { files: [fileOf('a', 1)] }))
      await database.query("update files set updated_at = 'epoch' where room = 'kept'")
      await store.flush(batchOf('kept', 2, { files: [fileOf('a', 2, { path: 'moved', text: null })] }))
      const changed = "select path, updated_at > 'epoch' as fresh from files where room = 'kept'"
      expect(await database.query(changed)).toEqual([{ path: 'moved', fresh: true }])
    })

    it('deletes the files, commits and clients of a room with the room', async () => {
      const clients = [clientOf('c', 1, 1)]
      await store.flush(batchOf('gone', 1, { files: [fileOf('a', 1)], commits: [commitOf(1)], clients }))
      await database.query("delete from rooms where room = 'gone'")
      const left = await database.query<{ count: string }>(
        "select count(*) from (select room from files union all select room from commits union all select room from clients) as rows where room = 'gone'",
      )
      expect(left).toEqual([{ count: '0' }])
    })

    it('blames the setup, not the data, if the tables are missing', async () => {
      await database.query('alter table clients rename to elsewhere')
      try {
        await expect(store.load('any')).rejects.toMatchObject({ kind: 'credentials', sqlstate: '42P01' })
      } finally {
        await database.query('alter table elsewhere rename to clients')
      }
    })

    it('works again after an error', async () => {
      expect(await store.load('never stored')).toBeNull()
    })

    describeIndexes(() => database)
  })
}
