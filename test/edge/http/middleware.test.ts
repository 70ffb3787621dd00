/**
 * What a deployment needs before it serves, which pages may call, and who a guest is. docs/operations.md,
 * "Doors".
 */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { secretOf } from '../../support/secrets.ts'
import { Deployment, SECRET } from '../deployment.ts'
import { makeRoom, ORIGIN, RawClient, request } from '../raw-client.ts'

const PRODUCTION = { ENVIRONMENT: 'production', AUTH_SECRET: SECRET }
const PROVIDER = {
  ...PRODUCTION,
  AUTH_JWKS_URL: 'https://id.example/keys',
  AUTH_ISSUER: 'https://id.example/',
  AUTH_AUDIENCE: 'edgeroom-of-example',
}

const codeOf = async (answer: Response) =>
  (await answer.json<{ error: { code: string; message: string } }>()).error

afterEach(() => {
  vi.restoreAllMocks()
})

describe('a deployment that lacks what it needs', () => {
  const LACKING = [
    ['has no secret', { ENVIRONMENT: 'production' }, 'npx wrangler secret put AUTH_SECRET'],
    ['sets no mode and no secret', {}, 'openssl rand -base64 32'],
    ['has an empty mode and secret', { ENVIRONMENT: '', AUTH_SECRET: '' }, 'AUTH_SECRET is missing'],
    ['has a short secret', { AUTH_SECRET: SECRET.slice(0, 31) }, 'AUTH_SECRET needs at least 32 characters'],
    [
      'is local with a short secret',
      { ENVIRONMENT: 'local', AUTH_SECRET: 'short-one' },
      'at least 32 characters',
    ],
    [
      'has a secret of 32 equal characters',
      { AUTH_SECRET: 'x'.repeat(32) },
      'AUTH_SECRET is too easy to guess',
    ],
    ['has a repetitive secret', { AUTH_SECRET: 'edge'.repeat(20) }, 'AUTH_SECRET is too easy to guess'],
    [
      'has a placeholder for a secret',
      { AUTH_SECRET: 'please-change-me-please-change-me-1' },
      'AUTH_SECRET is too easy to guess',
    ],
    [
      'is local with a weak secret',
      { ENVIRONMENT: 'local', AUTH_SECRET: '0123456789abcdef0123456789abcdef' },
      'AUTH_SECRET is too easy to guess',
    ],
    [
      'has an unknown mode',
      { ENVIRONMENT: 'Production', AUTH_SECRET: SECRET },
      'ENVIRONMENT must be production or local',
    ],
    [
      'names an invalid origin',
      { ...PRODUCTION, ALLOWED_ORIGINS: 'rooms.example' },
      'Entry 1 of ALLOWED_ORIGINS',
    ],
    ['has a setting that is not a number', { ...PRODUCTION, MAX_FILES: 'many' }, 'The setting MAX_FILES'],
    [
      'has an invalid setting of the flush budget',
      { ...PRODUCTION, FLUSH_SHARDS: '0' },
      'The setting FLUSH_SHARDS',
    ],
    [
      'has a longest retry delay below the first',
      { ...PRODUCTION, FLUSH_RETRY_MS: '7777', FLUSH_RETRY_MAX_MS: '6666' },
      'FLUSH_RETRY_MAX_MS',
    ],
    [
      'has a misspelt setting',
      { ...PRODUCTION, GRACE_SM: '7777' },
      'There is no setting GRACE_SM: did you mean GRACE_MS?',
    ],
    [
      'has an invalid connection string',
      { ...PRODUCTION, DATABASE_URL: 'ann:pa55w0rd@db.example' },
      'DATABASE_URL is not a connection string',
    ],
    [
      'has an invalid endpoint for queries',
      {
        ...PRODUCTION,
        DATABASE_URL: 'postgresql://ann:pa55w0rd@db.example/rooms',
        NEON_ENDPOINT: 'proxy.example',
      },
      'NEON_ENDPOINT is not a valid address',
    ],
    [
      'has an invalid address of keys',
      { ...PROVIDER, AUTH_JWKS_URL: 'id.example/keys' },
      'AUTH_JWKS_URL is not a valid address',
    ],
    [
      'fetches keys over plain HTTP',
      { ...PROVIDER, AUTH_JWKS_URL: 'http://id.example/keys' },
      'AUTH_JWKS_URL is not a valid address',
    ],
    [
      'fetches keys from localhost',
      { ...PROVIDER, AUTH_JWKS_URL: 'http://localhost:1234/keys' },
      'AUTH_JWKS_URL is not a valid address',
    ],
    [
      'fetches keys over plain HTTP, locally',
      { ...PROVIDER, ENVIRONMENT: 'local', AUTH_JWKS_URL: 'http://id.example/keys' },
      'AUTH_JWKS_URL is not a valid address',
    ],
    [
      'has a password in the address of keys',
      { ...PROVIDER, AUTH_JWKS_URL: 'https://me:pass@id.example/keys' },
      'AUTH_JWKS_URL is not a valid address',
    ],
    ['does not name the issuer of tokens', { ...PROVIDER, AUTH_ISSUER: '' }, 'AUTH_ISSUER is missing'],
    [
      'does not name the audience of tokens',
      { ...PROVIDER, AUTH_AUDIENCE: ' , ' },
      'AUTH_AUDIENCE is missing',
    ],
    [
      'names the issuer of tokens, but no keys',
      { ...PROVIDER, AUTH_JWKS_URL: '' },
      'have no effect without AUTH_JWKS_URL',
    ],
  ] as const

  it.each(LACKING)(
    'and %s answers 503 to everything, with what to do, and logs it once',
    async (_, vars, expected) => {
      const room = await makeRoom({ 'a.txt': 'a' })
      const log = vi.spyOn(console, 'error').mockImplementation(() => {})
      const deployment = new Deployment(vars)
      const requests = [
        ['GET', '/healthz'],
        ['POST', '/api/rooms'],
        ['GET', `/api/rooms/${room}`],
        ['GET', `/api/rooms/${room}/files/a.txt`],
        ['POST', `/api/rooms/${room}/flush`],
        ['OPTIONS', '/api/rooms'],
        ['GET', '/'],
        ['GET', `/r/${room}`],
        ['GET', '/index.html'],
        ['PUT', '/nothing'],
      ] as const
      for (const [method, path] of requests) {
        const answer = await deployment.request(path, { method })
        expect([path, answer.status]).toEqual([path, 503])
        expect(answer.headers.get('Retry-After')).not.toBeNull()
        const { code, message } = await codeOf(answer)
        expect(code).toBe('not_configured')
        expect(message).toContain(expected)
        for (const value of Object.values(vars)) if (value !== '') expect(message).not.toContain(value)
      }
      expect(log.mock.calls).toEqual([[expect.stringContaining(expected)]])
    },
  )

  it('[T1] closes a socket with 1013, so that clients return once it is fixed', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const room = await makeRoom()
    expect(await new Deployment({}).refusal(room)).toEqual({
      code: 1013,
      reason: expect.stringContaining('not configured'),
    })
  })
})

