/** Whether a database is somebody else's: rooms name the deployment whose object wrote them last (`local:…` for one like this). */
import type { Database } from './database.ts'

/** How many rooms there were written by something else than a local run. One that nothing was ever migrated into has none. */
export async function roomsOfOthers(database: Database): Promise<number> {
  if (database.kind === 'embedded') return 0
  return database.use(async (client) => {
    const columns = await client.query<{ name: string }>(
      "select column_name as name from information_schema.columns where table_schema = 'public' and table_name = 'rooms'",
    )
    const names = columns.rows.map(({ name }) => name)
    if (names.length === 0) return 0
    // From before there were writers it cannot be told.
    const isOther = names.includes('writer') ? "writer is null or writer not like 'local:%'" : 'true'
    const { rows } = await client.query<{ count: string }>(`select count(*) from rooms where ${isOther}`)
    return Number(rows[0]?.count ?? 0)
  })
}
