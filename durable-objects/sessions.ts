/**
 * Who is behind each socket. A session lives as long as its socket; what has to survive hibernation (who it is, whether
 * it said hello, where it was last seen) is attached to the socket, within the 16 KB that the platform keeps.
 */
import type { CloseReason } from '../core/protocol/codes.ts'
import type { Identity, Sighting } from '../core/room/presence.ts'

/** Who the Worker says this is, before hello. */
export interface Guest {
  readonly user: string
  readonly name: string
}

/** The part of a hibernating socket that a session uses. */
export interface RoomSocket {
  readonly readyState: number
  send(frame: string): void
  close(code: number, reason: string): void
  serializeAttachment(attachment: unknown): void
  deserializeAttachment(): unknown
}

const OPEN = 1

/** What is attached to a socket. */
interface Attachment {
  readonly session: string
  readonly guest: Guest
  /** Set by hello. */
  client: string | null
  sighting: Sighting | null
  /** The others were told that this session is gone; its socket may linger. */
  left: boolean
}

const ATTACHMENT_UNITS = 12 * 1024

export class Session {
  readonly socket: RoomSocket
  /** Frames that wait until what an earlier one needs has been fetched; null while nothing is waited for. */
  waiting: unknown[] | null = null
  readonly #attachment: Attachment
  #identity: Identity | null = null

  private constructor(socket: RoomSocket, attachment: Attachment) {
    this.socket = socket
    this.#attachment = attachment
    if (attachment.client !== null) this.#identity = this.#identify(attachment.client)
  }

  static start(socket: RoomSocket, guest: Guest): Session {
    const session = new Session(socket, {
      session: crypto.randomUUID(),
      guest,
      client: null,
      sighting: null,
      left: false,
    })
    session.#attach()
    return session
  }

  static wake(socket: RoomSocket): Session {
    return new Session(socket, socket.deserializeAttachment() as Attachment)
  }

  get id(): string {
    return this.#attachment.session
  }

  get guest(): Guest {
    return this.#attachment.guest
  }

  /** Null until hello. */
  get identity(): Identity | null {
    return this.#identity
  }

  get sighting(): Sighting | null {
    return this.#attachment.sighting
  }

  get left(): boolean {
    return this.#attachment.left
  }

  hello(client: string): Identity {
    this.#attachment.client = client
    this.#attach()
    this.#identity = this.#identify(client)
    return this.#identity
  }

  /** Remembers where the session is, without its free data when that would not fit. */
  moved(sighting: Sighting): void {
    const fits = JSON.stringify(sighting).length <= ATTACHMENT_UNITS
    this.#attachment.sighting = fits ? sighting : { seq: sighting.seq, file: sighting.file, selections: [] }
    this.#attach()
  }

  /** The session is over, whatever becomes of its socket. */
  leave(): void {
    this.#attachment.left = true
    this.#attach()
  }

  /** Sends unless the socket is gone already; its close event follows or has come. */
  send(frame: string): void {
    if (this.socket.readyState === OPEN) this.socket.send(frame)
  }

  close({ code, reason }: CloseReason, detail = reason): void {
    if (this.socket.readyState === OPEN) this.socket.close(code, closeText(detail))
  }

  #identify(client: string): Identity {
    return { session: this.id, client, user: this.guest.user, name: this.guest.name }
  }

  #attach(): void {
    this.socket.serializeAttachment(this.#attachment)
  }
}

/** A close reason may have 123 bytes of UTF-8. */
function closeText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 123)
}

export class Sessions {
  readonly #bySocket = new Map<RoomSocket, Session>()

  /** @param sockets those that outlived the object's last sleep */
  constructor(sockets: readonly RoomSocket[]) {
    for (const socket of sockets) {
      if (socket.readyState === OPEN) this.#bySocket.set(socket, Session.wake(socket))
    }
  }

  get size(): number {
    return this.#bySocket.size
  }

  add(session: Session): void {
    this.#bySocket.set(session.socket, session)
  }

  has(session: Session): boolean {
    return this.#bySocket.get(session.socket) === session
  }

  get(socket: RoomSocket): Session | undefined {
    return this.#bySocket.get(socket)
  }

  /** A socket that is closing. When its close is what woke the object, it is not among those that were listed then. */
  closing(socket: RoomSocket): Session | undefined {
    const known = this.#bySocket.get(socket)
    if (known !== undefined) return known
    const session = Session.wake(socket)
    if (session.left) return undefined
    this.add(session)
    return session
  }

  /** Whether the session was still here. */
  delete(session: Session): boolean {
    if (!this.#bySocket.delete(session.socket)) return false
    session.leave()
    return true
  }

  /** Those that said hello. */
  *present(): IterableIterator<Session> {
    for (const session of this.#bySocket.values()) if (session.identity !== null) yield session
  }

  ofClient(client: string): Session | undefined {
    for (const session of this.#bySocket.values()) if (session.identity?.client === client) return session
    return undefined
  }
}