describe('a configured deployment', () => {
  it.each([
    ['in production', PRODUCTION],
    ['where nothing says that it is local', { AUTH_SECRET: SECRET }],
    ['with an identity provider, whose keys it does not fetch before a token needs them', PROVIDER],
  ])('serves, %s', async (_, vars) => {
    const room = await makeRoom({ 'a.txt': 'a' })
    const deployment = new Deployment(vars)
    expect((await deployment.request('/healthz')).status).toBe(200)
    expect(await (await deployment.request(`/api/rooms/${room}/files/a.txt`)).text()).toBe('a')
  })

  it('needs no secret locally', async () => {
    const deployment = new Deployment({ ENVIRONMENT: 'local' }, 'http://127.0.0.1:8787')
    expect((await deployment.request('/healthz')).status).toBe(200)
  })
})

describe('pages of other origins', () => {
  const cases = [
    ['in production', new Deployment(PRODUCTION), 'http://rooms.example'],
    ['in production', new Deployment(PRODUCTION), 'http://localhost:3000'],
    ['in production', new Deployment({ ...PRODUCTION, ALLOWED_ORIGINS: 'https://app.example' }), 'null'],
    ['locally', new Deployment({ ENVIRONMENT: 'local' }, ORIGIN), 'http://localhost.evil.example'],
  ] as const

  it.each(cases)('%s: are refused', async (_, deployment, Origin) => {
    const room = await makeRoom({ 'a.txt': 'a' })
    const headers = { Origin }
    for (const [method, path] of [
      ['GET', `/api/rooms/${room}`],
      ['GET', `/api/rooms/${room}/files/a.txt`],
      ['POST', '/api/rooms'],
      ['POST', `/api/rooms/${room}/flush`],
      ['OPTIONS', '/api/rooms'],
    ] as const) {
      const answer = await deployment.request(path, { method, headers })
      expect([path, answer.status]).toEqual([path, 403])
      expect(answer.headers.get('Access-Control-Allow-Origin')).toBeNull()
      const { code, message } = await codeOf(answer)
      expect([code, message]).toEqual(['origin_not_allowed', expect.stringContaining('ALLOWED_ORIGINS')])
    }
    expect(await deployment.refusal(room, headers)).toEqual({
      code: 4403,
      reason: expect.stringContaining('ALLOWED_ORIGINS'),
    })
  })

  it('get the error in the response if they do not offer our subprotocol', async () => {
    const headers = { Upgrade: 'websocket', Origin: 'https://evil.example' }
    const answer = await new Deployment(PRODUCTION).request('/api/rooms/x/connect', { headers })
    expect(answer.status).toBe(403)
  })

  it('are refused locally if their host name resolves to this machine', async () => {
    const room = await makeRoom({ 'a.txt': 'a' })
    const own = 'http://evil.example:8787'
    const deployment = new Deployment({ ENVIRONMENT: 'local' }, own)
    for (const headers of [{}, { Origin: own }]) {
      const answer = await deployment.request(`/api/rooms/${room}`, { headers })
      expect(answer.status).toBe(403)
      expect((await codeOf(answer)).code).toBe('host_not_allowed')
      expect(await deployment.refusal(room, headers)).toMatchObject({ code: 4403 })
    }
  })

  it('cannot create a room', async () => {
    const room = `refused-${crypto.randomUUID()}`
    const init = {
      method: 'POST',
      headers: { Origin: 'https://evil.example' },
      body: JSON.stringify({ room }),
    }
    expect((await new Deployment(PRODUCTION).request('/api/rooms', init)).status).toBe(403)
    expect((await request(`/api/rooms/${room}`)).status).toBe(404)
  })
})

