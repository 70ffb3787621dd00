/**
 * A network to play with: sockets that delay what goes through them and that can be cut. It stands between the SDK
 * and the real WebSocket of this window alone.
 *
 * Invariant: each direction stays in order, whatever happens to the latency, and `close` comes after what was sent
 * before it. A cut loses what is on its way, as a real one does. Knows nothing of what the messages say.
 */
import type { SocketFactory, SocketLike } from '../../client/types.ts'

export class Network {
  /** ms that each message takes, each way */
  latency = 0
  #cut = false
  readonly #make: SocketFactory
  readonly #sockets = new Set<LaggingSocket>()
  readonly #waiting = new Set<LaggingSocket>()

  /** @param make makes the sockets underneath; real ones unless given */
  constructor(make: SocketFactory = (url, protocols) => new WebSocket(url, protocols)) {
    this.#make = make
  }

  get cut(): boolean {
    return this.#cut
  }

  /** Cutting drops every connection; while it lasts new ones hang, and go on once it ends. */
  set cut(cut: boolean) {
    if (cut === this.#cut) return
    this.#cut = cut
    if (cut) for (const socket of [...this.#sockets]) socket.drop()
    else for (const socket of [...this.#waiting]) socket.connect()
  }

  readonly socket: SocketFactory = (url, protocols) => {
    const socket = new LaggingSocket({
      make: () => this.#make(url, protocols),
      latency: () => this.latency,
      opened: () => {
        this.#waiting.delete(socket)
        this.#sockets.add(socket)
      },
      gone: () => {
        this.#waiting.delete(socket)
        this.#sockets.delete(socket)
      },
    })
    if (this.#cut) this.#waiting.add(socket)
    else socket.connect()
    return socket
  }
}

interface Surroundings {
  make(): SocketLike
  /** ms, asked anew for each message */
  latency(): number
  opened(): void
  gone(): void
}

class LaggingSocket implements SocketLike {
  onopen: SocketLike['onopen'] = null
  onmessage: SocketLike['onmessage'] = null
  onclose: SocketLike['onclose'] = null
  onerror: SocketLike['onerror'] = null
  readyState: number = WebSocket.CONNECTING
  readonly #around: Surroundings
  readonly #out: Line
  readonly #in: Line
  #inner: SocketLike | null = null

  constructor(around: Surroundings) {
    this.#around = around
    this.#out = new Line(around.latency)
    this.#in = new Line(around.latency)
  }

  get bufferedAmount(): number {
    return this.#inner?.bufferedAmount ?? 0
  }

  connect(): void {
    const inner = this.#around.make()
    this.#inner = inner
    this.#around.opened()
    inner.onopen = (event) =>
      this.#in.pass(() => {
        if (this.readyState !== WebSocket.CONNECTING) return
        this.readyState = WebSocket.OPEN
        this.onopen?.(event)
      })
    inner.onmessage = (event) => this.#in.pass(() => this.onmessage?.(event))
    inner.onerror = (event) => this.#in.pass(() => this.onerror?.(event))
    inner.onclose = (event) => this.#in.pass(() => this.#end(event.code, event.reason))
  }

  send(data: string): void {
    if (this.readyState === WebSocket.CONNECTING) throw new Error('the connection is not open yet')
    if (this.readyState === WebSocket.OPEN) this.#out.pass(() => this.#inner?.send(data))
  }

  close(code?: number, reason?: string): void {
    if (this.readyState >= WebSocket.CLOSING) return
    this.readyState = WebSocket.CLOSING
    if (this.#inner) this.#out.pass(() => this.#inner?.close(code, reason))
    // Nobody is at the other end of an attempt that hangs.
    else queueMicrotask(() => this.#end(1006, ''))
  }

  /** The connection breaks here and now; the other end is told nothing that was still on its way. */
  drop(): void {
    const inner = this.#inner
    if (inner) {
      inner.onopen = inner.onmessage = inner.onclose = inner.onerror = null
      inner.close()
    }
    this.#end(1006, '')
  }

  #end(code: number, reason: string): void {
    if (this.readyState === WebSocket.CLOSED) return
    this.readyState = WebSocket.CLOSED
    this.#out.clear()
    this.#in.clear()
    this.#around.gone()
    this.onclose?.({ code, reason })
  }
}

/** One direction: steps come out in the order they went in, each no sooner than the latency of its time says. */
class Line {
  readonly #latency: () => number
  #queue: { readonly due: number; readonly step: () => void }[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(latency: () => number) {
    this.#latency = latency
  }

  pass(step: () => void): void {
    const latency = this.#latency()
    if (latency === 0 && this.#queue.length === 0) {
      step()
      return
    }
    this.#queue.push({ due: performance.now() + latency, step })
    if (this.#queue.length === 1) this.#wait()
  }

  clear(): void {
    clearTimeout(this.#timer)
    this.#queue = []
  }

  #wait(): void {
    const first = this.#queue[0]
    if (first) this.#timer = setTimeout(() => this.#release(), Math.max(0, first.due - performance.now()))
  }

  /** A step may clear the line or put more on it, so the queue is looked at anew after each. */
  #release(): void {
    for (let first = this.#queue[0]; first && first.due <= performance.now(); first = this.#queue[0]) {
      this.#queue.shift()
      first.step()
    }
    clearTimeout(this.#timer)
    this.#wait()
  }
}
