/** Status events when the network disappears silently, and the effect of the browser’s own events. */
import { afterAll, describe, expect, it, vi } from 'vitest'
import type { Room } from '../../../client/index.ts'
import { append, place, until } from '../support/people.ts'

const here = place({ withoutDatabase: true })

/** What browsers have and Node does not: events of the window and of the page. */
class Page extends EventTarget {
  readonly counts = new Map<string, number>()
  visibilityState = 'visible'

  override addEventListener(type: string, listener: EventListener): void {
    this.counts.set(type, (this.counts.get(type) ?? 0) + 1)
    super.addEventListener(type, listener)
  }

  override removeEventListener(type: string, listener: EventListener): void {
    this.counts.set(type, (this.counts.get(type) ?? 0) - 1)
    super.removeEventListener(type, listener)
  }

  say(type: string): void {
    this.dispatchEvent(new Event(type))
  }
}

function browser(): Page {
  const page = new Page()
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page))
  vi.stubGlobal('document', page)
  return page
}

// Not after each test: rooms that close then still remove their listeners.
afterAll(() => {
  vi.unstubAllGlobals()
})

/** Each status reported, without repetitions. */
function statusesOf(room: Room): string[] {
  const emitted: string[] = []
  room.on('status', ({ status }) => {
    if (emitted.at(-1) !== status) emitted.push(status)
  })
  return emitted
}

it('reports that the room does not answer, then the loss, and reconnects when the network is back', async () => {
  const name = await here.make({ 'a.txt': '' })
  const { room, network } = await here.join(name)
  const file = await room.open('a.txt')
  const emitted = statusesOf(room)
  network.hold()
  const start = performance.now()
  append(file, 'x')
  await until(room, ['status'], () => room.status.status === 'stalled')
  expect(room.status).toMatchObject({ pending: 1, reason: 'the room has not answered for a while' })
  await until(room, ['status'], () => room.status.status === 'reconnecting')
  // 4 s and 5 s by the clock of a possibly busy machine.
  expect(performance.now() - start).toBeLessThan(15_000)
  network.release()
  await room.settled()
  expect(room.status).toMatchObject({ status: 'connected', reason: null })
  expect(emitted.slice(0, 3)).toEqual(['connected', 'stalled', 'reconnecting'])
  expect(await here.read(name, 'a.txt')).toBe('x')
})

it('is connected again as soon as a late ack comes, over the same connection', async () => {
  const name = await here.make({ 'a.txt': '' })
  const { room, network } = await here.join(name)
  const file = await room.open('a.txt')
  const emitted = statusesOf(room)
  network.hold()
  append(file, 'x')
  await until(room, ['status'], () => room.status.status === 'stalled')
  network.release()
  await room.settled()
  await until(room, ['status'], () => room.status.status === 'connected')
  expect([emitted, network.attempts.length]).toEqual([['connected', 'stalled', 'connected'], 1])
})

describe('a browser', () => {
  it('that reports offline is believed at once, until something comes from the room', async () => {
    const page = browser()
    const { room, network } = await here.join(await here.make())
    const emitted = statusesOf(room)
    network.hold()
    page.say('offline')
    expect(room.status).toMatchObject({ status: 'offline' })
    network.release()
    await until(room, ['status'], () => room.status.status === 'connected')
    expect(emitted).toEqual(['offline', 'connected'])
    expect(network.sent.filter((frame) => frame === 'ping')).toHaveLength(1)
  })

  it.each([
    ['that is online again', 'online'],
    ['whose page becomes visible', 'visibilitychange'],
  ])('%s makes the SDK check the connection, or reconnect at once', async (_, sign) => {
    const page = browser()
    const { room, network } = await here.join(await here.make())
    page.say(sign)
    expect(network.sent.filter((frame) => frame === 'ping')).toHaveLength(1)
    network.cut()
    await until(room, ['status'], () => room.status.status === 'reconnecting')
    network.restore()
    const { length } = network.attempts
    page.say(sign)
    await expect.poll(() => network.attempts.length).toBeGreaterThan(length)
    await until(room, ['status'], () => room.status.status === 'connected')
  })

  it('whose page is hidden triggers nothing', async () => {
    const page = browser()
    const { network } = await here.join(await here.make())
    page.visibilityState = 'hidden'
    page.say('visibilitychange')
    expect(network.sent).not.toContain('ping')
  })

  it('is not listened to any more once the room is over', async () => {
    const page = browser()
    const { room } = await here.join(await here.make())
    expect(page.counts.get('offline')).toBe(1)
    await room.close()
    expect([...page.counts.values()].every((count) => count === 0)).toBe(true)
  })
})
