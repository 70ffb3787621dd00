/** Joining: how a client gets in, as which user, and the errors when it does not. */
import { expect, it, vi } from 'vitest'
import { connect, SdkError } from '../../../client/index.ts'
import { secretOf } from '../../support/secrets.ts'
import { startStrippingProxy } from '../../support/servers/stripping-proxy.ts'
import { Network } from '../support/network.ts'
import { place, until } from '../support/people.ts'

const here = place({ withoutDatabase: true })

it('[T1] calls a token function for each connection, and offers the token as a subprotocol', async () => {
  const name = await here.make()
  let asked = 0
  const token = async () => secretOf(`token-${++asked}`)
  const { room, network } = await here.join(name, { token })
  expect(asked).toBe(1)
  network.cut()
  network.restore()
  await until(room, ['status'], () => room.status.status === 'connected')
  expect(network.attempts).toEqual([
    ['edgeroom.v1', secretOf('token-1')],
    ['edgeroom.v1', secretOf('token-2')],
  ])
})

it('[X4] has the text of a file with the list of files, and asks for it once', async () => {
  const name = await here.make({ 'a.txt': 'first', 'b.txt': 'second' })
  const { room, network } = await here.join(name, { open: 'b.txt' })
  const file = await room.open('b.txt')
  expect(file.text).toBe('second')
  expect(network.sent.map((frame) => JSON.parse(frame).type)).toEqual(['hello'])
  expect((await room.open('a.txt')).text).toBe('first')
  file.edit([{ at: 0, remove: 0, insert: 'the ' }])
  await room.settled()
  expect(await here.read(name, 'b.txt')).toBe('the second')
})

it('[X4] resumes without the text after a lost connection', async () => {
  const name = await here.make({ 'a.txt': 'first' })
  const { room, network } = await here.join(name, { open: 'a.txt' })
  await room.open('a.txt')
  network.cut()
  network.restore()
  await until(room, ['status'], () => room.status.status === 'connected')
  const sent = network.sent.map((frame) => JSON.parse(frame))
  expect(sent.map(({ type, open }) => [type, open])).toEqual([
    ['hello', 'a.txt'],
    ['hello', undefined],
  ])
})

it('[X4] joins a room that has no such file, and one of an older version', async () => {
  const name = await here.make({ 'a.txt': 'first' })
  const { room } = await here.join(name, { open: 'b.txt' })
  await expect(room.open('b.txt')).rejects.toMatchObject({ code: 'no_such_file' })
  expect((await room.open('a.txt')).text).toBe('first')

  const network = new Network()
  // A room that ignores `open`: no `opening`, and no text that was not asked for.
  let isAsked = false
  network.tamper = (frame) => {
    const message = JSON.parse(frame)
    if (message.type === 'welcome') return JSON.stringify({ ...message, opening: undefined })
    if (message.type === 'text' && !isAsked) {
      isAsked = true
      return JSON.stringify({ type: 'presence', seq: message.seq, peers: [], left: [] })
    }
    return frame
  }
  const older = await connect({ url: here.stack.url, room: name, socket: network.factory, open: 'a.txt' })
  expect((await older.open('a.txt')).text).toBe('first')
  await older.close()
})

it('refuses what is not the path of a file to open', async () => {
  const options = { url: here.stack.url, room: 'any', open: 3 as unknown as string }
  await expect(connect(options)).rejects.toMatchObject({ code: 'bad_option' })
})

it('retries when a token function fails', async () => {
  const name = await here.make()
  let asked = 0
  const token = () => {
    if (++asked === 1) throw new Error('no token yet')
    return secretOf('ann')
  }
  const { room } = await here.join(name, { token })
  expect([asked, room.status.status]).toEqual([2, 'connected'])
})

it('[H4] continues as another client when the token becomes another user’s', async () => {
  const name = await here.make()
  let token = secretOf('ann')
  const { room, network } = await here.join(name, { token: () => token })
  room.create('a.txt', '')
  await room.settled()
  const { user } = room.me
  token = secretOf('bob')
  network.cut()
  network.restore()
  room.create('b.txt', '')
  await room.settled()
  expect(network.closes).toEqual([4423])
  expect(room.me.user).not.toBe(user)
  expect(room.files.map(({ path }) => path)).toEqual(['a.txt', 'b.txt'])
})

it('admits people without a token, each as a different guest', async () => {
  const name = await here.make()
  const rooms = [(await here.join(name)).room, (await here.join(name)).room]
  expect(new Set(rooms.map(({ me }) => me.user)).size).toBe(2)
  for (const { me } of rooms) expect(me).toMatchObject({ name: expect.stringMatching(/^\w+ \w+$/) })
})

it('admits people without a token in an insecure context: plain http from another host', async () => {
  const name = await here.make({ 'a.txt': '' })
  const { crypto } = globalThis
  // All that such a page has.
  vi.stubGlobal('crypto', {
    getRandomValues: (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes),
  })
  try {
    const people = [await here.join(name), await here.join(name)]
    expect(new Set(people.map(({ room }) => room.me.user)).size).toBe(2)
    for (const { room } of people) room.create(`${room.me.user}.txt`, '')
    for (const { room } of people) await room.settled()
    const secrets = people.map(({ network }) => network.attempts[0]?.[1])
    for (const secret of secrets) expect(secret).toMatch(/^guest-[\w-]{24}$/)
  } finally {
    vi.unstubAllGlobals()
  }
})

