/** Rate limits on connecting, creating rooms and inviting: L9 of docs/protocol.md. */
import { describe, expect, it } from 'vitest'
import { secretOf } from '../../support/secrets.ts'
import { Deployment, SECRET } from '../deployment.ts'
import { makeRoom, RawClient } from '../raw-client.ts'

const OWN = 'http://localhost:8787'
const FEW = {
  CONNECTS_PER_MINUTE: '3',
  ROOMS_PER_MINUTE: '3',
  INVITATIONS_PER_MINUTE: '3',
  ADDRESS_USERS: '2',
}
const local = { ENVIRONMENT: 'local', AUTH_SECRET: SECRET }

const from = (address: string) => ({ 'CF-Connecting-IP': address })

/** The close code of a socket; 0 if it was not refused. */
async function codeOf(answer: Response): Promise<string> {
  const { webSocket } = answer
  if (webSocket === null) throw new Error(`no socket: ${answer.status}`)
  const ended = new Promise<string>((resolve) => {
    webSocket.addEventListener('close', ({ code, reason }) => resolve(`${code} ${reason}`))
    webSocket.addEventListener('message', () => resolve('welcome'))
  })
  webSocket.accept()
  webSocket.send(JSON.stringify({ type: 'hello', protocol: 1, client: crypto.randomUUID() }))
  const end = await ended
  webSocket.close()
  return end
}

const TOO_OFTEN = '4429 connecting too often'

describe('connecting', () => {
  it('[L9] is limited per user, from any address, without affecting others', async () => {
    const deployment = new Deployment({ ...local, ...FEW, AUTH_SECRET: '' }, OWN)
    const room = await makeRoom()
    const ends: string[] = []
    for (let i = 0; i < 4; i++)
      ends.push(await codeOf(await deployment.connect(room, from(`203.0.113.${i}`), secretOf('one-guest'))))
    expect(ends).toEqual(['welcome', 'welcome', 'welcome', TOO_OFTEN])
    expect(await codeOf(await deployment.connect(room, from('203.0.113.9'), secretOf('another-guest')))).toBe(
      'welcome',
    )
  })

  it('[L9] is limited per address, for all of its users', async () => {
    const deployment = new Deployment({ ...local, ...FEW }, OWN)
    const room = await makeRoom()
    const ends: string[] = []
    for (let i = 0; i < 7; i++)
      ends.push(await codeOf(await deployment.connect(room, from('2001:db8::1'), secretOf(`guest-${i}`))))
    expect(ends.at(-1)).toBe(TOO_OFTEN)
    expect(ends.filter((end) => end === TOO_OFTEN)).toHaveLength(1)
    // From the same network, and from another.
    expect(
      await codeOf(await deployment.connect(room, from('2001:db8::ffff'), secretOf('guest-of-there'))),
    ).toBe(TOO_OFTEN)
    expect(
      await codeOf(await deployment.connect(room, from('2001:db8:1::1'), secretOf('guest-of-there'))),
    ).toBe('welcome')
  })

  it('[L9] counts refused attempts: at a private room, at a missing one, and with an invalid token', async () => {
    const deployment = new Deployment({ ...local, ...FEW, ADDRESS_USERS: '1' }, OWN)
    const room = await makeRoom()
    const body = JSON.stringify({ access: 'private' })
    const made = await deployment.request('/api/rooms', { method: 'POST', body })
    const secret = await made.json<{ room: string }>()
    const attempts = [
      () => deployment.connect(secret.room, from('198.51.100.1'), secretOf('a-stranger')),
      () => deployment.connect('there-is-none', from('198.51.100.1'), secretOf('a-stranger')),
      () => deployment.connect(room, from('198.51.100.1'), 'a.forged.token'),
    ]
    const ends: string[] = []
    for (const attempt of attempts) ends.push((await codeOf(await attempt())).slice(0, 4))
    expect(ends).toEqual(['4401', '4404', '4401'])
    expect(await codeOf(await deployment.connect(room, from('198.51.100.1'), secretOf('a-stranger')))).toBe(
      TOO_OFTEN,
    )
  })

  it('[L9] counts people without a token by their address', async () => {
    const deployment = new Deployment({ ...local, ...FEW }, OWN)
    const room = await makeRoom()
    const nobody = (address: string) =>
      deployment.request(`/api/rooms/${room}/connect`, {
        headers: { ...from(address), Upgrade: 'websocket', 'Sec-WebSocket-Protocol': 'edgeroom.v1' },
      })
    const ends: string[] = []
    for (let i = 0; i < 7; i++) ends.push(await codeOf(await nobody('192.0.2.1')))
    expect(ends.filter((end) => end === 'welcome')).toHaveLength(6)
    expect(await codeOf(await nobody('192.0.2.2'))).toBe('welcome')
  })

  it('[L9] has no limit if it is 0', async () => {
    const deployment = new Deployment({ ...local, ...FEW, CONNECTS_PER_MINUTE: '0' }, OWN)
    const room = await makeRoom()
    for (let i = 0; i < 10; i++)
      expect(await codeOf(await deployment.connect(room, from('192.0.2.1')))).toBe('welcome')
  })
})

