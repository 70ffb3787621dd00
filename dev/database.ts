/**
 * `npm run db`: the database alone, migrated, behind its HTTP endpoint, for running the Worker by other
 * means. PORT sets the port. Runs until it is stopped, and leaves nothing running.
 */

import { command, whole } from './cli/command.ts'
import { untilStopped } from './stack/until-stopped.ts'

const SPEC = {
  name: 'npm run db',
  about:
    'Runs the database alone, with the endpoint through which a Worker reaches it. DATABASE_URL names a Postgres to use instead.',
  options: {
    port: whole('N', 'port of the endpoint', 0, {
      least: 0,
      most: 65_535,
      shown: 'any free port',
      env: 'PORT',
    }),
  },
} as const

await command(SPEC, async ({ port }) => {
  // Takes a second to load, so it is imported after the command line is read.
  const { serveDatabase } = await import('./postgres/serve.ts')
  const served = await serveDatabase(process.env.DATABASE_URL, port, console.log)
  console.log(`DATABASE_URL    ${served.kind === 'embedded' ? served.connectionString : 'as given'}`)
  console.log(`NEON_ENDPOINT   ${served.endpoint}`)
  console.log('Stop with Ctrl-C.')
  await untilStopped()
  await served.close()
  return 0
})
