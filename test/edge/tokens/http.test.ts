/**
 * Tokens over HTTP and when opening a room's socket: rules A1, A6 and the HTTP table of docs/protocol.md.
 */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { signToken } from '../../../auth/tokens.ts'
import { IDENTITY_HEADER } from '../../../durable-objects/room/headers.ts'
import { tokenRulesOf } from '../../../durable-objects/settings/token-rules.ts'
import { secretOf } from '../../support/secrets.ts'
import { Deployment, SECRET } from '../deployment.ts'
import { RawClient, request } from '../raw-client.ts'
import { nowS, OURS, sign } from './makers.ts'

/** The rules of the Worker under test, which runs locally. */
const rules = tokenRulesOf({ ENVIRONMENT: 'local' })

type Role = 'owner' | 'editor' | 'viewer'

interface Made {
  readonly room: string
  readonly token: string
}

async function make(access: string, files: Record<string, string> = { 'a.txt': 'a' }): Promise<Made> {
  const answer = await request('/api/rooms', { method: 'POST', body: JSON.stringify({ access, files }) })
  expect(answer.status).toBe(201)
  return answer.json()
}

const tokenOf = (room: string, role: Role, user: string = role) =>
  signToken({ user, name: user, room, role, expiresAt: Date.now() + 60_000 }, rules)

const ROUTES = [
  ['GET', ''],
  ['GET', '/files/a.txt'],
  ['GET', '/chat'],
  ['GET', '/desyncs'],
  ['POST', '/flush'],
  ['POST', '/tokens'],
] as const

/** Calls every route of a room; returns status and error code by route. */
async function everything(room: string, authorization: string | null): Promise<Record<string, string>> {
  const answers: Record<string, string> = {}
  for (const [method, path] of ROUTES) {
    const body = path === '/tokens' ? { body: JSON.stringify({ role: 'viewer' }) } : {}
    const headers = authorization === null ? {} : { Authorization: authorization }
    const answer = await request(`/api/rooms/${room}${path}`, { method, headers, ...body })
    const text = await answer.text()
    if (answer.status === 401) expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer')
    for (const part of authorization?.split('.') ?? []) if (part.length > 20) expect(text).not.toContain(part)
    answers[path] = answer.ok ? String(answer.status) : `${answer.status} ${JSON.parse(text).error.code}`
  }
  return answers
}

/** The same result for every route. */
const all = (answer: string) => Object.fromEntries(ROUTES.map(([, path]) => [path, answer]))

const LOOKS = { '': '200', '/files/a.txt': '200', '/chat': '200' }
const EDITS = { ...LOOKS, '/desyncs': '200', '/flush': '200' }