describe('pages that may call', () => {
  const APP = 'https://app.example'
  const shared = new Deployment({ ...PRODUCTION, ALLOWED_ORIGINS: APP })

  it('may read responses, errors included, and the ETag', async () => {
    const room = await makeRoom({ 'a.txt': 'a' })
    for (const path of [`/api/rooms/${room}/files/a.txt`, `/api/rooms/${room}/files/b.txt`, '/api/nothing']) {
      const { headers } = await shared.request(path, { headers: { Origin: APP } })
      expect(headers.get('Access-Control-Allow-Origin')).toBe(APP)
      expect(headers.get('Access-Control-Expose-Headers')).toContain('ETag')
      expect(headers.get('Access-Control-Allow-Credentials')).toBeNull()
      expect(headers.get('Vary')).toBe('Origin')
    }
  })

  it('may send a preflight', async () => {
    const preflight = {
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization, content-type',
    }
    const answer = await shared.request('/api/rooms', {
      method: 'OPTIONS',
      headers: { Origin: APP, ...preflight },
    })
    expect(answer.status).toBe(204)
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(APP)
    expect(answer.headers.get('Access-Control-Allow-Methods')).toContain('POST')
    for (const header of ['Authorization', 'Content-Type']) {
      expect(answer.headers.get('Access-Control-Allow-Headers')).toContain(header)
    }
    expect(answer.headers.get('Vary')).toContain('Origin')
  })

  it.each([
    ['of a listed origin', shared, APP],
    ['of the same origin', new Deployment(PRODUCTION), 'https://rooms.example'],
    ['of this machine, locally', new Deployment({ ENVIRONMENT: 'local' }, ORIGIN), 'http://127.0.0.1:5173'],
    ['of any origin, with *', new Deployment({ ...PRODUCTION, ALLOWED_ORIGINS: '*' }), 'null'],
  ])('%s get a socket', async (_, deployment, Origin) => {
    const room = await makeRoom()
    expect(await deployment.refusal(room, { Origin })).toMatchObject({
      code: 0,
      reason: expect.stringContaining('"type":"welcome"'),
    })
  })

  it('are all pages, with *', async () => {
    const room = await makeRoom()
    const answer = await new Deployment({ ...PRODUCTION, ALLOWED_ORIGINS: '*' }).request(
      `/api/rooms/${room}`,
      {
        headers: { Origin: 'https://anybody.example' },
      },
    )
    expect([answer.status, answer.headers.get('Access-Control-Allow-Origin')]).toEqual([200, '*'])
  })

  it('are not required: servers and tools send no Origin, and pass', async () => {
    const room = await makeRoom({ 'a.txt': 'a' })
    const answer = await shared.request(`/api/rooms/${room}/files/a.txt`)
    expect([answer.status, answer.headers.get('Access-Control-Allow-Origin')]).toEqual([200, null])
    expect(answer.headers.get('Vary')).toBe('Origin')
  })
})

