/**
 * One connection, with the frames under way in it. Nothing arrives by itself: the world delivers frame by
 * frame, each direction in order. A connection ends at both ends at once, at one end first, so that the
 * other still receives what was under way, or goes silent, so that neither end is told.
 */
import type { SocketLike } from '../../../client/types.ts'
import { PING, PONG } from '../../../core/protocol/messages.ts'
import type { RoomSocket } from '../../../durable-objects/sessions/session.ts'

const CONNECTING = 0
const OPEN = 1
const CLOSED = 3
const LOST = { code: 1006, reason: '' }

export interface Frame {
  readonly data: string
  /** Its number among all frames of the run, in the order of sending. */
  readonly number: number
  /** Unix ms */
  readonly sentAt: number
}

export interface Goodbye {
  readonly code: number
  readonly reason: string
}

/** One direction. */
class Pipe {
  frames: Frame[] = []
  /** What the receiver learns after the last frame. */
  goodbye: Goodbye | null = null

  get hasAny(): boolean {
    return this.frames.length > 0 || this.goodbye !== null
  }

  clear(): number {
    const lost = this.frames.length
    this.frames = []
    return lost
  }
}

export interface Network {
  /** A frame that is sent now. */
  frame(data: string): Frame
  /** Performs the object's action when its disk allows it. */
  fromRoom(action: () => void): void
  lost(frames: number): void
  /** Called when the client sends something. */
  sent(data: string): void
}

export class Link {
  /** The connecting user, as the Worker would report it. */
  readonly user: string
  readonly #network: Network
  readonly #toRoom = new Pipe()
  readonly #toClient = new Pipe()
  #attachment: unknown = null
  #silent = false
  #requested = false
  /** The room's answer to the request is under way: the client is connected when it arrives. */
  #answered = false

  readonly client: SocketLike & { readyState: number }
  readonly room: RoomSocket & { readyState: number }

  constructor(user: string, network: Network) {
    this.user = user
    this.#network = network
    this.client = {
      readyState: CONNECTING,
      bufferedAmount: 0,
      send: (data) => {
        if (this.client.readyState !== OPEN) return
        network.sent(data)
        if (this.#silent) network.lost(1)
        else this.#toRoom.frames.push(network.frame(data))
      },
      close: (code = 1000, reason = '') => this.#closeAtClient({ code, reason }),
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
    }
    this.room = {
      readyState: CONNECTING,
      send: (data) => network.fromRoom(() => this.#say(data)),
      close: (code, reason) => {
        if (this.room.readyState !== OPEN) return
        this.room.readyState = CLOSED
        network.fromRoom(() => {
          this.#toClient.goodbye ??= { code, reason }
        })
      },
      serializeAttachment: (value) => {
        this.#attachment = structuredClone(value)
      },
      deserializeAttachment: () => structuredClone(this.#attachment),
    }
  }

  /** Whether the client waits for the room to accept the connection. */
  get isConnecting(): boolean {
    return this.client.readyState === CONNECTING
  }

  get isOpenAtRoom(): boolean {
    return this.room.readyState === OPEN
  }

  /** Whether only the client's close is under way to the room. */
  get isClosingAtRoom(): boolean {
    return this.isOpenAtRoom && !this.#silent && this.#toRoom.frames.length === 0 && this.#toRoom.hasAny
  }

  get isSilent(): boolean {
    return this.#silent
  }

  /** Whether the room has an end of it, or is about to. */
  get isAtRoom(): boolean {
    return this.#requested && this.room.readyState !== CLOSED
  }

  get hasForRoom(): boolean {
    if (this.isConnecting && !this.#requested) return true
    return !this.#silent && this.room.readyState === OPEN && this.#toRoom.hasAny
  }

  get hasForClient(): boolean {
    if (this.#silent || this.client.readyState === CLOSED) return false
    return this.isConnecting ? this.#answered || this.#toClient.goodbye !== null : this.#toClient.hasAny
  }

  /** Nothing will happen on it any more. */
  get isOver(): boolean {
    return this.client.readyState === CLOSED && !this.isAtRoom
  }

  /** The number of the next frame to the room. */
  get nextToRoom(): number {
    return this.#toRoom.frames[0]?.number ?? Number.POSITIVE_INFINITY
  }

  /** Acts for a client without an SDK, once it is connected. */
  onOpen(action: () => void): void {
    this.client.onopen = action
  }

  /** The room accepted the connection. */
  accept(): void {
    this.room.readyState = OPEN
    this.#network.fromRoom(() => {
      this.#answered = true
    })
  }

  /** The connection is opened only to be closed with a reason. */
  refuse({ code, reason }: Goodbye): void {
    this.room.readyState = CLOSED
    this.#answered = true
    this.#toClient.goodbye ??= { code, reason }
  }

  /** The request for the connection reaches the room: once. */
  takeRequest(): boolean {
    if (!this.isConnecting || this.#requested) return false
    this.#requested = true
    return true
  }

  /** What reaches the room next; the platform answers pings on the way. */
  takeForRoom(): Frame | Goodbye | null {
    if (this.#silent || this.room.readyState !== OPEN) return null
    const frame = this.#toRoom.frames.shift()
    if (frame?.data === PING && this.room.readyState === OPEN) this.#say(PONG)
    if (frame !== undefined) return frame
    const { goodbye } = this.#toRoom
    this.#toRoom.goodbye = null
    return goodbye
  }

  /**
   * Delivers the next frame to the client. Returns false if there was none. @param see called before the
   * client receives the frame
   */
  deliverToClient(see: (frame: Frame) => void): boolean {
    if (!this.hasForClient) return false
    if (this.isConnecting && this.#answered) {
      this.client.readyState = OPEN
      this.client.onopen?.({})
      return true
    }
    const frame = this.#toClient.frames.shift()
    if (frame !== undefined) {
      see(frame)
      this.client.onmessage?.({ data: frame.data })
    } else if (this.#toClient.goodbye !== null) {
      this.endAtClient(this.#toClient.goodbye)
    }
    return true
  }

  /** The client learns that the connection is gone; what it had sent is still under way. */
  endAtClient(goodbye: Goodbye = LOST): void {
    if (this.client.readyState === CLOSED) return
    this.#closeAtClient(goodbye)
    this.client.onclose?.(goodbye)
  }

  /** The client is gone without a close: nothing is received there. */
  desert(): void {
    this.client.onopen = null
    this.client.onmessage = null
    this.client.onclose = null
    this.#closeAtClient(LOST)
  }

  /** The room's end is gone; what it had sent is still under way, unless it is lost too. */
  endAtRoom(losesFrames: boolean): void {
    this.room.readyState = CLOSED
    this.#network.lost(this.#toRoom.clear())
    this.#toRoom.goodbye = null
    if (losesFrames) this.#network.lost(this.#toClient.clear())
    this.#toClient.goodbye ??= LOST
  }

  /** Nothing arrives any more, and neither end is told. */
  goSilent(): void {
    this.#silent = true
    this.#network.lost(this.#toRoom.clear() + this.#toClient.clear())
  }

  #say(data: string): void {
    // What still waited at the gate when the room's end went is lost with it.
    const isEnded = this.client.readyState === CLOSED || this.#toClient.goodbye !== null
    if (isEnded || this.#silent) this.#network.lost(1)
    else this.#toClient.frames.push(this.#network.frame(data))
  }

  #closeAtClient(goodbye: Goodbye): void {
    this.client.readyState = CLOSED
    this.#network.lost(this.#toClient.clear())
    this.#toClient.goodbye = null
    if (this.room.readyState === OPEN) this.#toRoom.goodbye ??= goodbye
  }
}
