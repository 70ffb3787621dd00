/** Owners of rooms, and their invitations: rules A7 to A9 of docs/protocol.md. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { secretOf } from '../../support/secrets.ts'
import { Deployment, SECRET } from '../deployment.ts'
import { codeOf } from '../owned-room.ts'
import { makeRoom, RawClient, request } from '../raw-client.ts'
import { nowS, OURS, sign } from './makers.ts'

const DAY_MS = 24 * 60 * 60 * 1000

const local = new Deployment({ ENVIRONMENT: 'local', AUTH_SECRET: SECRET }, 'http://localhost:8787')
const production = new Deployment({ AUTH_SECRET: SECRET })
const withProvider = new Deployment({
  AUTH_SECRET: SECRET,
  AUTH_JWKS_URL: 'https://id.example/keys',
  AUTH_ISSUER: 'https://id.example/',
  AUTH_AUDIENCE: 'edgeroom',
})

interface Made {
  readonly room: string
  readonly user: string
  readonly token: string
  readonly expires: number
}

interface Invited {
  readonly token: string
  readonly user: string
  readonly name: string
  readonly role: string
  readonly expires: number
}

const bearer = (token: string | null) => (token === null ? {} : { Authorization: `Bearer ${token}` })

function post(
  deployment: Deployment,
  path: string,
  body: unknown,
  token: string | null = null,
): Promise<Response> {
  return deployment.request(path, { method: 'POST', body: JSON.stringify(body), headers: bearer(token) })
}

async function make(deployment: Deployment, body: object = {}, token: string | null = null): Promise<Made> {
  const answer = await post(deployment, '/api/rooms', body, token)
  expect(answer.status).toBe(201)
  return answer.json()
}

async function invite(deployment: Deployment, made: Made, body: object): Promise<Invited> {
  const answer = await post(deployment, `/api/rooms/${made.room}/tokens`, body, made.token)
  expect(answer.status).toBe(201)
  return answer.json()
}

/** A room's reaction to a token: the welcome, or the close event. */
async function welcomeOf(deployment: Deployment, room: string, token: string) {
  const { webSocket } = await deployment.connect(room, {}, token)
  if (webSocket === null) throw new Error('no socket was opened')
  return new Promise<Record<string, unknown>>((resolve) => {
    webSocket.addEventListener('message', ({ data }) => {
      resolve(JSON.parse(String(data)))
      webSocket.close(1000)
    })
    webSocket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }))
    webSocket.accept()
    webSocket.send(JSON.stringify({ type: 'hello', protocol: 1, client: crypto.randomUUID() }))
  })
}

const statusOf = async (deployment: Deployment, room: string, token: string | null = null) =>
  (await deployment.request(`/api/rooms/${room}`, { headers: bearer(token) })).status

afterEach(() => {
  vi.useRealTimers()
})

describe('[A7] a guest', () => {
  it('may enter a room created in production only if its owner says so', async () => {
    const expected = {
      private: [401, { code: 4401 }],
      view: [200, { role: 'viewer' }],
      edit: [200, { role: 'editor' }],
    } as const
    for (const [access, [status, welcome]] of Object.entries(expected)) {
      const { room } = await make(production, { access })
      expect([access, await statusOf(production, room)]).toEqual([access, status])
      expect([access, await statusOf(production, room, secretOf('one'))]).toEqual([access, status])
      expect(await welcomeOf(production, room, secretOf('one'))).toMatchObject(welcome)
    }
    const { room } = await make(production)
    expect(await statusOf(production, room)).toBe(401)
  })

  it('may enter a room created locally, unless its owner says otherwise', async () => {
    const { room } = await make(local)
    expect(await welcomeOf(local, room, secretOf('one'))).toMatchObject({
      role: 'editor',
      granted: null,
      expires: null,
    })
    const { room: closed } = await make(local, { access: 'private' })
    expect(await welcomeOf(local, closed, secretOf('one'))).toMatchObject({ code: 4401 })
  })
})

