/**
 * Follows a user: emits their position each time it changes, and null when following ends. A user who
 * disappears is still followed for a few seconds, and for as long as this client is not connected.
 *
 * It moves nothing itself and never repeats an event, so two users who follow each other do not loop.
 */
import type { Replica } from '../../core/replica/replica.ts'
import type { Emitter } from '../emitter.ts'
import type { ConnectionStatus } from '../transport/connection-status.ts'
import type { Followed, PersonInfo, RoomEvents } from '../types.ts'
import type { People } from './people.ts'

/** Time in ms for a user who left to come back. */
const BACK_MS = 5_000

export class Following {
  readonly #replica: Pick<Replica, 'pathOf'>
  readonly #people: Pick<People, 'find'>
  readonly #status: Pick<ConnectionStatus, 'isConnected'>
  readonly #emitter: Pick<Emitter<RoomEvents>, 'emit'>
  #user: string | null = null
  #last = ''
  /** Runs while the user is missing. */
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    replica: Pick<Replica, 'pathOf'>,
    people: Pick<People, 'find'>,
    status: Pick<ConnectionStatus, 'isConnected'>,
    emitter: Pick<Emitter<RoomEvents>, 'emit'>,
  ) {
    this.#replica = replica
    this.#people = people
    this.#status = status
    this.#emitter = emitter
  }

  get user(): string | null {
    return this.#user
  }

  /** Returns false, and changes nothing, when the user is not here or is this user. */
  follow(user: string | null): boolean {
    if (user === null) {
      this.end()
      return true
    }
    if (this.#people.find(user) === undefined) return false
    if (user !== this.#user) this.#last = ''
    this.#user = user
    this.update()
    return true
  }

  /** Checks for a new position, after anybody came, went or moved. */
  update(): void {
    if (this.#user === null) return
    const person = this.#people.find(this.#user)
    if (person === undefined) this.#miss()
    else {
      this.#stopWaiting()
      this.#emit(person)
    }
  }

  /** Stops following. */
  end(): void {
    this.#stopWaiting()
    if (this.#user === null) return
    this.#user = null
    this.#last = ''
    this.#emitter.emit('follow', null)
  }

  #emit({ user, name, color, sessions }: PersonInfo): void {
    // A newly opened window that shows no file yet does not say where they are.
    const latest = sessions.find(({ file }) => file !== null) ?? sessions[0]
    if (latest === undefined) return
    const { file, viewport, selections } = latest
    const path = file === null ? null : this.#replica.pathOf(file)
    // The creation of the file is in flight, or it was just removed: there is no position to show.
    if (path === undefined) return
    const followed: Followed = { user, name, color, path, viewport, selections }
    const current = JSON.stringify(followed)
    if (current === this.#last) return
    this.#last = current
    this.#emitter.emit('follow', followed)
  }

  #miss(): void {
    // The list of people is current only while connected.
    if (this.#status.isConnected) this.#timer ??= setTimeout(() => this.end(), BACK_MS)
    else this.#stopWaiting()
  }

  #stopWaiting(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