describe('over HTTP', () => {
  it('a private room serves people with a role, as far as that allows', async () => {
    const { room, token } = await make('private')
    expect(await everything(room, `Bearer ${token}`)).toEqual({ ...EDITS, '/tokens': '201' })
    expect(await everything(room, `bearer  ${await tokenOf(room, 'editor')}`)).toEqual({
      ...EDITS,
      '/tokens': '403 forbidden',
    })
    expect(await everything(room, `BEARER ${await tokenOf(room, 'viewer')}`)).toEqual({
      ...all('403 forbidden'),
      ...LOOKS,
    })
  })

  it('[A7] a private room answers 401 to guests, and 403 to people without a role', async () => {
    const { room } = await make('private')
    for (const authorization of [null, `Bearer ${secretOf('one')}`, 'Basic dXNlcjpwYXNz']) {
      expect(await everything(room, authorization)).toEqual(all('401 unauthenticated'))
    }
    const { secret } = rules
    expect(await everything(room, `Bearer ${await sign(OURS, { key: await secret })}`)).toEqual(
      all('403 forbidden'),
    )
  })

  it('[A7] a room with access `view` can be viewed by guests', async () => {
    const { room } = await make('view')
    expect(await everything(room, null)).toEqual({ ...all('403 forbidden'), ...LOOKS })
  })

  it('[A7] a room with access `edit` can be edited by guests', async () => {
    const { room } = await make('edit')
    expect(await everything(room, `Bearer ${secretOf('one')}`)).toEqual({
      ...EDITS,
      '/tokens': '403 forbidden',
    })
  })

  it('a closed room serves only its owner', async () => {
    const { room, token } = await make('edit')
    const owner = await RawClient.join(room, { token })
    await owner.commit([{ type: 'close', closed: true }])
    expect(await everything(room, `Bearer ${await tokenOf(room, 'editor')}`)).toEqual(all('403 closed'))
    expect(await everything(room, null)).toEqual(all('403 closed'))
    expect(await everything(room, `Bearer ${token}`)).toEqual({ ...EDITS, '/tokens': '201' })
  })

  it('[A6] an invalid token opens nothing, not even what is open to guests', async () => {
    const { room } = await make('edit')
    const key = await rules.secret
    const bad = [
      ['Bearer', '401 unauthenticated'],
      ['Bearer a.b.c', '401 unauthenticated'],
      [`Bearer ${await sign(OURS)}`, '401 unauthenticated'],
      [`Bearer ${await sign({ ...OURS, exp: nowS() - 1 }, { key })}`, '401 unauthenticated'],
      [`Bearer ${await tokenOf('another', 'owner')}`, '403 forbidden'],
    ] as const
    for (const [authorization, expected] of bad)
      expect(await everything(room, authorization)).toEqual(all(expected))
  })

  it('[A1] a token in the URL is ignored', async () => {
    const { room, token } = await make('private')
    for (const query of [`token=${token}`, `access_token=${token}`, `authorization=Bearer%20${token}`]) {
      expect((await request(`/api/rooms/${room}?${query}`)).status).toBe(401)
    }
  })

  it('a missing room is missing for everybody', async () => {
    for (const room of ['nowhere', 'a.b']) {
      for (const authorization of [
        null,
        `Bearer ${secretOf('one')}`,
        `Bearer ${await tokenOf(room, 'owner')}`,
      ]) {
        expect(await everything(room, authorization)).toEqual(all('404 no_such_room'))
      }
    }
  })
})

describe('a body is not read if its sender is not allowed', () => {
  /** A body that records whether it was read. */
  function watched() {
    const asked = vi.fn()
    const pull = (controller: ReadableStreamDefaultController) => {
      asked()
      controller.enqueue(new TextEncoder().encode('{'))
      controller.close()
    }
    return { asked, body: new ReadableStream({ pull }, { highWaterMark: 0 }) }
  }

  const withProvider = new Deployment({
    AUTH_SECRET: SECRET,
    AUTH_JWKS_URL: 'https://id.example/keys',
    AUTH_ISSUER: 'https://id.example/',
    AUTH_AUDIENCE: 'edgeroom',
  })

  it.each<[string, (room: string) => Promise<[path: string, token: string, expected: string]>]>([
    ['a forged token creating a room', async () => ['/api/rooms', 'a.b.c', '401 unauthenticated']],
    [
      'a guest creating a room where signing in is required',
      async () => ['/api/rooms', secretOf('one'), '401 unauthenticated'],
    ],
    [
      'an editor inviting somebody',
      async (room) => [`/api/rooms/${room}/tokens`, await sign({ ...OURS, role: 'editor' }), '403 forbidden'],
    ],
    [
      'an owner of a missing room',
      async () => ['/api/rooms/nowhere/tokens', await sign({ ...OURS, role: 'owner' }), '404 no_such_room'],
    ],
  ])('%s', async (_, shown) => {
    const { room } = await make('private')
    const [path, token, expected] = await shown(room)
    const { asked, body } = watched()
    const headers = { Authorization: `Bearer ${token}` }
    const answer = await withProvider.request(path, { method: 'POST', headers, body })
    const { error } = await answer.json<{ error: { code: string } }>()
    expect(`${answer.status} ${error.code}`).toBe(expected)
    expect(asked).not.toHaveBeenCalled()
  })
})

