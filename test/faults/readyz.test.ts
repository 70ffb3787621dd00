/**
 * `/readyz` with a database and an identity provider that work, are down, or are something else: it names
 * the part that is not ready, and quotes nothing. The log says what to check whenever a room cannot be
 * loaded.
 */

import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { POLL } from '../client/support/people.ts'
import { linesOf } from '../support/log-lines.ts'
import { IdentityProvider } from '../support/servers/identity-provider.ts'
import { faultyPlace } from './faulty-place.ts'

const HINT = /check DATABASE_URL and the migrations/i

interface Part {
  readonly ok: boolean | null
  readonly message?: string
}
interface Readiness {
  readonly ok: boolean
  readonly checks: { readonly database: Part; readonly migrations: Part; readonly keys: Part }
}

const id = await IdentityProvider.start()
const here = faultyPlace({ vars: id.vars })

afterEach(() => id.become('well'))
afterAll(() => id.become('away'))

/** Requests /readyz from a fresh Worker. */
async function asked(): Promise<readonly [status: number, Readiness]> {
  await here.stack.restart(here.vars)
  return ask()
}

async function ask(): Promise<readonly [status: number, Readiness]> {
  const answer = await fetch(`${here.stack.url}/readyz`)
  expect(answer.headers.get('Cache-Control')).toBe('no-store')
  const text = await answer.text()
  // No host, user, password or address.
  expect(text).not.toMatch(/127\.0\.0\.1|localhost|postgresql:|:\/\/|hunter2|edgeroom@/)
  return [answer.status, JSON.parse(text)]
}

const OK = { ok: true }
const failing = (message: string | RegExp) => ({ ok: false, message: expect.stringMatching(message) })

describe('a deployment', () => {
  it('is ready when its database and its keys answer', async () => {
    expect(await asked()).toEqual([200, { ok: true, checks: { database: OK, migrations: OK, keys: OK } }])
  })

  it.each([
    ['fails', 'fail', /answered HTTP 500/],
    ['does not answer', 'hang', /did not answer within 2000 ms/],
    ['is cut off', 'cut', /could not be reached or did not finish its answer/],
    ['is away', 'drop', /could not be reached|HTTP 5/],
  ] as const)('is not ready if its database %s, and blames the database', async (_, fate, message) => {
    here.endpoint.fate = () => fate
    const [status, { ok, checks }] = await asked()
    expect([status, ok]).toEqual([503, false])
    expect(checks).toMatchObject({ database: failing(message), migrations: { ok: null }, keys: OK })
  })

  it('is not ready if there is no such database, or nothing at its address', async () => {
    const lost = 'postgresql://ann:hunter2@127.0.0.1/nowhere'
    const nobody = { ...here.vars, NEON_ENDPOINT: 'http://127.0.0.1:1/sql', DATABASE_URL: lost }
    await here.stack.restart(nobody)
    expect(await ask()).toMatchObject([503, { checks: { database: failing(/check DATABASE_URL/) } }])
    // Something answers there that is not a database.
    await here.stack.restart({ ...nobody, NEON_ENDPOINT: `${here.stack.url}/healthz` })
    expect(await ask()).toMatchObject([503, { checks: { database: failing(/check DATABASE_URL/) } }])
  })

  it.each(['away', 'failing', 'garbled', 'silent'] as const)(
    'is not ready if the identity provider is %s, and blames the keys',
    async (condition) => {
      await id.become(condition)
      const [status, { checks }] = await asked()
      expect(status).toBe(503)
      expect(checks).toMatchObject({
        database: OK,
        migrations: OK,
        keys: failing(/serves no keys at AUTH_JWKS_URL/),
      })
    },
  )

  it('is checked once for all requests within some seconds, ready or not', async () => {
    await here.stack.restart(here.vars)
    const [calls, keys] = [here.endpoint.calls.length, id.asked]
    const answers = await Promise.all(Array.from({ length: 20 }, ask))
    expect(new Set(answers.map(([status]) => status))).toEqual(new Set([200]))
    expect([here.endpoint.calls.length - calls, id.asked - keys]).toEqual([1, 1])
    here.endpoint.fate = () => 'fail'
    expect((await ask())[0]).toBe(200)
    await expect.poll(async () => (await ask())[0], POLL).toBe(503)
    here.endpoint.heal()
    await expect.poll(async () => (await ask())[0], POLL).toBe(200)
    const said = here.stack.logs.filter((line) => /not ready|ready again/.test(line)).slice(-2)
    expect(said).toEqual([
      expect.stringMatching(/not ready. database: .*HTTP 500/),
      expect.stringContaining('ready again'),
    ])
  })

  it('is alive, ready or not', async () => {
    here.endpoint.fate = () => 'fail'
    await here.stack.restart(here.vars)
    const answer = await fetch(`${here.stack.url}/healthz`)
    expect([answer.status, await answer.json()]).toEqual([200, { ok: true }])
  })
})

describe('a new deployment whose database was never migrated', () => {
  afterEach(() => here.query('alter schema elsewhere rename to public'))

  it('says so at /readyz, to whoever creates the first room, and in the log with the room’s name', async () => {
    await here.query('alter schema public rename to elsewhere')
    const [status, { checks }] = await asked()
    expect(status).toBe(503)
    expect(checks).toMatchObject({ database: OK, migrations: failing(/npm run db:migrate/) })
    const { length } = here.stack.logs
    const answer = await fetch(`${here.stack.url}/api/rooms`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${await id.sign({ sub: 'grace' })}` },
      body: JSON.stringify({ room: 'the-first', files: { 'a.txt': 'a' } }),
    })
    expect(answer.status).toBe(503)
    expect(((await answer.json()) as { error: { message: string } }).error.message).toContain('/readyz')
    const said = () => here.stack.logs.slice(length).filter((line) => HINT.test(line))
    expect(said()).toEqual(linesOf(here.stack.logs, 'the-first', 'failed'))
    expect(said()).toEqual([expect.stringMatching(/"task":"load","error":"credentials: .*42P01/)])
    expect(await (await fetch(`${here.stack.url}/api/rooms/another`)).status).toBe(503)
    expect(said()).toHaveLength(2)
  })
})

it.each([
  ['fails', 'fail'],
  ['hangs', 'hang'],
] as const)('a room whose load %s is named in the log, with what to look at', async (_, fate) => {
  const { length } = here.stack.logs
  here.endpoint.fate = () => fate
  expect((await here.get('a-cold-one')).status).toBe(503)
  const line = here.stack.logs.slice(length).find((line) => HINT.test(line))
  expect(line).toMatch(/"room":"a-cold-one".*"task":"load","error":"unavailable: .*\/readyz says which/)
})
