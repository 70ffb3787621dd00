/**
 * Headers in both directions: ours cannot be forged from outside, and responses disclose no more than
 * necessary.
 */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { DEFAULT_FLUSH } from '../../../core/flush/policy.ts'
import { SUBPROTOCOL } from '../../../core/protocol/messages.ts'
import { logEvent } from '../../../durable-objects/events/log.ts'
import { Flusher } from '../../../durable-objects/flush/flusher.ts'
import { Journal } from '../../../durable-objects/journal/journal.ts'
import { COUNTED_HEADER, IDENTITY_HEADER, ROOM_HEADER } from '../../../durable-objects/room/headers.ts'
import { INSIDE } from '../../support/inside.ts'
import { secretOf } from '../../support/secrets.ts'
import { Deployment, SECRET } from '../deployment.ts'
import { makeRoom, RawClient, request } from '../raw-client.ts'

describe('the headers between Worker and room', () => {
  const forgeries = (other: string): Record<string, string> => ({
    [IDENTITY_HEADER]: JSON.stringify({ user: 'boss', name: 'The Boss' }),
    [ROOM_HEADER]: other,
    'x-edgeroom-anything': 'else',
  })

  it.each([IDENTITY_HEADER, ROOM_HEADER])('[T1] %s is dropped from an incoming upgrade', async (name) => {
    const room = await makeRoom({ 'mine.txt': '' })
    const other = await makeRoom({ 'theirs.txt': '' })
    const value = forgeries(other)[name] ?? ''
    for (const header of [name, name.toUpperCase()]) {
      const token = secretOf('one')
      const honest = await RawClient.join(room, { token })
      const raw = await RawClient.open(room, { token, headers: { [header]: value } })
      const { user, name: known, room: entered, files } = await raw.hello()
      expect([user, known]).toEqual([honest.welcome.user, honest.welcome.name])
      expect(entered).toBe(room)
      expect(files.map(({ path }) => path)).toEqual(['mine.txt'])
    }
  })

  it.each([IDENTITY_HEADER, ROOM_HEADER])('%s has no effect over HTTP', async (name) => {
    const room = await makeRoom({ 'a.txt': 'mine' })
    const other = await makeRoom({ 'a.txt': 'theirs' })
    const headers = { [name]: forgeries(other)[name] ?? '' }
    expect(await (await request(`/api/rooms/${room}`, { headers })).json()).toMatchObject({ room })
    expect(await (await request(`/api/rooms/${room}/files/a.txt`, { headers })).text()).toBe('mine')
    const flushed = await request(`/api/rooms/${room}/flush`, { method: 'POST', headers })
    expect(flushed.status).toBe(200)
  })

  it('are all that a room receives; URL and query are not passed on', async () => {
    const room = await makeRoom()
    const object = env.ROOM.getByName(room)
    const received: Request[] = []
    await runInDurableObject(object, (instance) => {
      const real = instance.fetch.bind(instance)
      vi.spyOn(instance, 'fetch').mockImplementation((forwarded) => {
        received.push(forwarded)
        return real(forwarded)
      })
    })
    const answer = await request(`/api/rooms/${room}/connect?token=in-the-wrong-place`, {
      headers: {
        Upgrade: 'websocket',
        'Sec-WebSocket-Protocol': `${SUBPROTOCOL}, the-token-5d1c7e02b8`,
        Cookie: 'a=b',
        Authorization: 'Bearer the-token-5d1c7e02b8',
        ...forgeries('elsewhere'),
      },
    })
    expect(answer.status).toBe(101)
    answer.webSocket?.accept()
    answer.webSocket?.close(1000)
    const names = received.flatMap(({ headers }) => [...headers.keys()]).sort()
    expect(names).toEqual(['upgrade', COUNTED_HEADER, IDENTITY_HEADER, ROOM_HEADER])
    expect(JSON.stringify(received.map(({ url, headers }) => [url, ...headers]))).not.toMatch(
      /the-token|wrong-place|boss/i,
    )
  })
})

