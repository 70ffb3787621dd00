/**
 * The sessions of a room, by socket. Invariant: a session is listed from the moment it is admitted until it
 * leaves or its socket closes, exactly once. It knows no message and sends nothing.
 */
import { OPEN, type RoomSocket, Session } from './session.ts'

export class Sessions {
  readonly #bySocket = new Map<RoomSocket, Session>()
  #strangers = 0

  /** @param sockets those that survived hibernation */
  constructor(sockets: readonly RoomSocket[]) {
    for (const socket of sockets) {
      if (socket.readyState === OPEN) this.add(Session.wake(socket))
    }
  }

  get size(): number {
    return this.#bySocket.size
  }

  /** How many of them are strangers. */
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

  /**
   * The session of a closing socket. If its close is what woke the object, the platform did not list it
   * then.
   */
  closing(socket: RoomSocket): Session | undefined {
    const known = this.#bySocket.get(socket)
    if (known !== undefined) return known
    const session = Session.wake(socket)
    if (session.left) return undefined
    this.add(session)
    return session
  }

  /** Returns whether the session was still here. */
  delete(session: Session): boolean {
    if (!this.#bySocket.delete(session.socket)) return false
    if (session.isStranger) this.#strangers--
    session.leave()
    return true
  }

  /** All sessions, including those that have not said hello. */
  all(): Session[] {
    return [...this.#bySocket.values()]
  }

  /** Sessions that have said hello. */
  *present(): IterableIterator<Session> {
    for (const session of this.#bySocket.values()) if (session.identity !== null) yield session
  }

  ofClient(client: string): Session | undefined {
    for (const session of this.#bySocket.values()) if (session.identity?.client === client) return session
    return undefined
  }
}
