/**
 * Detects a database that a deployment uses: each room names the deployment that last wrote
 * it (`local:…` for local runs).
 */
import type { Database } from './database.ts'

/** The number of rooms not last written by a local run. A database without tables has none. */
export async function roomsOfOthers(database: Database): Promise<number> {
  if (database.kind === 'embedded') return 0
  return database.use(async (client) => {
    const columns = await client.query<{ name: string }>(
      "select column_name as name from information_schema.columns where table_schema = 'public' and table_name = 'rooms'",
    )
    const names = columns.rows.map(({ name }) => name)
    if (names.length === 0) return 0
    // Before the column `writer` existed, rooms did not name their deployment.
    const isOther = names.includes('writer') ? "writer is null or writer not like 'local:%'" : 'true'
    const { rows } = await client.query<{ count: string }>(`select count(*) from rooms where ${isOther}`)
    return Number(rows[0]?.count ?? 0)
  })
}
