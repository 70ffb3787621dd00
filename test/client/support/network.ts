/**
 * A network between one client and its room that a test can cut, delay and record. Below it is the
 * platform's WebSocket: frames are real, and a loss is as on a real network, without a close frame to the
 * client.
 */
import type { SocketFactory, SocketLike } from '../../../client/types.ts'

/** The close code of a socket that was lost without a close frame. */
const LOST = { code: 1006, reason: '' }

export class Network {
  /** Frames from the room, as received. */
  readonly received: string[] = []
  /** Frames to the room. */
  readonly sent: string[] = []
  /** The subprotocols of each attempt to connect, refused ones included. */
  readonly attempts: string[][] = []
  /** Close codes of sockets, except by `cut`. */
  readonly closes: number[] = []
  /** Transforms frames from the room on their way to the client. */
  tamper: (frame: string) => string = (frame) => frame
  #up = true
  #link: Link | null = null
  #held: (() => void)[] | null = null
  #deaf = false

  readonly factory: SocketFactory = (url, protocols) => {
    this.attempts.push(protocols)
    if (!this.#up) throw new Error('no network')
    this.#link = new Link(url, protocols, this)
    return this.#link
  }

  /** Breaks the connection for both sides and prevents new ones. Delayed frames are lost. */
  cut(): void {
    this.#up = false
    this.#held = null
    this.#link?.lose()
  }

  /** Breaks the connection for the client alone: the room still considers it open. */
  cutUnnoticed(): void {
    this.#up = false
    this.#held = null
    this.#link?.forsake()
  }

  /** Closes the connection like the other side or a proxy, with a close event. A new one can be made. */
  end(code: number, reason = ''): void {
    this.#link?.lose({ code, reason })
  }

  restore(): void {
    this.#up = true
    this.#deaf = false
  }

  /** Delays frames in both directions until `release`. */
  hold(): void {
    this.#held ??= []
  }

  release(): void {
    const held = this.#held ?? []
    this.#held = null
    for (const pass of held) pass()
  }

  /** Drops frames from the room until `restore`: submissions arrive, and no ack comes back. */
  deafen(): void {
    this.#deaf = true
  }

  /** @internal */
  outward(frame: string, pass: () => void): void {
    this.sent.push(frame)
    this.#pass(pass)
  }

  /** @internal */
  inward(frame: string, pass: (frame: string) => void): void {
    if (this.#deaf) return
    this.#pass(() => {
      this.received.push(frame)
      pass(this.tamper(frame))
    })
  }

  #pass(pass: () => void): void {
    if (this.#held === null) pass()
    else this.#held.push(pass)
  }
}

/** One socket of a network. */
class Link implements SocketLike {
  onopen: SocketLike['onopen'] = null
  onmessage: SocketLike['onmessage'] = null
  onclose: SocketLike['onclose'] = null
  onerror: SocketLike['onerror'] = null
  readonly #socket: WebSocket
  #lost = false

  constructor(url: string, protocols: string[], network: Network) {
    this.#socket = new WebSocket(url, protocols)
    this.#socket.onopen = (event) => {
      if (!this.#lost) this.onopen?.(event)
    }
    this.#socket.onmessage = ({ data }) => {
      network.inward(String(data), (frame) => {
        if (!this.#lost) this.onmessage?.({ data: frame })
      })
    }
    this.#socket.onclose = ({ code, reason }) => {
      if (this.#lost) return
      network.closes.push(code)
      this.onclose?.({ code, reason })
    }
    this.send = (frame) =>
      network.outward(frame, () => {
        if (this.readyState === WebSocket.OPEN) this.#socket.send(frame)
      })
  }

  readonly send: (frame: string) => void

  get readyState(): number {
    return this.#lost ? WebSocket.CLOSED : this.#socket.readyState
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason)
  }

  lose(how = LOST): void {
    this.forsake(how)
    this.#socket.close()
  }

  forsake(how = LOST): void {
    if (this.#lost) return
    this.#lost = true
    this.onclose?.(how)
  }
}