it('knows a user by the token, with the same name and colour each time and for everybody', async () => {
  const [one, other] = [await here.make(), await here.make()]
  const first = (await here.join(one, { token: secretOf('ann') })).room
  const later = (await here.join(other, { token: secretOf('ann') })).room
  const bob = (await here.join(other, { token: secretOf('bob') })).room
  const { user, name, color } = first.me
  expect(later.me).toMatchObject({ user, name, color })
  expect(later.me.session).not.toBe(first.me.session)
  expect(bob.me.user).not.toBe(user)
  expect(bob.peers).toMatchObject([{ user, name, color }])
  expect(JSON.stringify([first.me, bob.peers])).not.toContain(secretOf('ann'))
})

it('rejects at once with no_such_room when there is none', async () => {
  const error = await failure(connect({ url: here.stack.url, room: 'nowhere' }))
  expect(error).toMatchObject({ name: 'SdkError', code: 'no_such_room', message: 'no such room' })
})

it.each([
  ...[
    '',
    '.',
    '..',
    '../../healthz',
    'no name of a room',
    'a/b',
    'a%2fb',
    '-a',
    '_a',
    'tea\n',
    'größe',
    'x'.repeat(65),
  ],
  ...[undefined, null, 7, ['tea'], {}],
])('refuses the invalid name %j before anything is sent', async (room) => {
  const socket = () => expect.unreachable('nothing is to be asked')
  const error = await failure(connect({ url: here.stack.url, room: room as string, socket }))
  expect(error).toMatchObject({
    name: 'SdkError',
    code: 'bad_name',
    message: expect.stringContaining('1 to 64 of A-Z'),
  })
  const made = await here.post({ room: room ?? '' })
  expect(made.status).toBe(400)
})

it('throws at once where the platform has no WebSocket', async () => {
  vi.stubGlobal('WebSocket', undefined)
  try {
    const error = await failure(connect({ url: here.stack.url, room: 'tea' }))
    expect(error).toMatchObject({ code: 'bad_option', message: expect.stringContaining('`socket`') })
  } finally {
    vi.unstubAllGlobals()
  }
})

it.each([Number.NaN, -1, Number.NEGATIVE_INFINITY, null, '5000', {}])(
  'refuses %j as `connectMs`',
  async (ms) => {
    const socket = () => expect.unreachable('nothing is to be asked')
    const options = { url: here.stack.url, room: 'tea', socket, connectMs: ms as number }
    expect(await failure(connect(options))).toMatchObject({ name: 'SdkError', code: 'bad_option' })
  },
)

it.each([Number.POSITIVE_INFINITY, Number.MAX_VALUE, 2 ** 31, 365 * 24 * 60 * 60_000])(
  'tries for all of %d ms, although timers overflow',
  async (connectMs) => {
    const name = await here.make()
    let attempts = 0
    const socket = (url: string, protocols: string[]) => {
      if (++attempts < 4) throw new Error('no network')
      return new WebSocket(url, protocols)
    }
    const { room } = await here.join(name, {
      socket,
      connectMs,
      storage: null,
      token: 'the-secret-of-ann-0123456789',
    })
    expect([attempts, room.status.status]).toEqual([4, 'connected'])
    const kept = await here.join(name, { connectMs, token: 'the-secret-of-ann-0123456789' })
    expect(kept.room.status.status).toBe('connected')
  },
)

it('rejects with unreachable after `connectMs` where nothing listens', async () => {
  const url = await freeUrl()
  const error = await failure(connect({ url, room: 'room', connectMs: 400 }))
  expect(error).toMatchObject({
    name: 'SdkError',
    code: 'unreachable',
    message: expect.stringContaining(url),
  })
})

it('rejects with unreachable where something else listens', async () => {
  const { createServer } = await import('node:http')
  const server = createServer((_, response) => response.end('welcome')).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  try {
    const error = await failure(connect({ url: `http://127.0.0.1:${port}`, room: 'room', connectMs: 400 }))
    expect(error).toMatchObject({ code: 'unreachable' })
  } finally {
    server.close()
  }
})

it('joins when the room answers at the third attempt', async () => {
  const name = await here.make({ 'a.txt': '' })
  let attempts = 0
  const socket = (url: string, protocols: string[]) => {
    if (++attempts < 3) throw new Error('no network')
    return new WebSocket(url, protocols)
  }
  const { room } = await here.join(name, { socket })
  expect([attempts, room.status.status, room.status.reason]).toEqual([3, 'connected', null])
})

it('[T1] joins below a path that a proxy strips, by socket and by HTTP', async () => {
  const { room: name, urls } = await (await here.post({ files: { 'a.txt': 'a' } })).json()
  const proxy = await startStrippingProxy(here.stack.url, '/edgeroom')
  try {
    const { room } = await here.join(name, { url: `${proxy.url}/` })
    expect((await room.open('a.txt')).text).toBe('a')
    room.say('hello')
    await room.settled()
    expect(await room.chat()).toMatchObject([{ text: 'hello' }])
    const api = `/edgeroom/api/rooms/${name}`
    expect(proxy.asked).toEqual([`${api}/connect`, `${api}/chat`])
    room.close()
  } finally {
    await proxy.close()
  }
  // The addresses of the room itself work as well.
  for (const url of Object.values(urls) as string[]) {
    expect((await here.join(name, { url })).room.status.status).toBe('connected')
  }
})

it('[H3] joins under any valid room name', async () => {
  const name = `R_${'x'.repeat(60)}-9`
  expect((await here.post({ room: name, files: { 'a.txt': 'a' } })).status).toBe(201)
  const { room } = await here.join(name)
  expect([room.name, (await room.open('a.txt')).text]).toEqual([name, 'a'])
})

async function failure(promise: Promise<unknown>): Promise<SdkError> {
  const error = await promise.then(
    () => expect.unreachable('nobody is to be let in'),
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(SdkError)
  return error as SdkError
}

/** A URL at which nothing listens any more. */
async function freeUrl(): Promise<string> {
  const { createServer } = await import('node:net')
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return `http://127.0.0.1:${address.port}`
}
