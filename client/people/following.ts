/**
 * Follows a user: emits their position each time it changes, and null when following ends. A user who
 * disappears is still followed for a few seconds, and for as long as this client is not connected.
 *
 * It moves nothing itself and never repeats an event, so two users who follow each other do not loop.
 */
import type { Followed, PersonInfo } from '../types.ts'

/** Time in ms for a user who left to come back. */
const BACK_MS = 5_000

export interface FollowHost {
  /** A person other than this user. */
  find(user: string): PersonInfo | undefined
  /** Whether the list of people is current. */
  isConnected(): boolean
  pathOf(file: string): string | undefined
  emit(followed: Followed | null): void
}

export class Following {
  readonly #host: FollowHost
  #user: string | null = null
  #last = ''
  /** Runs while the user is missing. */
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(host: FollowHost) {
    this.#host = host
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
    if (this.#host.find(user) === undefined) return false
    if (user !== this.#user) this.#last = ''
    this.#user = user
    this.update()
    return true
  }

  /** Checks for a new position, after anybody came, went or moved. */
  update(): void {
    if (this.#user === null) return
    const person = this.#host.find(this.#user)
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
    this.#host.emit(null)
  }

  #emit({ user, name, color, sessions }: PersonInfo): void {
    // A newly opened window that shows no file yet does not say where they are.
    const latest = sessions.find(({ file }) => file !== null) ?? sessions[0]
    if (latest === undefined) return
    const { file, viewport, selections } = latest
    const path = file === null ? null : this.#host.pathOf(file)
    // The creation of the file is in flight, or it was just removed: there is no position to show.
    if (path === undefined) return
    const followed = { user, name, color, path, viewport, selections }
    const current = JSON.stringify(followed)
    if (current === this.#last) return
    this.#last = current
    this.#host.emit(followed)
  }

  #miss(): void {
    if (this.#host.isConnected()) this.#timer ??= setTimeout(() => this.end(), BACK_MS)
    else this.#stopWaiting()
  }

  #stopWaiting(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
