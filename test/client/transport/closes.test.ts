/** Close codes of the other side: only `close()` and the room’s final codes end a room. */
import { describe, expect, it, vi } from 'vitest'
import { connect, SdkError, type StatusInfo } from '../../../client/index.ts'
import type { SocketFactory } from '../../../client/types.ts'
import { append, next, place } from '../support/people.ts'

const here = place({ withoutDatabase: true })

/** Codes of proxies, platforms and other libraries, and codes that may be added later. */
const LOSSES = [1000, 1001, 1002, 1005, 1006, 1008, 1009, 1011, 1012, 1013, 1014, 1015, 3000, 3999, 4000]
const UNKNOWN = [4399, 4402, 4499, 4999]

describe('a connection closed by the other side', () => {
  it.each([...LOSSES, 4408, 4429, ...UNKNOWN])(
    'with %i is lost: the client reconnects, with everything typed',
    async (code) => {
      const name = await here.make({ 'a.txt': '' })
      const { room, network } = await here.join(name)
      const file = await room.open('a.txt')
      const emitted: StatusInfo[] = []
      room.on('status', (status) => emitted.push(status))
      network.end(code)
      append(file, 'typed meanwhile')
      await room.settled()
      expect(await here.read(name, 'a.txt')).toBe('typed meanwhile')
      expect(emitted.find(({ status }) => status === 'reconnecting')).toMatchObject({
        code,
        reason: expect.stringMatching(/\w{3}/),
      })
      expect(network.attempts).toHaveLength(2)
      room.close()
      expect(room.status).toMatchObject({ status: 'closed', code: 1000, reason: 'closed by this client' })
    },
  )

  it.each([4400, 4401, 4403, 4404, 4409, 4410, 4413, 4426])(
    'with %i and no reason ends the room with a reason',
    async (code) => {
      const { room, network } = await here.join(await here.make())
      network.end(code)
      expect(room.status).toMatchObject({ status: 'refused', code, reason: expect.stringMatching(/\w{3}/) })
      expect(() => room.create('a.txt', '')).toThrow(room.status.reason ?? '')
      expect(network.attempts).toHaveLength(1)
    },
  )

  it('is retried until `connectMs` when it is closed with 1000 each time', async () => {
    vi.useFakeTimers()
    try {
      const { error, attempts } = await atPoliteProxy()
      expect(error).toMatchObject({
        code: 'unreachable',
        message: expect.stringContaining('other side closed'),
      })
      expect(attempts).toBeGreaterThan(3)
    } finally {
      vi.useRealTimers()
    }
  })
})

/**
 * Connects for a minute to a proxy that closes every connection with 1000. Returns why it gave up, and
 * after how many attempts.
 */
async function atPoliteProxy() {
  let attempts = 0
  const socket: SocketFactory = () => {
    attempts++
    const link: ReturnType<SocketFactory> = {
      readyState: 0,
      bufferedAmount: 0,
      send: () => {},
      close: () => {},
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
    }
    queueMicrotask(() => (link.onclose as (event: object) => void)({ code: 1000, reason: '' }))
    return link
  }
  const joined = connect({ url: 'http://127.0.0.1', room: 'tea', socket, connectMs: 60_000 })
  const failed = joined.catch((error: unknown) => error)
  await vi.advanceTimersByTimeAsync(60_000)
  return { error: await failed, attempts }
}

describe('an empty reason of the other side', () => {
  it('is replaced in rejections', async () => {
    const { room, network } = await here.join(await here.make({ 'a.txt': '' }))
    const bob = await here.join(room.name)
    network.hold()
    bob.room.create('b.txt', '')
    await bob.room.settled()
    room.create('b.txt', '')
    network.tamper = (frame) => {
      const message = JSON.parse(frame)
      return message.type === 'reject' ? JSON.stringify({ ...message, message: '' }) : frame
    }
    const rejected = next(room, 'rejected')
    network.release()
    const { code, message } = await rejected
    expect(message).toBe(`The room refused it (${code}).`)
  })

  it('is replaced in every error of the SDK', () => {
    expect(new SdkError('forbidden', '').message).toBe('no reason given (forbidden)')
    expect(new SdkError('forbidden', ' \n').message).toBe('no reason given (forbidden)')
  })
})
