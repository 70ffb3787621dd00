/**
 * Edgeroom, bundled as for a deployment, on workerd. EDGEROOM_BUNDLE is the path of the bundle,
 * EDGEROOM_VARS its variables as JSON. EDGEROOM_DATABASE=1 adds an embedded Postgres in this process;
 * without it, rooms exist only in their objects.
 */
import { readFileSync } from 'node:fs'
import { startLocalDatabase } from '../../dev/postgres/local-database.ts'
import { folder, port, ready } from './process.ts'
import { bundled, startWorkerd } from './workerd.ts'

/** No rate limits: a benchmark sends more than a human could. */
const NO_RATES = { SUBMITS_PER_SECOND: '0', PRESENCE_PER_SECOND: '0', REQUESTS_PER_SECOND: '0' }

const { EDGEROOM_BUNDLE = '', EDGEROOM_VARS = '{}', EDGEROOM_DATABASE } = process.env
const database = EDGEROOM_DATABASE === '1' ? await startLocalDatabase() : null
const server = await startWorkerd(
  {
    modules: {
      'main.js': bundled('edgeroom.ts', ['../../../workers/index.ts']).replace(
        '"../../../workers/index.ts"',
        '"./edgeroom.js"',
      ),
      'edgeroom.js': readFileSync(EDGEROOM_BUNDLE, 'utf8'),
    },
    objects: { ROOM: 'Room', FLUSH_BUDGET: 'FlushBudgetObject' },
    vars: { ENVIRONMENT: 'local', ...NO_RATES, ...database?.vars, ...JSON.parse(EDGEROOM_VARS) },
  },
  port,
  folder,
)
ready({
  async stop() {
    await server.stop()
    await database?.close()
  },
  restart: () => server.restart(),
})
