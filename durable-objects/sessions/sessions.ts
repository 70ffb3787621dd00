/**
 * Who is behind each socket. A session lives as long as its socket; what has to survive hibernation (who it is, whether
 * it said hello, where it was last seen) is attached to the socket, within the 16 KB that the platform keeps.
 */

import type { Person } from '../../auth/principal.ts'
import type { CountedAs, Meter } from '../../core/limits/accounts.ts'
import { SendQueue } from '../../core/limits/send-queue.ts'
import type { Identity, Sighting } from '../../core/model/presence.ts'
import type { CloseReason } from '../../core/protocol/codes.ts'
import { randomId } from '../../core/protocol/id.ts'

/** The part of a hibernating socket that a session uses. */
export interface RoomSocket {
  readonly readyState: number
  /** Bytes that were sent and not read yet; a platform that does not say has no slow readers. */
  readonly bufferedAmount?: number
  send(frame: string): void
  close(code: number, reason: string): void
  serializeAttachment(attachment: unknown): void
  deserializeAttachment(): unknown
}

/** What waits, in its order: what is to be done for messages that were read before, and frames. */
export interface Waiting {
  readonly actions: (() => void)[]
  readonly frames: string[]
  /** UTF-16 units of the frames */
  units: number
}

const OPEN = 1
/** In UTF-8. */
const MOST_BYTES_PER_UNIT = 3

/** What is attached to a socket. */
interface Attachment {
  readonly session: string
  /** Who the Worker says this is. A newer token may say more of the same user. */
  person: Person
  readonly countedAs: CountedAs
  /** Whether they came as a stranger: see `core/limits/connection-limits.ts`. */
  readonly isStranger: boolean
  /** Set by hello. */
  client: string | null
  /** Where it was last seen, as JSON: the platform's own form may weigh three times as much. */
  sighting: string | null
  /** The others were told that this session is gone; its socket may linger. */
  left: boolean
  /** Reports of desyncs that came over this socket. */
  reports: number
  /** When something was last heard, in ms since the epoch of Unix, as far as it was written down. */
  heard: number
}

/** Bytes of where a session was last seen. */
const SIGHTING_BYTES = 12 * 1024

export class Session {
  readonly socket: RoomSocket
  /** Frames that wait until what an earlier one needs has been fetched; null while nothing is waited for. */
  waiting: Waiting | null = null
  /** Files that it has asked to open, and whose texts are not here yet. */
  readonly opening = new Set<string>()
  /**
   * What it may still send; null before its first frame. Not kept over hibernation: before that everybody
   * was silent for long enough.
   */
  meter: Meter | null = null
  readonly #queue = new SendQueue()
  /** Bytes that the platform may hold unread, at most. */
  #mostUnread = Number.POSITIVE_INFINITY
  readonly #attachment: Attachment
  #identity: Identity | null = null
  #heard: number

  private constructor(socket: RoomSocket, attachment: Attachment) {
    this.socket = socket
    this.#attachment = attachment
    this.#heard = attachment.heard
    if (attachment.client !== null) this.#identity = this.#identify(attachment.client)
  }