describe('every response of the API', () => {
  it('may only be read', async () => {
    const room = await makeRoom({ 'a.html': '<script>alert(1)</script>' })
    const broken = new Deployment({})
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const answers = await Promise.all([
      request('/healthz'),
      request(`/api/rooms/${room}`),
      request(`/api/rooms/${room}/files/a.html`),
      request(`/api/rooms/${room}/files/a.html`, { headers: { 'If-None-Match': '"1"' } }),
      request('/api/rooms/nowhere'),
      request('/api/rooms', { method: 'POST', body: 'oops' }),
      request('/api/nothing'),
      request(`/api/rooms/${room}`, { headers: { Origin: 'https://evil.example' } }),
      broken.request('/healthz'),
    ])
    vi.restoreAllMocks()
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 304, 404, 400, 404, 403, 503])
    for (const { headers } of answers) {
      expect(headers.get('Content-Security-Policy')).toBe("default-src 'none'; frame-ancestors 'none'")
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
      expect(headers.get('X-Frame-Options')).toBe('DENY')
      expect(headers.get('Referrer-Policy')).toBe('no-referrer')
      expect(headers.get('Cross-Origin-Resource-Policy')).toBe('same-origin')
    }
  })

  const ODD = [
    ['PUT', '/api/rooms', 404],
    ['DELETE', '/api/rooms/x', 404],
    ['PATCH', '/api/rooms/x/files/a', 404],
    ['POST', '/api/rooms/x/connect', 404],
    ['POST', '/healthz', 404],
    ['POST', '/r/x', 404],
    ['PUT', '/', 404],
    ['GET', '/api/rooms/x/connect', 426],
    ['GET', '/api/rooms/%', 404],
    ['GET', '/api/rooms/%E0%A4%A', 404],
    ['GET', '/api/rooms/%00%0a%0d', 404],
    ['GET', '/api/rooms/..%2f..%2fetc', 404],
    ['GET', '/api/rooms/x/files/%', 404],
    ['GET', '/api/rooms/x/files/%c0%ae%c0%ae/a', 404],
    ['GET', '/api/rooms/x/files//etc/passwd', 404],
    ['GET', `/api/rooms/${'x'.repeat(20_000)}`, 404],
    ['GET', `/api/rooms/x/files/${'a/'.repeat(10_000)}b`, 404],
    ['GET', '/api/__proto__', 404],
    ['GET', '/api/rooms/constructor/files/__proto__', 404],
  ] as const

  it.each(
    ODD.map(([method, path, status]) => [`${method} ${path.slice(0, 60)}`, method, path, status] as const),
  )('%s is JSON that says nothing of the inside', async (_, method, path, status) => {
    const answer = await request(path, { method })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('Content-Type')).toMatch(/^application\/json/)
    const text = await answer.text()
    expect(Object.keys(JSON.parse(text).error)).toEqual(['code', 'message'])
    expect(text).not.toMatch(INSIDE)
    expect(text.length).toBeLessThan(300)
  })

  it('has no body for HEAD', async () => {
    const room = await makeRoom({ 'a.txt': 'a' })
    for (const [path, status] of [
      [`/api/rooms/${room}`, 200],
      [`/api/rooms/${room}/files/a.txt`, 200],
      ['/api/rooms/nowhere', 404],
      ['/api/nothing', 404],
    ] as const) {
      const answer = await request(path, { method: 'HEAD' })
      expect([answer.status, await answer.text()]).toEqual([status, ''])
    }
  })

  it('reports an unexpected failure without details, which are logged', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const received = await runInDurableObject(
      env.ROOM.getByName(await makeRoom({ 'a.txt': 'a' })),
      async (_, state) => {
        const failing = () => Promise.reject(new TypeError('UPDATE files SET at /home/somebody/store.ts'))
        const store = {
          load: failing,
          mark: failing,
          client: failing,
          texts: failing,
          commits: failing,
          commitsWith: failing,
          flush: failing,
        }
        const journal = new Journal(state.storage.sql)
        journal.checkpoint(journal.load(), (work) => work())
        const run = async (_: string, work: () => Promise<unknown>) => {
          await work()
          return true
        }
        const flusher = new Flusher(journal, store, DEFAULT_FLUSH, { retryAt: 0, run }, (event) =>
          logEvent(event, 'a-room'),
        )
        const thrown = await flusher.flush().catch((error: Error) => error.message)
        return JSON.stringify([thrown, flusher.error])
      },
    )
    expect(received).toContain('something went wrong in the room')
    expect(received).not.toMatch(INSIDE)
    expect(log.mock.calls.flat().join()).toContain('/home/somebody/store.ts')
    vi.restoreAllMocks()
  })

  it('is the same in production', async () => {
    const answer = await new Deployment({ AUTH_SECRET: SECRET }).request('/api/rooms/%E0%A4%A')
    expect(await answer.json()).toMatchObject({ error: { code: 'no_such_room' } })
  })
})
