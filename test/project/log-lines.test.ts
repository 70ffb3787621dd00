/** What happens in a room leaves through its events; only their listener writes to the log. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
/** The listener, and what is about the deployment and not about a room. */
const MAY_LOG = ['durable-objects/events/log.ts', 'durable-objects/flush/store.ts']

it('nothing in an object writes to the log but the listener of its events', () => {
  const paths = readdirSync(join(ROOT, 'durable-objects'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => `durable-objects/${path}`)
  const logging = paths.filter((path) => /\bconsole\b/.test(readFileSync(join(ROOT, path), 'utf8')))
  expect(logging.sort()).toEqual(MAY_LOG)
})
