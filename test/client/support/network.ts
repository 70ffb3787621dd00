/**
 * A network between one client and its room that a test can cut, hold up and observe, on top of the
 * platform's own WebSocket. A lost connection is lost as by a real network: the client gets no close frame.
 */
import type { SocketFactory, SocketLike } from '../../../client/types.ts'

/** The close event of a socket lost without a close frame. */
const LOST = { code: 1006, reason: '' }

export class Network {
  /** Frames from the room, as received. */
  readonly received: string[] = []
  /** Frames to the room. */
  readonly sent: string[] = []
  /** The subprotocols of each connection attempt, including refused ones. */
  readonly attempts: string[][] = []
  /** Close codes of sockets, except those closed by `cut`. */
  readonly closes: number[] = []
  /** Modifies frames from the room before the client gets them. */
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

  /** Breaks the connection for both sides, and prevents new ones. Frames held up are lost. */
  cut(): void {
    this.#up = false
    this.#held = null
    this.#link?.lose()
  }

  /** Breaks the connection for the client only: the room does not notice. */
  cutUnnoticed(): void {
    this.#up = false
    this.#held = null
    this.#link?.forsake()
  }

  /** Closes the connection as the server or a proxy would. New connections are possible. */
  end(code: number, reason = ''): void {
    this.#link?.lose({ code, reason })
  }

  restore(): void {
    this.#up = true
    this.#deaf = false
  }

  /** Holds up frames in both directions, until `release`. */
  hold(): void {
    this.#held ??= []
  }

  release(): void {
    const held = this.#held ?? []
    this.#held = null
    for (const pass of held) pass()
  }

  /** Loses frames from the room until `restore`: what is sent arrives, but no ack comes back. */
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

/** One socket of the network. */
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
      // What is done to a message here is done to it alone.
      for (const message of String(data).split('\n'))
        network.inward(message, (frame) => {
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
