/** Migrations on an empty database. */

import { expect, it } from 'vitest'
import { type MigrationProgress, migrate } from '../../dev/migrate.ts'
import { openDatabase } from '../../dev/postgres/open.ts'

it('applies each migration once, reports it, and does nothing the second time', async () => {
  const database = await openDatabase()
  const first: MigrationProgress[] = []
  const second: MigrationProgress[] = []
  await migrate(database, (progress) => first.push(progress))
  await migrate(database, (progress) => second.push(progress))
  await database.close()
  expect(first).toContainEqual({ state: 'pending', migration: '0000_rooms' })
  expect(first).toContainEqual({ state: 'applied', migration: '0000_rooms' })
  expect(second).toEqual([{ state: 'current' }])
}, 60_000)
