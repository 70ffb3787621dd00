/**
 * The identity provider of a host, over HTTP: users with its tokens get in, and while it is down nobody is
 * refused permanently. Rules A2 and A6 of docs/protocol.md.
 */
import { SignJWT } from 'jose'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { connect } from '../../client/index.ts'
import { SUBPROTOCOL } from '../../core/protocol/messages.ts'
import { Network } from '../client/support/network.ts'
import { append, ownPlace, POLL, until } from '../client/support/people.ts'
import { pageSocket } from '../support/page-socket.ts'
import { secretOf } from '../support/secrets.ts'
import { IdentityProvider } from '../support/servers/identity-provider.ts'

const SECRET = 'a secret of the tests, of 32 characters and more'
const GRACE = { sub: 'github|4711', name: 'Grace Hopper' }

const id = await IdentityProvider.start()
const here = ownPlace({ withoutDatabase: true, vars: { ...id.vars, AUTH_SECRET: SECRET } })

afterEach(() => id.become('well'))
afterAll(() => id.become('away'))

function ask(path: string, token: string | null, init: RequestInit = {}): Promise<Response> {
  const headers = token === null ? {} : { Authorization: `Bearer ${token}` }
  return fetch(`${here.stack.url}/api/rooms${path}`, { ...init, headers })
}

async function make(token: string, access = 'private') {
  const body = JSON.stringify({ files: { 'a.txt': 'a' }, access })
  const answer = await ask('', token, { method: 'POST', body })
  expect(answer.status).toBe(201)
  return (await answer.json()) as { room: string; user: string; token: string }
}

/** The close event after a hello with this token, or the type of the first message if it is not closed. */
function heard(room: string, token: string): Promise<string> {
  const socket = pageSocket(`${here.stack.url}/api/rooms/${room}/connect`, [SUBPROTOCOL, token])
  return new Promise((resolve) => {
    socket.onopen = () =>
      socket.send(JSON.stringify({ type: 'hello', protocol: 1, client: 'client-of-a-test' }))
    socket.onmessage = ({ data }) => {
      resolve(JSON.parse(String(data)).type)
      socket.close()
    }
    socket.onclose = ({ code, reason }) => resolve(`${code} ${reason}`)
  })
}

describe('[A2] users of the identity provider', () => {
  it.each(['RS256', 'ES256'] as const)('create and enter rooms, by %s', async (alg) => {
    const token = await id.sign(GRACE, alg)
    const { room, user } = await make(token)
    expect(user).toBe(GRACE.sub)
    const grace = await here.join(room, { token })
    expect(grace.room.me).toMatchObject({ user: GRACE.sub, name: GRACE.name, role: 'owner' })
    append(await grace.room.open('a.txt'), '!')
    await grace.room.settled()
    expect(await (await ask(`/${room}/files/a.txt`, token)).text()).toBe('a!')
  })

  it('have no rights in others’ rooms by that alone', async () => {
    const { room } = await make(await id.sign(GRACE))
    const ada = await id.sign({ sub: 'ada' })
    expect((await ask(`/${room}`, ada)).status).toBe(403)
    expect(await heard(room, ada)).toMatch(/^4403 /)
    const editor = await id.sign({ sub: 'ada', room, role: 'editor' })
    expect((await ask(`/${room}`, editor)).status).toBe(200)
  })

  it('enter next to people whom an owner invited, who need no account', async () => {
    const { room, token } = await make(await id.sign(GRACE))
    const init = { method: 'POST', body: JSON.stringify({ role: 'viewer', name: 'Ann' }) }
    const invited = (await (await ask(`/${room}/tokens`, token, init)).json()) as { token: string }
    const ann = await here.join(room, { token: invited.token })
    expect(ann.room.me).toMatchObject({ name: 'Ann', role: 'viewer' })
  })

  it('have their keys fetched once, however many they are', async () => {
    await here.stack.restart()
    const before = id.asked
    const token = await id.sign(GRACE)
    await make(token)
    for (let i = 0; i < 20; i++) await ask('/nowhere', token)
    expect(id.asked).toBe(before + 1)
  })

  it.each<[string, () => Promise<string>]>([
    ['of an unknown key', () => id.sign(GRACE, 'RS256', 'unknown')],
    ['for another audience', () => id.sign({ ...GRACE, aud: 'another' })],
    ['of another issuer', () => id.sign({ ...GRACE, iss: 'https://evil.example/' })],
    ['that have expired', () => id.sign({ ...GRACE, exp: 1 })],
    [
      'signed with the public key as if it were a secret',
      async () =>
        new SignJWT({ ...GRACE, iss: id.issuer, aud: id.audience, iat: 1, exp: 1e10 })
          .setProtectedHeader({ alg: 'HS256', kid: 'RS256' })
          .sign(new TextEncoder().encode(await id.pem())),
    ],
  ])('do not enter with tokens %s', async (_, make_) => {
    const { room } = await make(await id.sign(GRACE), 'edit')
    const token = await make_()
    expect((await ask(`/${room}`, token)).status).toBe(401)
    expect(await heard(room, token)).toMatch(/^4401 /)
    await expect(connect({ url: here.stack.url, room, token })).rejects.toMatchObject({
      code: 'unauthenticated',
    })
  })
})

describe('[A6] while the identity provider', () => {
  it.each(['away', 'failing', 'garbled', 'silent'] as const)(
    'is %s, its users have to try again, and get in once it works',
    async (condition) => {
      const token = await id.sign(GRACE)
      const { room, token: own } = await make(token, 'view')
      // Its keys are no longer cached.
      await here.stack.restart()
      await id.become(condition)
      const answer = await ask(`/${room}`, token)
      expect(answer.status).toBe(503)
      expect(answer.headers.get('Retry-After')).not.toBeNull()
      expect(await answer.json()).toMatchObject({ error: { code: 'unavailable' } })
      expect(await heard(room, token)).toMatch(/^1013 tokens cannot be checked right now/)
      // People who do not need it come and go.
      expect((await ask(`/${room}`, own)).status).toBe(200)
      expect(await heard(room, own)).toBe('welcome')
      expect(await heard(room, secretOf('one'))).toBe('welcome')

      const network = new Network()
      const coming = connect({ url: here.stack.url, room, token, socket: network.factory })
      await expect.poll(() => network.closes, POLL).toContain(1013)
      await id.become('well')
      const joined = await coming
      expect(joined.me).toMatchObject({ user: GRACE.sub, role: 'owner' })
      joined.close()
      expect((await ask(`/${room}`, token)).status).toBe(200)
    },
  )

  it('is down, connected users stay, and can work', async () => {
    const token = await id.sign(GRACE)
    const { room } = await make(token)
    const grace = await here.join(room, { token })
    await id.become('away')
    const file = await grace.room.open('a.txt')
    append(file, ', and more')
    await grace.room.settled()
    // Its keys are cached: users who are cut off can return.
    grace.network.cut()
    await until(grace.room, ['status'], () => grace.room.status.status !== 'connected')
    grace.network.restore()
    await until(grace.room, ['status'], () => grace.room.status.status === 'connected')
    expect(await (await ask(`/${room}/files/a.txt`, token)).text()).toBe('a, and more')
  })
})

it('[A1] no token is logged, whatever went wrong', () => {
  const log = here.stack.logs.join('\n')
  expect(log).toContain('The keys at AUTH_JWKS_URL could not be fetched')
  expect(id.signed.length).toBeGreaterThan(10)
  for (const token of id.signed) for (const part of token.split('.')) expect(log).not.toContain(part)
})