describe('[A8] a room', () => {
  it('belongs to its creator, who gets a token for 30 days', async () => {
    const before = Date.now()
    const answer = await post(production, '/api/rooms', { name: ' Ada  L. ' })
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    const { room, user, token, expires, ...rest } = await answer.json<Made>()
    expect(Object.keys(rest)).toEqual(['urls'])
    expect(user).toMatch(/^u[0-9a-f]{20}$/)
    expect(expires).toBeGreaterThanOrEqual(before + 30 * DAY_MS)
    expect(expires).toBeLessThanOrEqual(Date.now() + 30 * DAY_MS)
    expect(await welcomeOf(production, room, token)).toMatchObject({
      user,
      name: 'Ada L.',
      role: 'owner',
      granted: 'owner',
      expires,
      policy: { owner: user, access: 'private' },
    })
    expect(await statusOf(production, room, token)).toBe(200)
  })

  it('belongs to a new user if created without a token', async () => {
    const [one, two] = [await make(production), await make(production)]
    expect(one.user).not.toBe(two.user)
    expect(await welcomeOf(production, one.room, two.token)).toMatchObject({ code: 4403 })
  })

  it('belongs to the guest who created it, by secret and by token', async () => {
    const { room, user, token } = await make(production, {}, secretOf('mine'))
    expect(user).toMatch(/^g[0-9a-f]{20}$/)
    for (const shown of [secretOf('mine'), token]) {
      expect(await welcomeOf(production, room, shown)).toMatchObject({ user, role: 'owner' })
    }
    expect(await welcomeOf(production, room, secretOf('others'))).toMatchObject({ code: 4401 })
  })

  it('belongs to the user of the token', async () => {
    const token = await sign({ ...OURS, room: '*' })
    const made = await make(production, {}, token)
    expect(made.user).toBe('ada')
    expect(await welcomeOf(production, made.room, token)).toMatchObject({
      user: 'ada',
      name: 'Ada',
      role: 'owner',
      granted: null,
    })
    expect(await welcomeOf(production, made.room, made.token)).toMatchObject({
      user: 'ada',
      name: 'Ada',
      role: 'owner',
    })
  })

  it('accepts a token that expires beyond the range of alarms', async () => {
    const { room } = await make(production)
    const token = await sign({ ...OURS, room, role: 'editor', exp: 253_402_300_799 })
    expect(await welcomeOf(production, room, token)).toMatchObject({ role: 'editor', expires: 8e12 })
  })

  it.each<[string, () => Promise<string>, string]>([
    [
      'forged',
      () => sign(OURS, { key: new TextEncoder().encode('another secret, of 32 characters') }),
      '401 unauthenticated',
    ],
    ['expired', () => sign({ ...OURS, exp: nowS() - 1 }), '401 unauthenticated'],
    ['for another room', () => sign({ ...OURS, room: 'other' }), '403 forbidden'],
  ])('is not created with a token that is %s', async (_, token, expected) => {
    const room = `never-${crypto.randomUUID()}`
    expect(await codeOf(await post(production, '/api/rooms', { room }, await token()))).toBe(expected)
    expect(await statusOf(production, room)).toBe(404)
  })

  it('is created only by signed-in users if there is an identity provider', async () => {
    const room = `theirs-${crypto.randomUUID()}`
    for (const token of [null, secretOf('one')]) {
      const answer = await post(withProvider, '/api/rooms', { room }, token)
      expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer')
      expect(await codeOf(answer)).toBe('401 unauthenticated')
    }
    expect(await statusOf(withProvider, room)).toBe(404)
    expect(await make(withProvider, { room }, await sign(OURS))).toMatchObject({ room, user: 'ada' })
  })

  it.each([
    '',
    ' ',
    'line\nend',
    'nul\0',
    '\u202eecilA',
    'zero\u200bwidth',
    '\u3164',
    '\ud83d',
    'x'.repeat(65),
    'x'.repeat(10_000),
  ])('cannot have an owner named %j', async (name) => {
    expect(await codeOf(await post(production, '/api/rooms', { name }))).toBe('400 bad_name')
  })
})

