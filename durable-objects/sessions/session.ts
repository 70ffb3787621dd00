/**
 * The session behind each socket. A session lives as long as its socket; what has to survive hibernation
 * (the principal, whether they said hello, their last presence) is attached to the socket, within the
 * platform's 16 KB.
 */

import type { Principal } from '../../auth/principal.ts'
import type { CountedAs, Meter } from '../../core/limits/accounts.ts'
import { SendQueue } from '../../core/limits/send-queue.ts'
import { mustNote } from '../../core/limits/silence.ts'
import type { Identity, Sighting } from '../../core/model/presence.ts'
import type { CloseReason } from '../../core/protocol/codes.ts'
import { randomId } from '../../core/protocol/id.ts'
import type { Who } from '../events/room-event.ts'
import { type Attachment, sightingText } from './attachment.ts'

/** The part of a hibernatable socket that a session uses. */
export interface RoomSocket {
  readonly readyState: number
  /**
   * Bytes sent and not yet read; undefined if the platform does not report it, in which case no reader
   * counts as slow.
   */
  readonly bufferedAmount?: number
  send(frame: string): void
  close(code: number, reason: string): void
  serializeAttachment(attachment: unknown): void
  deserializeAttachment(): unknown
}

/**
 * What is left to do for a message: work that the session's next messages wait for, work that is done beside
 * them, or one and then the other.
 */
export type Work = Promise<Beside | undefined> | Beside
/** Each of its steps is taken when no message of the session is being handled. */
export type Beside = (take: (step: Step) => void) => Promise<void>
export type Step = () => Work | undefined

/** What waits for a message to be handled, in order: steps for earlier messages, and frames. */
export interface Waiting {
  readonly steps: Step[]
  readonly frames: string[]
  /** UTF-16 units of the frames */
  units: number
}

export const OPEN = 1
/** In UTF-8. */
const MOST_BYTES_PER_UNIT = 3

export class Session {
  readonly socket: RoomSocket
  /** What waits until a fetch for an earlier message is done; null while nothing is being fetched. */
  waiting: Waiting | null = null
  /** Files that it has asked to open and whose texts are being fetched. */
  readonly opening = new Set<string>()
  /**
   * Its rate meter; null before its first frame. Not kept over hibernation: before that, everybody was
   * silent for long enough.
   */
  meter: Meter | null = null
  readonly #queue = new SendQueue()
  /** Most bytes that the platform may be buffering. */
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
   * @param countedAs what limits count the principal as
   * @param isStranger as `visitorKindOf` says
   */
  static start(
    socket: RoomSocket,
    principal: Principal,
    now: number,
    countedAs: CountedAs = { user: principal.user, address: null },
    isStranger = principal.isGuest,
  ): Session {
    const session = new Session(socket, {
      session: randomId(crypto),
      person: principal,
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

  get principal(): Principal {
    return this.#attachment.person
  }

  /** This session as events name it. */
  get who(): Who {
    const { session, client, person } = this.#attachment
    return { session, user: person.user, name: person.name, client }
  }

  get countedAs(): CountedAs {
    return this.#attachment.countedAs
  }

  get isStranger(): boolean {
    return this.#attachment.isStranger
  }

  /** A newer token of the same user was presented. */
  renew(principal: Principal): void {
    this.#attachment.person = principal
    this.#attach()
    if (this.#identity !== null) this.#identity = this.#identify(this.#identity.client)
  }

  /** Something was received. @param now Unix ms @param silenceMs after which it would count as gone */
  hear(now: number, silenceMs: number): void {
    this.#heard = now
    if (silenceMs > 0 && mustNote(now, this.#attachment.heard, silenceMs)) this.noteHeard(0)
  }

  /**
   * When something was last heard, pings included, Unix ms.
   * @param pinged when the platform last auto-answered a ping
   */
  heardAt(pinged: number): number {
    return Math.max(this.#heard, pinged)
  }

  /** Stores when something was last heard, so that it survives hibernation. */
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

  /** Counts a desync report. */
  reported(): void {
    this.#attachment.reports++
    this.#attach()
  }

  /** @param takesLines whether a frame to this client may have several messages, one per line */
  hello(client: string, takesLines: boolean): Identity {
    this.#attachment.client = client
    this.#attachment.lines = takesLines
    this.#attach()
    this.#identity = this.#identify(client)
    return this.#identity
  }

  get takesLines(): boolean {
    return this.#attachment.lines === true
  }

  /** Stores the last presence. */
  moved(sighting: Sighting): void {
    this.#attachment.sighting = sightingText(sighting)
    this.#attach()
  }

  /** The session is over, whatever happens to its socket. */
  leave(): void {
    this.#queue.clear()
    this.#attachment.left = true
    this.#attach()
  }

  /**
   * Sends a response, after what is queued. If the socket is gone nothing is sent; its close event follows
   * or has come.
   */
  send(frame: string): void {
    this.#post(frame, false)
  }

  /** Sends a broadcast. */
  push(frame: string): void {
    this.#post(frame, true)
  }

  /** Whether frames are queued until the client has read earlier ones. */
  get isBehind(): boolean {
    return !this.#queue.isEmpty
  }

  /** UTF-16 units of the queued broadcasts. */
  get queuedUnits(): number {
    return this.#queue.pushedUnits
  }

  /**
   * Sends queued frames, as far as the client has read. Returns false if it is not reading at all.
   * @param now ms
   */
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

  /**
   * Reads bufferedAmount only if what was sent since the last time could be too much: reading it costs as
   * much as sending.
   */
  #mayHand(): boolean {
    if (!SendQueue.mayHand(this.#mostUnread)) this.#mostUnread = this.#unread
    return SendQueue.mayHand(this.#mostUnread)
  }

  #hand(frame: string): void {
    this.#mostUnread += frame.length * MOST_BYTES_PER_UNIT
    try {
      this.socket.send(frame)
    } catch (error) {
      // The socket is gone: its close event follows or has come.
      if (this.socket.readyState === OPEN) throw error
    }
  }

  #identify(client: string): Identity {
    const { user, name, role } = this.principal
    return { session: this.id, client, user, name, granted: role }
  }

  #attach(): void {
    this.socket.serializeAttachment(this.#attachment)
  }
}

/** A close reason may have 123 bytes of UTF-8. */
function closeText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 123)
}
