/** `connect` can be aborted at any time, and leaves nothing behind: no socket, timer, listener or lock. */
import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type ConnectOptions, connect } from '../../../client/index.ts'
import { MemoryStorage } from '../../support/memory-storage.ts'
import { secretOf } from '../../support/secrets.ts'
import { REQUESTS, SlowStorage } from '../../support/slow-storage.ts'
import { Network } from '../support/network.ts'
import { append, place } from '../support/people.ts'

const here = place({ withoutDatabase: true })
const token = secretOf('ann')
const REASON = new Error('the user went elsewhere')

/** Timers of the SDK that have neither fired nor been cleared. */
const timers = new Set<unknown>()

beforeEach(() => {
  const { setTimeout: set, clearTimeout: clear } = globalThis
  timers.clear()
  vi.stubGlobal('setTimeout', (run: () => void, ms: number) => {
    const timer = set(() => {
      timers.delete(timer)
      run()
    }, ms)
    if (/(?<!\/test)\/client\//.test(new Error().stack ?? '')) timers.add(timer)
    return timer
  })
  vi.stubGlobal('clearTimeout', (timer: NodeJS.Timeout | undefined) => {
    timers.delete(timer)
    clear(timer)
  })
})

afterEach(() => {
  vi.unstubAllGlobals()
})

/** The sockets that were made, to check their end. */
class Sockets extends Network {
  readonly made: WebSocket[] = []

  constructor() {
    super()
    const Platform = WebSocket
    const { made } = this
    vi.stubGlobal(
      'WebSocket',
      class extends Platform {
        constructor(url: string, protocols: string[]) {
          super(url, protocols)
          made.push(this)
        }
      },
    )
  }

  get open(): number {
    return this.made.filter(({ readyState }) => readyState !== WebSocket.CLOSED).length
  }
}

/** Starts joining, aborts when told to, and checks what is left. */
async function stopped(name: string, reached: Promise<unknown>, options: Partial<ConnectOptions>) {
  const abort = new AbortController()
  const joining = connect({ url: here.stack.url, room: name, token, signal: abort.signal, ...options })
  joining.catch(() => {})
  await reached
  abort.abort(REASON)
  await expect(joining).rejects.toBe(REASON)
  expect(getEventListeners(abort.signal, 'abort')).toEqual([])
  await expect.poll(() => timers.size).toBe(0)
}

it('does nothing when the signal was already aborted', async () => {
  const asked = vi.fn(() => token)
  const options = { token: asked, storage: new SlowStorage(new MemoryStorage()).hang(...REQUESTS) }
  const joining = connect({ url: here.stack.url, room: 'tea', signal: AbortSignal.abort(REASON), ...options })
  await expect(joining).rejects.toBe(REASON)
  expect([asked.mock.calls.length, options.storage.asked]).toEqual([0, []])
  await expect(
    connect({ url: here.stack.url, room: 'tea', signal: AbortSignal.abort() }),
  ).rejects.toMatchObject({ name: 'AbortError' })
})

it.each([null, 7, {}, 'abort'])('refuses %j as `signal`', async (signal) => {
  const joining = connect({ url: here.stack.url, room: 'tea', signal: signal as unknown as AbortSignal })
  await expect(joining).rejects.toMatchObject({ code: 'bad_option' })
})

it.each(['clients', 'hold', 'read', 'write'] as const)(
  'stops while the storage does not answer `%s`, and leaves its content to the next page',
  async (request) => {
    const name = await here.make({ 'a.txt': '' })
    const memory = new MemoryStorage()
    const before = await here.join(name, { storage: memory, token })
    const file = await before.room.open('a.txt')
    before.network.cut()
    append(file, '<before>')
    await memory.until((kept) => kept.includes('<before>'))
    memory.crash()
    // Timers of the previous page do not count.
    await before.room.close({ discard: true })
    const storage = new SlowStorage(memory).hang(request)
    const socket = () => expect.unreachable('no socket is made before the storage has answered')
    await stopped(name, storage.until(request), { storage, socket })
    if (request !== 'write') expect(storage.held).toBe(0)
    storage.release()
    await expect.poll(() => storage.held).toBe(0)
    const after = await here.join(name, { storage: memory, token })
    await after.room.settled()
    expect(await here.read(name, 'a.txt')).toBe('<before>')
  },
)

it('stops while the token function does not answer', async () => {
  const name = await here.make()
  const network = new Sockets()
  let ask = () => {}
  const asked = new Promise<void>((resolve) => {
    ask = resolve
  })
  const never = () => {
    ask()
    return new Promise<string>(() => {})
  }
  await stopped(name, asked, { token: never, socket: network.factory, storage: null })
  expect(network.made).toEqual([])
})

it('stops while it waits to retry', async () => {
  let ask = () => {}
  const asked = new Promise<void>((resolve) => {
    ask = resolve
  })
  const socket = () => {
    ask()
    throw new Error('no network')
  }
  await stopped('nowhere', asked, { socket, storage: null, connectMs: Number.POSITIVE_INFINITY })
})

it.each([
  ['the socket is opened', (network: Network) => expect.poll(() => network.attempts.length).toBe(1)],
  ['the welcome is on its way', (network: Network) => expect.poll(() => network.sent.length).toBe(1)],
])('stops while %s, and releases the stored copy', async (_, reached) => {
  const name = await here.make()
  const network = new Sockets()
  network.hold()
  const storage = new SlowStorage(new MemoryStorage())
  await stopped(name, Promise.resolve(reached(network)), { socket: network.factory, storage })
  await expect.poll(() => [network.open, storage.held]).toEqual([0, 0])
  expect(await here.status(name)).toMatchObject({ people: 0 })
})

it('changes nothing once the room is joined', async () => {
  const name = await here.make({ 'a.txt': '' })
  const abort = new AbortController()
  const { room } = await here.join(name, { token, signal: abort.signal })
  expect(getEventListeners(abort.signal, 'abort')).toEqual([])
  abort.abort(REASON)
  append(await room.open('a.txt'), 'x')
  await room.settled()
  expect(room.status).toMatchObject({ status: 'connected', pending: 0 })
})
