/**
 * Large amounts of data at once, in a workerd whose heap is limited like the platform's: an object has 128
 * MB. Exceeding it ends the whole process, so that nothing answers any more.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { faultyPlace } from './faulty-place.ts'
import { RawPerson } from './raw-person.ts'

const MEBIBYTE = 1024 * 1024
const V8_FLAGS = 'MINIFLARE_WORKERD_V8_FLAGS'

const before = process.env[V8_FLAGS]
beforeAll(() => {
  process.env[V8_FLAGS] = '--max-old-space-size=110'
})
afterAll(() => {
  if (before === undefined) delete process.env[V8_FLAGS]
  else process.env[V8_FLAGS] = before
})

const here = faultyPlace({
  vars: {
    DATABASE_TIMEOUT_MS: '30000',
    FLUSH_LEASE_MS: '90000',
    FLUSH_RETRY_MS: '1000',
    FLUSH_RETRY_MAX_MS: '2000',
    SUBMITS_PER_SECOND: '0',
  },
})

function textOf(at: number): string {
  return `${at} `.padEnd(MEBIBYTE, 'x')
}

it('creates a room of 31 files of 1 MB at once', async () => {
  const files = Object.fromEntries(Array.from({ length: 31 }, (_, at) => [`f${at}.txt`, textOf(at)]))
  const answer = await fetch(`${here.stack.url}/api/rooms`, {
    method: 'POST',
    body: JSON.stringify({ files }),
  })
  expect(answer.status).toBe(201)
  const { room } = (await answer.json()) as { room: string }
  await here.flushed(room)
  expect(await here.read(room, 'f30.txt')).toBe(textOf(30))
})

it('flushes a room of 80 files of 1 MB to a database that was down', async () => {
  const name = await here.make({ 'a.txt': 'a' })
  await here.flushed(name)
  here.endpoint.fate = ({ kind }) => (kind === 'flush' ? 'fail' : 'pass')
  const owner = await RawPerson.join(here.stack.url, name)
  for (let at = 0; at < 80; at++) {
    const n = at + 1
    owner.submit(n, at + 1, { type: 'create', file: `f${at}`, path: `f${at}.txt`, text: textOf(at) })
    await owner.hear('commit', ({ seq }) => seq === at + 2)
    owner.frames.length = 0
  }
  here.endpoint.heal()
  await here.stores(name, 81)
  expect(Object.keys(await here.stored(name))).toHaveLength(81)
  await owner.leave()
})
