/** A dead silent connection is noticed within seconds, and so is a room that does not answer. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Connection, type Loss } from '../../../client/transport/connection.ts'
import { ConnectionStatus } from '../../../client/transport/connection-status.ts'
import { Flight } from '../../../client/transport/flight.ts'
import { Tokens } from '../../../client/transport/tokens.ts'
import type { SocketLike, StatusInfo } from '../../../client/types.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

class Socket implements SocketLike {
  readyState = 0
  bufferedAmount = 0
  onopen: SocketLike['onopen'] = null
  onmessage: SocketLike['onmessage'] = null
  onclose: SocketLike['onclose'] = null
  onerror: SocketLike['onerror'] = null
  readonly sent: string[] = []

  send(data: string): void {
    this.sent.push(data)
  }

  close(): void {
    this.readyState = 3
  }

  open(): void {
    this.readyState = 1
    this.onopen?.({})
  }

  say(data: string): void {
    this.onmessage?.({ data })
  }
}

async function connected(answerMs = 5_000) {
  const sockets: Socket[] = []
  const losses: Loss[] = []
  const socket = () => {
    const made = new Socket()
    sockets.push(made)
    return made
  }
  const tokens = new Tokens('a-token', { renewed: () => {}, failed: () => {} })
  const alive = vi.fn()
  const connection = new Connection({ url: 'ws://room', token: 'a-token', socket }, tokens, {
    up: () => {},
    frame: () => {},
    down: (loss) => losses.push(loss),
    alive,
    answerMs: () => answerMs,
  })
  await vi.advanceTimersByTimeAsync(0)
  sockets[0]?.open()
  connection.welcomed()
  connection.settled()
  return { connection, sockets, socket: sockets[0] ?? expect.unreachable(), losses, alive }
}

describe('[T3] a connection', () => {
  it('that is quiet is pinged, and lost without an answer: 15 s after the last frame', async () => {
    const { socket, losses } = await connected()
    await vi.advanceTimersByTimeAsync(10_000)
    expect([socket.sent, losses]).toEqual([['ping'], []])
    await vi.advanceTimersByTimeAsync(5_000)
    expect(losses).toMatchObject([{ code: 1006, reason: 'the connection is silent', retry: true }])
  })

  it('is kept alive by any frame', async () => {
    const { connection, socket, losses, alive } = await connected()
    connection.check()
    await vi.advanceTimersByTimeAsync(4_999)
    socket.say('pong')
    expect(alive).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(9_999)
    expect([socket.sent, losses]).toEqual([['ping'], []])
  })

  it('is pinged once however often it is probed, and timed from the first ping', async () => {
    const { connection, socket, losses } = await connected()
    connection.check()
    await vi.advanceTimersByTimeAsync(4_000)
    connection.check()
    await vi.advanceTimersByTimeAsync(1_000)
    expect([socket.sent, losses.length]).toEqual([['ping'], 1])
  })

  it('is given time for what is being transmitted', async () => {
    const { connection, losses } = await connected(60_000)
    connection.check()
    await vi.advanceTimersByTimeAsync(59_999)
    expect(losses).toEqual([])
  })

  it('is retried at once when the page becomes visible, or the network is back', async () => {
    for (const sign of ['check', 'retry'] as const) {
      const { connection, sockets, socket } = await connected()
      socket.onclose?.({ code: 1006, reason: '' })
      connection[sign]()
      await vi.advanceTimersByTimeAsync(0)
      expect(sockets).toHaveLength(2)
    }
  })

  it('restarts an attempt when the network is back, but not when the page becomes visible', async () => {
    const { connection, sockets, socket, losses } = await connected()
    socket.onclose?.({ code: 1006, reason: '' })
    connection.check()
    await vi.advanceTimersByTimeAsync(1_000)
    connection.check()
    expect(sockets).toHaveLength(2)
    connection.retry()
    await vi.advanceTimersByTimeAsync(0)
    expect([sockets.length, sockets[1]?.readyState, losses.length]).toEqual([3, 3, 1])
  })

  it('without a welcome is lost, even if it is alive', async () => {
    const { connection, sockets, losses, socket } = await connected()
    socket.onclose?.({ code: 1006, reason: '' })
    connection.check()
    await vi.advanceTimersByTimeAsync(0)
    sockets[1]?.open()
    for (let i = 0; i < 12; i++) {
      await vi.advanceTimersByTimeAsync(5_000)
      sockets[1]?.say('pong')
    }
    expect(losses.at(-1)).toMatchObject({ reason: 'the room did not send its welcome', retry: true })
    connection.close()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a submission in flight', () => {
  it('is overdue after 4 s, once', async () => {
    const overdue = vi.fn()
    const flight = new Flight(overdue)
    flight.begin(100)
    await vi.advanceTimersByTimeAsync(4_004)
    expect([overdue.mock.calls.length, flight.isOverdue]).toEqual([1, true])
    await vi.advanceTimersByTimeAsync(60_000)
    flight.end()
    expect([overdue.mock.calls.length, flight.isOverdue, vi.getTimerCount()]).toEqual([1, false, 0])
  })

  it('is timed from when it was sent, not from the one before', async () => {
    const overdue = vi.fn()
    const flight = new Flight(overdue)
    for (let i = 0; i < 10; i++) {
      flight.begin(100)
      await vi.advanceTimersByTimeAsync(3_000)
      flight.end()
    }
    flight.begin(100)
    await vi.advanceTimersByTimeAsync(3_900)
    expect(overdue).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(200)
    expect(overdue).toHaveBeenCalledTimes(1)
  })

  it('has more time when it is large, and so has a ping behind it', async () => {
    const overdue = vi.fn()
    const flight = new Flight(overdue)
    expect([flight.answerMs(false), flight.answerMs(true)]).toEqual([5_000, 30_000])
    flight.begin(320_000)
    expect(flight.answerMs(false)).toBe(15_000)
    await vi.advanceTimersByTimeAsync(13_999)
    expect(overdue).not.toHaveBeenCalled()
    flight.stop()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('the connection status', () => {
  function observed() {
    const emitted: StatusInfo[] = []
    const status = new ConnectionStatus(
      () => 1,
      (status) => emitted.push(status),
    )
    status.connected()
    status.report()
    return { status, emitted: () => emitted.at(-1) }
  }

  it('is stalled while an ack is overdue', () => {
    const { status: room, emitted } = observed()
    expect(room.setOverdue(true)).toBe(true)
    room.report()
    expect(emitted()).toMatchObject({ status: 'stalled', pending: 1, code: null })
    expect(emitted()?.reason).toContain('has not answered')
    expect(room.isConnected).toBe(false)
    expect([room.setOverdue(true), room.setOverdue(false)]).toEqual([false, true])
    room.report()
    expect(emitted()).toEqual({ status: 'connected', pending: 1, reason: null, code: null })
  })

  it('is offline as soon as the browser reports it, until something is received', () => {
    const { status: room, emitted } = observed()
    room.setOverdue(true)
    room.setNetworkDown(true)
    room.report()
    expect(emitted()).toMatchObject({ status: 'offline', reason: 'the browser reports no network' })
    room.setNetworkDown(false)
    room.report()
    expect(emitted()).toMatchObject({ status: 'stalled' })
  })

  it('is offline at once when the browser reports it after a loss, and connected with the next welcome', () => {
    const { status: room, emitted } = observed()
    room.lost({ code: 1006, reason: 'lost', retry: true, isAnswer: false })
    expect(emitted()).toMatchObject({ status: 'reconnecting' })
    room.setNetworkDown(true)
    room.report()
    expect(emitted()).toMatchObject({ status: 'offline', code: 1006 })
    room.connected()
    room.report()
    expect(emitted()).toMatchObject({ status: 'connected' })
  })
})