describe('making', () => {
  const post = (deployment: Deployment, path: string, body: object, token: string, address = '192.0.2.1') =>
    deployment.request(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { ...from(address), Authorization: `Bearer ${token}` },
    })

  it('[L9] rooms too often gets 429, with Retry-After', async () => {
    const deployment = new Deployment({ ...local, ...FEW }, OWN)
    for (let i = 0; i < 3; i++)
      expect((await post(deployment, '/api/rooms', {}, secretOf('maker'))).status).toBe(201)
    const answer = await post(deployment, '/api/rooms', {}, secretOf('maker'), '192.0.2.2')
    expect(answer.status).toBe(429)
    expect(answer.headers.get('Retry-After')).toBe('10')
    expect(await answer.json()).toMatchObject({ error: { code: 'too_many_requests' } })
    for (let i = 0; i < 3; i++)
      expect((await post(deployment, '/api/rooms', {}, secretOf(`maker-${i}`))).status).toBe(201)
    // The address has used up the share of two users; the invalid body is not even read.
    const garbage = { method: 'POST', body: '{', headers: from('192.0.2.1') }
    expect((await deployment.request('/api/rooms', garbage)).status).toBe(429)
  })

  it('[L9] invitations too often gets 429, also for those who may not invite', async () => {
    const deployment = new Deployment({ ...local, ...FEW }, OWN)
    const made = await post(deployment, '/api/rooms', {}, secretOf('teacher'))
    const { room, token } = await made.json<{ room: string; token: string }>()
    const invite = (who: string) => post(deployment, `/api/rooms/${room}/tokens`, { role: 'viewer' }, who)
    const statuses: number[] = []
    for (let i = 0; i < 4; i++) statuses.push((await invite(token)).status)
    expect(statuses).toEqual([201, 201, 201, 429])
    for (let i = 0; i < 3; i++) statuses.push((await invite(secretOf('a-stranger'))).status)
    expect(statuses.slice(4)).toEqual([403, 403, 429])
  })
})

describe('with rate limiting by the platform', () => {
  it('[L9] it is used, with digests only', async () => {
    const keys: string[] = []
    const binding = { limit: async ({ key }: { key: string }) => ({ success: keys.push(key) < 3 }) }
    const deployment = new Deployment(
      { ...local, CONNECTS_BY_ADDRESS: binding, CONNECTS_BY_USER: binding },
      OWN,
    )
    const room = await makeRoom()
    const connect = () => deployment.connect(room, from('203.0.113.7'), 'a-guest-who-is-counted')
    expect([await codeOf(await connect()), await codeOf(await connect())]).toEqual(['welcome', TOO_OFTEN])
    expect(keys).toHaveLength(3)
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{64}$/)
    expect(keys[2]).toBe(keys[0])
  })

  it('[L9] that fails, each isolate counts by itself', async () => {
    const binding = { limit: () => Promise.reject(new Error('away')) }
    const deployment = new Deployment(
      { ...local, ...FEW, ADDRESS_USERS: '1', CONNECTS_BY_ADDRESS: binding },
      OWN,
    )
    const room = await makeRoom()
    const ends: string[] = []
    for (let i = 0; i < 4; i++)
      ends.push(await codeOf(await deployment.connect(room, from('203.0.113.7'), secretOf(`guest-${i}`))))
    expect(ends).toEqual(['welcome', 'welcome', 'welcome', TOO_OFTEN])
  })
})

describe('limits by user', () => {
  it('[L4] distinguish users whose ids share their first hundred characters', async () => {
    const { countedAs } = await import('../../../auth/counted-as.ts')
    const long = 'x'.repeat(127)
    const [one, two] = await Promise.all([`${long}1`, `${long}2`].map((user) => countedAs(user, null)))
    expect(one?.user).not.toBe(two?.user)
    expect(one?.user.length).toBeLessThanOrEqual(256)
    expect(await countedAs(`${long}1`, 'elsewhere')).toEqual({ user: one?.user, address: 'elsewhere' })
  })
})

describe('chat', () => {
  it('[L1] [R9] allows no more over several connections than over one', async () => {
    const room = await makeRoom()
    const token = 'somebody-with-much-to-say'
    let said = 0
    for (let i = 0; i < 6; i++) {
      const raw = await RawClient.join(room, { token })
      for (let k = 0; k < 20; k++) {
        const refused = raw.closed.then(() => false)
        const commit = raw.commit([{ type: 'chat', text: `${i} ${k}` }]).then(
          () => true,
          () => false,
        )
        if (!(await Promise.race([commit, refused]))) break
        said++
      }
      raw.close()
    }
    // 20 at once, 20 on credit, and two a second meanwhile.
    expect(said).toBeGreaterThanOrEqual(40)
    expect(said).toBeLessThan(60)
  })

  it('[R9] [S11] refuses a submission with two chat messages, and accepts one with one', async () => {
    const room = await makeRoom()
    const raw = await RawClient.join(room)
    const chat = (text: string) => ({ type: 'chat', text })
    const create = { type: 'create', file: 'f', path: 'f', text: '' }
    expect(await raw.refusal([create, chat('one'), chat('two')])).toBe('too_many_changes')
    expect((await raw.commit([create, chat('one')])).seq).toBe(1)
  })
})
