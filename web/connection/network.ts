/**
 * A simulated network: sockets with latency that can be cut. It sits between the SDK and the
 * real WebSockets of this window.
 *
 * Invariant: each direction stays in order whatever the latency changes to, and `close` arrives
 * after everything sent before it. A cut loses what is in flight, as a real one does. Knows
 * nothing about what the messages mean.
 */
import type { SocketFactory, SocketLike } from '../../client/types.ts'

export class Network {
  /** ms of delay for each message, each way */
  latency = 0
  #cut = false
  readonly #make: SocketFactory
  readonly #sockets = new Set<LaggingSocket>()
  readonly #waiting = new Set<LaggingSocket>()

  /** @param make creates the underlying sockets; real WebSockets by default */
  constructor(make: SocketFactory = (url, protocols) => new WebSocket(url, protocols)) {
    this.#make = make
  }

  get cut(): boolean {
    return this.#cut
  }

  /** Cutting drops every connection. New ones hang while the cut lasts and connect when it ends. */
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

interface Hooks {
  make(): SocketLike
  /** ms; read for each message */
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
  readonly #hooks: Hooks
  readonly #out: Channel
  readonly #in: Channel
  #inner: SocketLike | null = null

  constructor(hooks: Hooks) {
    this.#hooks = hooks
    this.#out = new Channel(hooks.latency)
    this.#in = new Channel(hooks.latency)
  }

  get bufferedAmount(): number {
    return this.#inner?.bufferedAmount ?? 0
  }

  connect(): void {
    const inner = this.#hooks.make()
    this.#inner = inner
    this.#hooks.opened()
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
    // A hanging attempt has no other end.
    else queueMicrotask(() => this.#end(1006, ''))
  }

  /** Breaks the connection at once, without delivering what is in flight. */
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
    this.#hooks.gone()
    this.onclose?.({ code, reason })
  }
}

/**
 * One direction: steps run in the order they were added, each delayed by the
 * latency at the time it was added.
 */
class Channel {
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

  /** A step may clear the queue or add to it, so the queue is read again after each one. */
  #release(): void {
    for (let first = this.#queue[0]; first && first.due <= performance.now(); first = this.#queue[0]) {
      this.#queue.shift()
      first.step()
    }
    clearTimeout(this.#timer)
    this.#wait()
  }
}