describe('opening a socket', () => {
  it('[A5] the room receives a name that no header could hold unencoded', async () => {
    const { room } = await make('edit')
    const name = 'Łukasz 李雷 👩‍💻'
    const token = await signToken(
      { user: 'ł', name, room, role: 'editor', expiresAt: Date.now() + 60_000 },
      rules,
    )
    expect((await RawClient.join(room, { token })).welcome).toMatchObject({ user: 'ł', name })
  })

  it.each<[string, (room: string) => Promise<string>, number, string]>([
    ['malformed', async () => 'a.b.c', 4401, 'the token is malformed'],
    ['forged', () => sign(OURS), 4401, 'the token is not signed with a key that is trusted here'],
    [
      'expired',
      async () => sign({ ...OURS, exp: 1 }, { key: await rules.secret }),
      4401,
      'the token has expired, a new one is needed',
    ],
    ['for another room', () => tokenOf('another', 'owner'), 4403, 'the token is for another room'],
    ['without a role here', async () => sign(OURS, { key: await rules.secret }), 4403, 'not allowed'],
    ['of a guest', async () => secretOf('one'), 4401, 'authentication required'],
  ])('[A6] with a token that is %s closes it', async (_, token, code, reason) => {
    const { room } = await make('private')
    const raw = await RawClient.open(room, { token: await token(room) })
    expect(await raw.closed).toEqual({ code, reason })
  })

  it('[A6] does not disclose that a room is missing before the token is accepted', async () => {
    const raw = await RawClient.open('nowhere', { token: 'a.b.c' })
    expect((await raw.closed).code).toBe(4401)
    const other = await RawClient.open('nowhere', { token: await tokenOf('nowhere', 'owner') })
    expect((await other.closed).code).toBe(4404)
  })

  it('[T1] the room receives the person, never the token', async () => {
    const { room, token } = await make('private')
    const received: string[] = []
    await runInDurableObject(env.ROOM.getByName(room), (instance) => {
      const real = instance.fetch.bind(instance)
      vi.spyOn(instance, 'fetch').mockImplementation((forwarded) => {
        received.push(JSON.stringify([...forwarded.headers]))
        return real(forwarded)
      })
    })
    const raw = await RawClient.open(room, { token, headers: { Authorization: `Bearer ${token}` } })
    expect((await raw.hello()).role).toBe('owner')
    expect(received).toEqual([expect.stringContaining(IDENTITY_HEADER)])
    for (const part of token.split('.')) expect(received[0]).not.toContain(part)
  })
})

describe('GET /api/rooms/<room>/chat', () => {
  interface Page {
    readonly messages: readonly {
      readonly seq: number
      readonly user: string
      readonly name: string
      readonly text: string
    }[]
    readonly more: boolean
  }

  const page = async (room: string, query: string): Promise<Page> => {
    const answer = await request(`/api/rooms/${room}/chat${query}`)
    expect(answer.status).toBe(200)
    return answer.json()
  }

  it('returns chat messages in pages, each oldest first', async () => {
    const { room } = await make('edit')
    const raw = await RawClient.join(room)
    const texts = Array.from({ length: 60 }, (_, i) => `message ${i}`)
    // One person alone would exceed the chat rate.
    const people = await Promise.all(Array.from({ length: 5 }, () => RawClient.join(room)))
    for (const [i, text] of texts.entries()) await people[i % 5]?.commit([{ type: 'chat', text }])
    await raw.commit([{ type: 'edit', file: raw.fileAt('a.txt'), op: ['b'] }])
    const newest = await page(room, '')
    expect([newest.messages.map(({ text }) => text), newest.more]).toEqual([texts.slice(10), true])
    expect(newest.messages[0]).toEqual({
      seq: expect.any(Number),
      at: expect.any(Number),
      user: people[0]?.welcome.user,
      name: people[0]?.welcome.name,
      text: 'message 10',
    })
    const older = await page(room, `?before=${newest.messages[0]?.seq}&limit=10`)
    expect([older.messages.map(({ text }) => text), older.more]).toEqual([texts.slice(0, 10), false])
    expect((await page(room, '?limit=100')).messages).toHaveLength(60)
    expect(await page(room, '?before=1')).toEqual({ messages: [], more: false })
  })

  it.each([
    'limit=0',
    'limit=101',
    'limit=-1',
    'limit=1.5',
    'limit=x',
    'limit=',
    'before=0',
    'before=-1',
    'before=x',
    'before=9007199254740992',
  ])('answers 400 to %s', async (query) => {
    const { room } = await make('edit')
    const answer = await request(`/api/rooms/${room}/chat?${query}`)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({
      error: { code: 'bad_request', message: expect.stringMatching(/before|limit/) },
    })
  })
})
