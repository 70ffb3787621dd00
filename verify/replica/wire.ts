/**
 * One connection between a page and the room. Frames wait in it until a step of the run moves them, each
 * direction in order. When it is cut, the run decides how many of the frames under way still reach the room;
 * the page receives nothing more.
 */
import type { SocketLike } from '../../client/types.ts'
import { PING, PONG } from '../../core/protocol/messages.ts'
import type { RoomSocket } from '../../durable-objects/sessions/session.ts'

const CONNECTING = 0
const OPEN = 1
const CLOSED = 3
const LOST = { code: 1006, reason: '' }

export interface Close {
  readonly code: number
  readonly reason: string
}

export type Packet = { readonly frame: string } | { readonly close: Close }

export class Wire {
  readonly user: string
  readonly client: SocketLike & { readyState: number }
  readonly room: RoomSocket & { readyState: number }
  #up: Packet[] = []
  #down: Packet[] = []
  #attachment: unknown = null

  /** @param sent sees each frame when the page sends it, and returns the frame to send instead */
  constructor(user: string, sent: (frame: string) => string) {
    this.user = user
    this.client = {
      readyState: CONNECTING,
      bufferedAmount: 0,
      send: (data) => {
        if (this.client.readyState === OPEN) this.#up.push({ frame: sent(data) })
      },
      close: (code = 1000, reason = '') => this.#leave({ code, reason }),
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
    }
    this.room = {
      readyState: CONNECTING,
      send: (frame) => this.#say({ frame }),
      close: (code, reason) => {
        if (this.room.readyState === CLOSED) return
        this.room.readyState = CLOSED
        this.#say({ close: { code, reason } })
      },
      serializeAttachment: (value) => {
        this.#attachment = structuredClone(value)
      },
      deserializeAttachment: () => structuredClone(this.#attachment),
    }
  }

  get isConnecting(): boolean {
    return this.client.readyState === CONNECTING && this.room.readyState === CONNECTING
  }

  get isOpenAtRoom(): boolean {
    return this.room.readyState === OPEN
  }

  get isOpenAtPage(): boolean {
    return this.client.readyState === OPEN
  }

  /** Nothing more can happen on it. */
  get isOver(): boolean {
    return this.client.readyState === CLOSED && (this.room.readyState !== OPEN || this.#up.length === 0)
  }

  get hasUp(): boolean {
    return this.isConnecting || (this.room.readyState === OPEN && this.#up.length > 0)
  }

  get hasDown(): boolean {
    return this.client.readyState !== CLOSED && this.#down.length > 0
  }

  /** The room accepts the connection, or nobody does. */
  open(): void {
    this.room.readyState = OPEN
    this.client.readyState = OPEN
    this.client.onopen?.({})
  }

  /** The next packet for the room; the platform answers pings on the way. */
  takeUp(): Packet | null {
    const packet = this.#up.shift() ?? null
    if (packet !== null && 'frame' in packet && packet.frame === PING) this.#say({ frame: PONG })
    return packet
  }

  /** The next packet for the page. */
  takeDown(): Packet | null {
    return this.#down.shift() ?? null
  }

  /** The page learns of the end. */
  closeAtPage(close: Close): void {
    if (this.client.readyState === CLOSED) return
    const { onclose } = this.client
    this.#leave(close)
    onclose?.(close)
  }

  /** @param reaches the fraction of the frames under way that the room still receives */
  cut(reaches: number): void {
    const kept = Math.round(this.#up.length * reaches)
    this.#up = this.#up.slice(0, kept)
    this.closeAtPage(LOST)
  }

  /** The page is gone without a close. */
  desert(): void {
    this.client.onopen = null
    this.client.onmessage = null
    this.client.onclose = null
    this.#leave(LOST)
  }

  #leave(close: Close): void {
    if (this.client.readyState === CLOSED) return
    this.client.readyState = CLOSED
    this.#down = []
    if (this.room.readyState === OPEN) this.#up.push({ close })
    else this.room.readyState = CLOSED
  }

  #say(packet: Packet): void {
    if (this.client.readyState !== CLOSED) this.#down.push(packet)
  }
}
