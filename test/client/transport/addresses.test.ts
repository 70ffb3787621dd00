/** The addresses of a room’s socket and HTTP API, from the `url` option. */
import { describe, expect, it, vi } from 'vitest'
import { connect } from '../../../client/index.ts'
import { Chat } from '../../../client/people/chat.ts'
import { RoomApi } from '../../../client/room-api.ts'
import { apiAddress, socketAddress } from '../../../client/transport/addresses.ts'
import { Tokens } from '../../../client/transport/tokens.ts'

describe('the address of a room', () => {
  it.each([
    // The scheme: secure stays secure.
    ['http://127.0.0.1:8787', 'ws://127.0.0.1:8787'],
    ['https://example.com', 'wss://example.com'],
    ['ws://127.0.0.1:8787', 'ws://127.0.0.1:8787'],
    ['wss://example.com', 'wss://example.com'],
    ['WSS://EXAMPLE.com', 'wss://example.com'],
    ['wss://example.com:8443', 'wss://example.com:8443'],
    ['wss://example.com:80', 'wss://example.com:80'],
    ['http://[::1]:8787', 'ws://[::1]:8787'],
    ['https://example.com:443', 'wss://example.com'],
    // The path: kept, without double slashes.
    ['https://example.com/', 'wss://example.com'],
    ['https://example.com/edgeroom', 'wss://example.com/edgeroom'],
    ['https://example.com/edgeroom//', 'wss://example.com/edgeroom'],
    ['https://example.com/a/b%20c/', 'wss://example.com/a/b%20c'],
    ['https://example.com/api', 'wss://example.com/api'],
    ['https://example.com/r', 'wss://example.com/r'],
    ['  https://example.com/edgeroom\n', 'wss://example.com/edgeroom'],
    // The addresses in the response of POST /api/rooms.
    ['wss://example.com/api/rooms/tea/connect', 'wss://example.com'],
    ['ws://127.0.0.1:8787/api/rooms/tea/connect', 'ws://127.0.0.1:8787'],
    ['https://example.com/api/rooms/tea', 'wss://example.com'],
    ['https://example.com/r/tea', 'wss://example.com'],
    ['wss://example.com/edgeroom/api/rooms/tea/connect/', 'wss://example.com/edgeroom'],
    ['https://example.com/edgeroom/r/tea/', 'wss://example.com/edgeroom'],
  ])('for %s is below %s', (url, below) => {
    const socket = socketAddress(url, 'tea')
    expect(socket).toBe(`${below}/api/rooms/tea/connect`)
    expect(apiAddress(socket)).toBe(`${below.replace('ws', 'http')}/api/rooms/tea`)
    expect(socketAddress(new URL(url), 'tea')).toBe(socket)
  })

  it.each([
    ['/', 'wss://page.example'],
    ['/edgeroom', 'wss://page.example/edgeroom'],
    ['./', 'wss://page.example/app'],
    ['../edgeroom/', 'wss://page.example/edgeroom'],
    ['//other.example/edgeroom', 'wss://other.example/edgeroom'],
    ['/r/tea', 'wss://page.example'],
    ['http://other.example', 'ws://other.example'],
  ])('for %s in a page is below %s', (url, below) => {
    const page = 'https://page.example/app/index.html?a=b#c'
    expect(socketAddress(url, 'tea', page)).toBe(`${below}/api/rooms/tea/connect`)
  })

  it.each([
    ['ftp://example.com', 'not with ftp:'],
    ['localhost:8787', 'not with localhost:'],
    ['file:///edgeroom', 'not with file:'],
    ['javascript:alert(1)', 'not with javascript:'],
    ['127.0.0.1:8787', 'an absolute URL'],
    ['example.com/edgeroom', 'an absolute URL'],
    ['', 'an absolute URL'],
    [undefined as unknown as string, 'an absolute URL'],
    ['https://', 'an absolute URL'],
    ['/edgeroom', 'no page that'],
    ['https://ann:secret@example.com', 'no user name or password'],
    ['https://ann@example.com', 'no user name or password'],
    ['https://example.com/?token=secret', 'no ? or #'],
    ['https://example.com/#token=secret', 'no ? or #'],
    ['https://example.com/edgeroom?', 'no ? or #'],
    ['wss://example.com/api/rooms/other/connect', 'another room'],
    ['https://example.com/api/rooms/other', 'another room'],
    ['https://example.com/r/other', 'another room'],
  ])('is refused for %j, with a reason that quotes no secret', (url, reason) => {
    const error = expect.objectContaining({
      name: 'SdkError',
      code: 'bad_url',
      message: expect.stringContaining(reason),
    })
    expect(() => socketAddress(url, 'tea')).toThrow(error)
    expect(() => socketAddress(url, 'tea')).not.toThrow('secret')
  })

  it('cannot be relative where the page has no usable address', () => {
    for (const page of [undefined, 'about:srcdoc', 'data:text/html,']) {
      expect(() => socketAddress('/', 'tea', page)).toThrow('no page that')
    }
    expect(() => socketAddress('/', 'tea', 'file:///index.html')).toThrow('not with file:')
  })
})

describe('connect', () => {
  it('opens its socket at the given address, and sends the token nowhere else', async () => {
    const asked: string[] = []
    const socket = (url: string): never => {
      asked.push(url)
      throw new Error('no network')
    }
    for (const url of ['wss://example.com/edgeroom', 'https://example.com/edgeroom/']) {
      const joined = connect({ url, room: 'tea', token: 'ann', socket, connectMs: 1 })
      await expect(joined).rejects.toMatchObject({
        code: 'unreachable',
        message: expect.stringContaining('https://example.com/edgeroom'),
      })
    }
    expect(asked).toEqual(Array(2).fill('wss://example.com/edgeroom/api/rooms/tea/connect'))
  })

  it('does nothing with an invalid URL', async () => {
    const socket = () => expect.unreachable()
    const joined = connect({ url: 'localhost:8787', room: 'tea', socket })
    await expect(joined).rejects.toMatchObject({ name: 'SdkError', code: 'bad_url' })
  })
})

it('HTTP requests of the SDK go below the same address, and follow no redirect with the token', async () => {
  const asked: [unknown, RequestInit | undefined][] = []
  vi.stubGlobal('fetch', async (url: string, init?: RequestInit) => {
    asked.push([url, init])
    return Response.json({ messages: [], more: false })
  })
  try {
    const tokens = new Tokens('ann', { renewed: () => {}, failed: () => {} })
    const chat = new Chat(new RoomApi(socketAddress('wss://example.com/edgeroom', 'tea'), tokens))
    await chat.page(7)
    const request = { method: 'GET', headers: { Authorization: 'Bearer ann' }, redirect: 'error' }
    expect(asked).toEqual([['https://example.com/edgeroom/api/rooms/tea/chat?before=7', request]])
  } finally {
    vi.unstubAllGlobals()
  }
})
