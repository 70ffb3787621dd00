/**
 * Whatever fails behind a room, its responses say what to do and disclose no internals: no SQL, host,
 * password, file or stack.
 */
import { expect, it } from 'vitest'
import { append, POLL } from '../client/support/people.ts'
import { INSIDE } from '../support/inside.ts'
import { faultyPlace } from './faulty-place.ts'
import { RawPerson } from './raw-person.ts'

const here = faultyPlace()

const PASSWORD = 'the-password-of-a-test'

/** All responses about two rooms: a live one, and one that has to be loaded. */
async function responsesOf(live: string, cold: string): Promise<string> {
  const answers = await Promise.all([
    here.get(live),
    here.flush(live),
    here.get(cold),
    here.get(cold, '/files/a.txt'),
    here.flush(cold),
    here.post({ room: cold }),
  ])
  const texts = await Promise.all(answers.map((answer) => answer.text()))
  expect(answers.map(({ status }) => status)).toEqual([200, 503, 503, 503, 503, 503])
  const raw = await RawPerson.open(here.stack.url, cold)
  return [...texts, String(await raw.closed)].join('\n')
}

const FAULTS: Readonly<Record<string, () => Promise<void>>> = {
  'the endpoint fails': async () => {
    here.endpoint.fate = () => 'fail'
  },
  'the endpoint is silent': async () => {
    here.endpoint.fate = () => 'hang'
  },
  'the connection breaks': async () => {
    here.endpoint.fate = () => 'drop'
  },
  'the answer is cut off': async () => {
    here.endpoint.fate = () => 'cut'
  },
  'nobody is at the address': async () => {
    const DATABASE_URL = `postgresql://somebody:${PASSWORD}@db.example/rooms`
    await here.stack.restart({ ...here.vars, DATABASE_URL, NEON_ENDPOINT: 'http://127.0.0.1:1/sql' })
  },
  'a table is gone': async () => {
    await here.query('alter table rooms rename to elsewhere')
  },
}

it.each(Object.keys(FAULTS))('discloses no internals when %s', async (fault) => {
  const live = await here.make({ 'a.txt': 'a' })
  const cold = await here.make({ 'a.txt': 'a' })
  await here.flushed(live)
  await here.flushed(cold)
  await here.stack.forget()
  const { room } = await here.join(live)
  const file = await room.open('a.txt')
  try {
    await FAULTS[fault]?.()
    append(file, '!')
    await room.settled()
    await expect.poll(() => here.failures(live).length, POLL).toBeGreaterThanOrEqual(1)
    const text = await responsesOf(live, cold)
    expect(text).toMatch(/"flushError":\{"kind":"(unavailable|credentials)"/)
    expect(text).toMatch(/flush_(failed|later)/)
    expect(text).not.toMatch(INSIDE)
    expect(text).not.toMatch(/127\.0\.0\.1|db\.example|somebody|elsewhere|relation/)
    expect([text, ...here.stack.logs].join('\n')).not.toContain(PASSWORD)
  } finally {
    here.endpoint.heal()
    await here.query('alter table if exists elsewhere rename to rooms')
    await here.stack.restart(here.vars)
  }
})