  /**
   * @param now Unix ms
   * @param countedAs what limits count the person as
   * @param isStranger whether they come as one, as `visitorKindOf` tells
   */
  static start(
    socket: RoomSocket,
    person: Person,
    now: number,
    countedAs: CountedAs = { user: person.user, address: null },
    isStranger = person.isGuest,
  ): Session {
    const session = new Session(socket, {
      session: randomId(crypto),
      person,
      countedAs,
      isStranger,
      client: null,
      sighting: null,
      left: false,
      reports: 0,
      heard: now,
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

  get person(): Person {
    return this.#attachment.person
  }

  get countedAs(): CountedAs {
    return this.#attachment.countedAs
  }

  get isStranger(): boolean {
    return this.#attachment.isStranger
  }

  /** A newer token of the same user was shown. */
  renew(person: Person): void {
    this.#attachment.person = person
    this.#attach()
    if (this.#identity !== null) this.#identity = this.#identify(this.#identity.client)
  }

  /** Something came. @param now ms since the epoch of Unix */
  hear(now: number): void {
    this.#heard = now
  }

  /** When something was last heard, pings included, as far as this object knows; in ms since the epoch of Unix. @param pinged when the platform last answered a ping */
  heardAt(pinged: number): number {
    return Math.max(this.#heard, pinged)
  }

  /** Writes down when something was last heard, so that a sleep does not forget it. */
  noteHeard(pinged: number): void {
    const heard = this.heardAt(pinged)
    if (heard === this.#attachment.heard) return
    this.#attachment.heard = heard
    this.#attach()
  }

  /** Null until hello. */
  get identity(): Identity | null {
    return this.#identity
  }

  get sighting(): Sighting | null {
    const { sighting } = this.#attachment
    return sighting === null ? null : JSON.parse(sighting)
  }

  get left(): boolean {
    return this.#attachment.left
  }

  get reports(): number {
    return this.#attachment.reports
  }

  /** One more report came. */
  reported(): void {
    this.#attachment.reports++
    this.#attach()
  }

  hello(client: string): Identity {
    this.#attachment.client = client
    this.#attach()
    this.#identity = this.#identify(client)
    return this.#identity
  }

  /** Remembers where the session is: without its free data where that would not fit, and without its selections where those do not. */
  moved(sighting: Sighting): void {
    const { seq, file, selections } = sighting
    const attempts = [sighting, { seq, file, selections }, { seq, file, selections: [] }]
    this.#attachment.sighting = attempts.map((attempt) => JSON.stringify(attempt)).find(fits) ?? null
    this.#attach()
  }

  /** The session is over, whatever becomes of its socket. */
  leave(): void {
    this.#queue.clear()
    this.#attachment.left = true
    this.#attach()
  }

  /** Sends what the client asked for, when its turn comes, unless the socket is gone already; its close event follows or has come. */
  send(frame: string): void {
    this.#post(frame, false)
  }

  /** Sends what the client did not ask for: what others did. */
  push(frame: string): void {
    this.#post(frame, true)
  }

  /** Whether something waits until the client has read what was sent before. */
  get isBehind(): boolean {
    return !this.#queue.isEmpty
  }

  /** UTF-16 units of what others did that waits. */
  get backlog(): number {
    return this.#queue.pushedUnits
  }

  /** Sends what waits, as far as the client has read. Answers false when it reads nothing. @param now ms */
  drain(now: number): boolean {
    if (this.socket.readyState !== OPEN) this.#queue.clear()
    if (this.isBehind && this.#queue.isStuck(this.#unread, now)) return false
    for (;;) {
      const frame = this.#queue.take(this.#unread)
      if (frame === null) return true
      this.#hand(frame)
    }
  }

  close({ code, reason }: CloseReason, detail = reason): void {
    if (this.socket.readyState === OPEN) this.socket.close(code, closeText(detail || reason))
  }

  get #unread(): number {
    return this.socket.bufferedAmount ?? 0
  }

  #post(frame: string, isPushed: boolean): void {
    if (this.#queue.isEmpty && this.#mayHand()) this.#hand(frame)
    else if (this.socket.readyState === OPEN) this.#queue.add(frame, isPushed)
  }

  /** Asks the platform only when what was handed over since it was last asked could be too much: asking costs as much as sending. */
  #mayHand(): boolean {
    if (!SendQueue.mayHand(this.#mostUnread)) this.#mostUnread = this.#unread
    return SendQueue.mayHand(this.#mostUnread)
  }

  #hand(frame: string): void {
    this.#mostUnread += frame.length * MOST_BYTES_PER_UNIT
    try {
      this.socket.send(frame)
    } catch (error) {
      // It is gone: its close event follows or has come.
      if (this.socket.readyState === OPEN) throw error
    }
  }

  #identify(client: string): Identity {
    const { user, name, role } = this.person
    return { session: this.id, client, user, name, granted: role }
  }

  #attach(): void {
    this.socket.serializeAttachment(this.#attachment)
  }
}

/** The platform keeps a string in one byte a unit, or in two when there is anything beyond Latin in it. */
function fits(text: string): boolean {
  const isLatin = !/[^\0-\xff]/.test(text)
  return text.length * (isLatin ? 1 : 2) <= SIGHTING_BYTES
}

/** A close reason may have 123 bytes of UTF-8. */
function closeText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 123)
}

export class Sessions {
  readonly #bySocket = new Map<RoomSocket, Session>()
  #strangers = 0

  /** @param sockets those that outlived the object's last sleep */
  constructor(sockets: readonly RoomSocket[]) {
    for (const socket of sockets) {
      if (socket.readyState === OPEN) this.add(Session.wake(socket))
    }
  }

  get size(): number {
    return this.#bySocket.size
  }

  /** Of these, strangers. */
  get strangers(): number {
    return this.#strangers
  }

  add(session: Session): void {
    if (session.isStranger) this.#strangers++
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
    if (session.isStranger) this.#strangers--
    session.leave()
    return true
  }

  /** Everybody, those included that have not said hello. */
  all(): Session[] {
    return [...this.#bySocket.values()]
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