describe('[A9] an invitation', () => {
  it('grants its role for a week, under a generated name', async () => {
    const made = await make(production, { files: { 'a.txt': 'a' } })
    const before = Date.now()
    const editor = await invite(production, made, { role: 'editor' })
    const viewer = await invite(production, made, { role: 'viewer' })
    expect(editor.user).not.toBe(viewer.user)
    for (const { token, user, name, role, expires } of [editor, viewer]) {
      expect(user).toMatch(/^u[0-9a-f]{20}$/)
      expect(name).toMatch(/^[A-Z][a-z]+ [A-Z][a-z]+$/)
      expect(expires).toBeGreaterThanOrEqual(before + 7 * DAY_MS)
      expect(expires).toBeLessThanOrEqual(Date.now() + 7 * DAY_MS)
      expect(await welcomeOf(production, made.room, token)).toMatchObject({
        user,
        name,
        role,
        granted: role,
        expires,
      })
      const read = await production.request(`/api/rooms/${made.room}/files/a.txt`, { headers: bearer(token) })
      expect(await read.text()).toBe('a')
    }
    const flush = `/api/rooms/${made.room}/flush`
    expect((await post(production, flush, null, editor.token)).status).toBe(200)
    expect(await codeOf(await post(production, flush, null, viewer.token))).toBe('403 forbidden')
  })

  it('may specify user and name', async () => {
    const made = await make(production)
    const answer = await post(
      production,
      `/api/rooms/${made.room}/tokens`,
      { role: 'editor', user: 'github|4711', name: '  Grace   H. ', expiresInS: 60 },
      made.token,
    )
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    const invited = await answer.json<Invited>()
    expect(invited).toMatchObject({ user: 'github|4711', name: 'Grace H.', role: 'editor' })
    expect(await welcomeOf(production, made.room, invited.token)).toMatchObject({
      user: 'github|4711',
      name: 'Grace H.',
    })
  })

  it('works until it expires, and no longer', async () => {
    const made = await make(production)
    const { token, expires } = await invite(production, made, { role: 'viewer', expiresInS: 60 })
    vi.useFakeTimers({ toFake: ['Date'] })
    vi.setSystemTime(expires - 1)
    expect(await statusOf(production, made.room, token)).toBe(200)
    expect(await welcomeOf(production, made.room, token)).toMatchObject({ type: 'welcome' })
    vi.setSystemTime(expires)
    const answer = await production.request(`/api/rooms/${made.room}`, { headers: bearer(token) })
    expect([answer.status, await answer.json()]).toEqual([
      401,
      { error: { code: 'unauthenticated', message: 'The token has expired, a new one is needed.' } },
    ])
    expect(await welcomeOf(production, made.room, token)).toEqual({
      code: 4401,
      reason: 'the token has expired, a new one is needed',
    })
  })

  it('opens no other room', async () => {
    const [one, two] = [await make(production), await make(production, { access: 'edit' })]
    const { token } = await invite(production, one, { role: 'editor' })
    expect(await statusOf(production, two.room, token)).toBe(403)
    expect(await welcomeOf(production, two.room, token)).toEqual({
      code: 4403,
      reason: 'the token is for another room',
    })
  })

  it('renews the token of an owner who requests one', async () => {
    for (const secret of [null, secretOf('mine')]) {
      const made = await make(production, {}, secret)
      const again = await invite(production, made, { role: 'editor', user: made.user })
      expect(await welcomeOf(production, made.room, again.token)).toMatchObject({
        user: made.user,
        role: 'owner',
      })
    }
  })

  it('is created only by the owner of the room', async () => {
    const made = await make(production, { access: 'edit' })
    const other = await make(production)
    const asked = async (token: string | null) =>
      codeOf(await post(production, `/api/rooms/${made.room}/tokens`, { role: 'editor' }, token))
    const editor = await invite(production, made, { role: 'editor' })
    const viewer = await invite(production, made, { role: 'viewer' })
    for (const token of [viewer.token, editor.token, other.token, secretOf('one'), null]) {
      expect(await asked(token)).toBe('403 forbidden')
    }
    // Nor by the owner of some other room.
    expect(await asked(await sign({ ...OURS, role: 'owner' }))).toBe('403 forbidden')
    expect(await asked(await sign({ ...OURS, exp: nowS() - 1 }))).toBe('401 unauthenticated')
  })

  it('is created only for an existing room', async () => {
    for (const room of ['nowhere', 'a.b']) {
      const answer = await post(production, `/api/rooms/${room}/tokens`, { role: 'editor' })
      expect(await codeOf(answer)).toBe('404 no_such_room')
    }
    const room = await makeRoom()
    expect((await RawClient.join(room)).welcome.policy.owner).not.toBeNull()
    const answer = await request(`/api/rooms/${room}/tokens`, { method: 'POST', body: '{"role":"viewer"}' })
    expect(await codeOf(answer)).toBe('403 forbidden')
  })

  it.each<[string, unknown, string]>([
    ['an invalid role', { role: 'admin' }, 'bad_request'],
    ['the role of the owner', { role: 'owner' }, 'bad_request'],
    ['no role', {}, 'bad_request'],
    ['a list', [], 'bad_request'],
    ['null', null, 'bad_request'],
    ['59 s', { role: 'viewer', expiresInS: 59 }, 'bad_request'],
    ['more than 30 days', { role: 'viewer', expiresInS: 30 * 24 * 3600 + 1 }, 'bad_request'],
    ['half a second', { role: 'viewer', expiresInS: 60.5 }, 'bad_request'],
    ['a time that is text', { role: 'viewer', expiresInS: '3600' }, 'bad_request'],
    ['an unknown field', { role: 'viewer', room: 'another' }, 'bad_request'],
    ['a user that is a number', { role: 'viewer', user: 7 }, 'bad_request'],
    ['the user of the API', { role: 'viewer', user: 'api' }, 'bad_user'],
    ['the user of those without a token', { role: 'viewer', user: 'guest' }, 'bad_user'],
    ['the id of a guest', { role: 'viewer', user: `g${'0'.repeat(20)}` }, 'bad_user'],
    ['a user with a space', { role: 'viewer', user: 'a b' }, 'bad_user'],
    ['a user of 129 characters', { role: 'viewer', user: 'x'.repeat(129) }, 'bad_user'],
    ['an empty name', { role: 'viewer', name: '' }, 'bad_name'],
    ['a name with control characters', { role: 'viewer', name: 'a\u0007b' }, 'bad_name'],
    ['a name that changes the text direction', { role: 'viewer', name: 'a\u202eb' }, 'bad_name'],
    ['a name of 65', { role: 'viewer', name: '😀'.repeat(65) }, 'bad_name'],
    ['a name of 10 kB', { role: 'viewer', name: 'x'.repeat(10_000) }, 'bad_name'],
  ])('is not created with %s', async (_, body, code) => {
    const made = await make(production)
    expect(await codeOf(await post(production, `/api/rooms/${made.room}/tokens`, body, made.token))).toBe(
      `400 ${code}`,
    )
  })

  it('is not created with a body of more than 16 KiB', async () => {
    const made = await make(production)
    const body = { role: 'viewer', name: 'x'.repeat(16 * 1024) }
    expect(await codeOf(await post(production, `/api/rooms/${made.room}/tokens`, body, made.token))).toBe(
      '413 too_large',
    )
  })
})