describe('a guest', () => {
  const userOf = async (deployment: Deployment, room: string, token: string) => {
    const { webSocket } = await deployment.connect(room, {}, token)
    if (webSocket === null) throw new Error('no socket was opened')
    const welcome = new Promise<{ user: string; name: string }>((resolve) => {
      webSocket.addEventListener('message', ({ data }) => resolve(JSON.parse(String(data))))
    })
    webSocket.accept()
    webSocket.send(JSON.stringify({ type: 'hello', protocol: 1, client: crypto.randomUUID() }))
    const { user, name } = await welcome
    webSocket.close(1000)
    return { user, name }
  }

  it('is the same user each time, and a different one with a different secret', async () => {
    const room = await makeRoom()
    const token = secretOf('somebody')
    const mine = await userOf(new Deployment(PRODUCTION), room, token)
    expect(await userOf(new Deployment(PRODUCTION), room, token)).toEqual(mine)
    expect(await userOf(new Deployment(PRODUCTION), room, secretOf('another'))).not.toEqual(mine)
    const other = new Deployment({ AUTH_SECRET: `${SECRET}, another` })
    expect((await userOf(other, room, token)).user).not.toBe(mine.user)
  })

  it('has an id that cannot be traced to a token without the secret', async () => {
    const room = await makeRoom()
    const token = secretOf('somebody')
    const { user } = await userOf(new Deployment(PRODUCTION), room, token)
    expect(user).toMatch(/^g[0-9a-f]{20}$/)
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)))
    const hex = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    expect(hex).not.toContain(user.slice(1))
  })

  it('keeps its name when the client reconnects', async () => {
    const room = await makeRoom()
    const one = await RawClient.join(room)
    const again = await RawClient.join(room, { client: one.client, token: one.token })
    expect([again.welcome.user, again.welcome.name]).toEqual([one.welcome.user, one.welcome.name])
  })
})
