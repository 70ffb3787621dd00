/**
 * `npm run db`: the database alone, migrated, behind its endpoint, for those who run the Worker by other means.
 * PORT fixes the port. Runs until it is stopped, and leaves nothing behind.
 */

import { errorText } from './error-text.ts'
import { serveDatabase } from './serve-database.ts'
import { untilStopped } from './until-stopped.ts'

try {
  const port = Number(process.env.PORT ?? 0)
  const served = await serveDatabase(process.env.DATABASE_URL, port, console.log)
  console.log(`DATABASE_URL    ${served.kind === 'embedded' ? served.connectionString : 'as given'}`)
  console.log(`NEON_ENDPOINT   ${served.endpoint}`)
  console.log('Stop with Ctrl-C.')
  await untilStopped()
  await served.close()
} catch (error) {
  console.error(errorText(error))
  process.exitCode = 1
}
