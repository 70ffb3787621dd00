/**
 * A deployment on the network: it serves nobody without its secret, and allowed callers with it.
 * docs/operations.md, "Doors".
 */
import { get } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connect } from '../../../client/index.ts'
import { SUBPROTOCOL } from '../../../core/protocol/messages.ts'
import { pageSocket } from '../../support/page-socket.ts'
import { type Stack, startStack } from '../../support/servers/stack.ts'
import { append } from '../support/people.ts'

const SECRET = 'a secret of the tests, of 32 characters and more'

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ quiet: true, withoutDatabase: true })
})
afterAll(() => stack?.close())

/** Opens a socket like a browser on a page of `origin`, sends hello, and returns how it ends. */
function hello(room: string, headers: Record<string, string>): Promise<string> {
  const url = `${stack.url}/api/rooms/${room}/connect`
  const socket = pageSocket(url, [SUBPROTOCOL, 'a-token-5d1c7e02b8f3a964'], headers)
  return new Promise((resolve) => {
    socket.onopen = () =>
      socket.send(JSON.stringify({ type: 'hello', protocol: 1, client: 'client-of-a-test' }))
    socket.onmessage = ({ data }) => {
      resolve(String(data))
      socket.close()
    }
    socket.onclose = ({ code, reason }) => resolve(`${code} ${reason}`)
  })
}

describe('in production without its secret', () => {
  beforeEach(() => stack.restart({ ENVIRONMENT: '' }))

  it('answers 503 to every request, pages included, and logs once what to do', async () => {
    const { length } = stack.logs
    for (const path of ['/healthz', '/', '/r/demo', '/index.html', '/api/rooms/demo']) {
      const answer = await fetch(`${stack.url}${path}`)
      expect([path, answer.status]).toEqual([path, 503])
      expect(await answer.json()).toMatchObject({
        error: {
          code: 'not_configured',
          message: expect.stringContaining('wrangler secret put AUTH_SECRET'),
        },
      })
    }
    const said = stack.logs.slice(length)
    expect(said).toEqual([expect.stringContaining('refuses to serve: AUTH_SECRET is missing')])
  })

  it('makes the SDK keep trying and report why it cannot join', async () => {
    const joined = connect({ url: stack.url, room: 'demo', connectMs: 1_000 })
    await expect(joined).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('this deployment is not configured'),
    })
  })

  it('loses nothing typed meanwhile, once it is configured', async () => {
    await stack.restart({ ENVIRONMENT: 'production', AUTH_SECRET: SECRET })
    const body = JSON.stringify({ room: 'mended', access: 'edit', files: { 'a.txt': '' } })
    expect((await fetch(`${stack.url}/api/rooms`, { method: 'POST', body })).status).toBe(201)
    const room = await connect({ url: stack.url, room: 'mended' })
    try {
      const file = await room.open('a.txt')
      const refused = new Promise<void>((resolve) => {
        room.on('status', ({ reason }) => {
          if (reason?.includes('not configured')) resolve()
        })
      })
      await stack.restart({ ENVIRONMENT: 'production' })
      append(file, 'typed meanwhile')
      await refused
      await stack.restart({ ENVIRONMENT: 'production', AUTH_SECRET: SECRET })
      await room.settled()
      expect(await (await fetch(`${stack.url}/api/rooms/mended/files/a.txt`)).text()).toBe('typed meanwhile')
    } finally {
      room.close()
    }
  })
})

describe('in production', () => {
  beforeAll(async () => {
    const ALLOWED_ORIGINS = 'https://app.example'
    await stack.restart({ ENVIRONMENT: 'production', AUTH_SECRET: SECRET, ALLOWED_ORIGINS })
    for (const room of ['open', 'other']) {
      const body = JSON.stringify({ room, access: 'edit' })
      expect((await fetch(`${stack.url}/api/rooms`, { method: 'POST', body })).status).toBe(201)
    }
  })

  it('admits its own pages, the listed ones, and callers that are not pages', async () => {
    for (const headers of [{}, { origin: stack.url }, { origin: 'https://app.example' }]) {
      expect(await hello('open', headers)).toContain('"type":"welcome"')
    }
  })

  it('[T1] closes the sockets of other pages with 4403, which is final for the SDK', async () => {
    for (const origin of [
      'null',
      'https://evil.example',
      'http://localhost:3000',
      `${stack.url}.evil.example`,
    ]) {
      expect(await hello('open', { origin })).toMatch(/^4403 .*ALLOWED_ORIGINS/)
      const socket = (url: string, protocols: string[]) => pageSocket(url, protocols, { origin })
      await expect(connect({ url: stack.url, room: 'open', socket })).rejects.toMatchObject({
        code: 'forbidden',
        message: expect.stringContaining('ALLOWED_ORIGINS'),
      })
    }
  })

  it('does not trust requests that claim to come from the Worker', async () => {
    const honest = JSON.parse(await hello('open', {}))
    const forged = await hello('open', {
      'x-edgeroom-identity': JSON.stringify({ user: 'boss', name: 'The Boss' }),
      'X-Edgeroom-Room': 'other',
    })
    expect(JSON.parse(forged)).toMatchObject({ room: 'open', user: honest.user, name: honest.name })
  })
})

it('answers locally only under the names of this machine', async () => {
  await stack.restart({})
  const { port } = new URL(stack.url)
  expect((await fetch(`http://localhost:${port}/healthz`)).status).toBe(200)
  expect(await asked(`localhost:${port}`)).toBe(200)
  for (const host of ['evil.example', `evil.example:${port}`, `localhost.evil.example:${port}`]) {
    expect(await asked(host)).toBe(403)
  }
})

/** The status of the response to a request under this host name. */
function asked(host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asking = get(`${stack.url}/healthz`, { headers: { host } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
    asking.on('error', reject)
  })
}
