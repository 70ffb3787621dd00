/** The demo's simulated network, which delays and cuts, over fake sockets that log what happens to them. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SocketLike } from '../../client/types.ts'
import { Network } from '../../web/connection/network.ts'

class Inner implements SocketLike {
  readyState: number = WebSocket.OPEN
  readonly bufferedAmount = 7
  onopen: SocketLike['onopen'] = null
  onmessage: SocketLike['onmessage'] = null
  onclose: SocketLike['onclose'] = null
  onerror: SocketLike['onerror'] = null
  readonly log: string[] = []
  send(data: string): void {
    this.log.push(data)
  }
  close(code?: number): void {
    this.log.push(`close ${code ?? ''}`.trim())
  }
}

function setUp() {
  const inners: Inner[] = []
  const network = new Network(() => {
    const inner = new Inner()
    inners.push(inner)
    return inner
  })
  const heard: string[] = []
  const connect = () => {
    const socket = network.socket('ws://room', [])
    socket.onopen = () => heard.push('open')
    socket.onmessage = ({ data }) => heard.push(String(data))
    socket.onclose = ({ code }) => heard.push(`close ${code}`)
    return socket
  }
  return { network, inners, heard, connect }
}

describe('the simulated network', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  it('passes everything on at once without latency', () => {
    const { inners, heard, connect } = setUp()
    const socket = connect()
    inners[0]?.onopen?.({})
    socket.send('a')
    inners[0]?.onmessage?.({ data: 'b' })
    inners[0]?.onclose?.({ code: 1012, reason: '' })
    expect(inners[0]?.log).toEqual(['a'])
    expect(heard).toEqual(['open', 'b', 'close 1012'])
    expect(socket.readyState).toBe(WebSocket.CLOSED)
    expect(socket.bufferedAmount).toBe(7)
  })

  it('delays both ways by the latency', () => {
    const { network, inners, heard, connect } = setUp()
    const socket = connect()
    inners[0]?.onopen?.({})
    network.latency = 500
    socket.send('a')
    inners[0]?.onmessage?.({ data: 'b' })
    vi.advanceTimersByTime(499)
    expect([inners[0]?.log, heard]).toEqual([[], ['open']])
    vi.advanceTimersByTime(1)
    expect([inners[0]?.log, heard]).toEqual([['a'], ['open', 'b']])
  })

  it('keeps the order of each direction when the latency drops, and closes last', () => {
    const { network, inners, heard, connect } = setUp()
    const socket = connect()
    inners[0]?.onopen?.({})
    network.latency = 1000
    socket.send('1')
    inners[0]?.onmessage?.({ data: 'x' })
    network.latency = 0
    socket.send('2')
    inners[0]?.onmessage?.({ data: 'y' })
    inners[0]?.onclose?.({ code: 1012, reason: '' })
    expect(inners[0]?.log).toEqual([])
    vi.advanceTimersByTime(1000)
    expect(heard).toEqual(['open', 'x', 'y', 'close 1012'])
    expect(inners[0]?.log).toEqual(['1', '2'])
  })

  it('closes after everything sent before', () => {
    const { network, inners, connect } = setUp()
    const socket = connect()
    inners[0]?.onopen?.({})
    network.latency = 100
    socket.send('last')
    socket.close(1000)
    socket.send('too late')
    vi.advanceTimersByTime(200)
    expect(inners[0]?.log).toEqual(['last', 'close 1000'])
  })

  it('loses what is in flight when it is cut', () => {
    const { network, inners, heard, connect } = setUp()
    const socket = connect()
    inners[0]?.onopen?.({})
    network.latency = 100
    socket.send('lost')
    inners[0]?.onmessage?.({ data: 'lost too' })
    network.cut = true
    vi.advanceTimersByTime(1000)
    expect(inners[0]?.log).toEqual(['close'])
    expect(heard).toEqual(['open', 'close 1006'])
  })

  it('lets new connections hang while it is cut, and connects them afterwards', () => {
    const { network, inners, heard, connect } = setUp()
    network.cut = true
    const socket = connect()
    expect(inners).toHaveLength(0)
    expect(socket.readyState).toBe(WebSocket.CONNECTING)
    network.cut = false
    inners[0]?.onopen?.({})
    expect(heard).toEqual(['open'])
  })

  it('closes a hanging attempt that is given up', async () => {
    const { network, inners, heard, connect } = setUp()
    network.cut = true
    connect().close()
    await Promise.resolve()
    network.cut = false
    expect(heard).toEqual(['close 1006'])
    expect(inners).toHaveLength(0)
  })
})
