/**
 * Following somebody: tells where they are each time that it is somewhere else, and that nobody is followed any more. Who is lost from
 * sight may be back soon: for some seconds they are still followed, and for as long as there is no connection here.
 *
 * It moves nothing itself, and says nothing twice: two who follow each other come to rest.
 */
import type { Followed, PersonInfo } from '../types.ts'

/** ms in which somebody who went may come back. */
const BACK_MS = 5_000

export interface FollowHost {
  /** Somebody else who is here. */
  find(user: string): PersonInfo | undefined
  /** Whether it can be said who is here. */
  isConnected(): boolean
  pathOf(file: string): string | undefined
  tell(followed: Followed | null): void
}

export class Following {
  readonly #host: FollowHost
  #user: string | null = null
  #told = ''
  /** Runs while they cannot be seen. */
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(host: FollowHost) {
    this.#host = host
  }

  get user(): string | null {
    return this.#user
  }

  /** Answers false, and goes on as before, when they are not here or are this user. */
  follow(user: string | null): boolean {
    if (user === null) {
      this.end()
      return true
    }
    if (this.#host.find(user) === undefined) return false
    if (user !== this.#user) this.#told = ''
    this.#user = user
    this.look()
    return true
  }

  /** Somebody came, went or moved, or it is known better where. */
  look(): void {
    if (this.#user === null) return
    const person = this.#host.find(this.#user)
    if (person === undefined) this.#miss()
    else {
      this.#stopWaiting()
      this.#tell(person)
    }
  }

  /** Nobody is followed any more. */
  end(): void {
    this.#stopWaiting()
    if (this.#user === null) return
    this.#user = null
    this.#told = ''
    this.#host.tell(null)
  }

  #tell({ user, name, color, sessions }: PersonInfo): void {
    // A window that has just been opened, and shows nothing yet, is not where they are.
    const latest = sessions.find(({ file }) => file !== null) ?? sessions[0]
    if (latest === undefined) return
    const { file, viewport, selections } = latest
    const path = file === null ? null : this.#host.pathOf(file)
    // A file whose creation is on its way, or that is just gone: they are nowhere that could be shown.
    if (path === undefined) return
    const followed = { user, name, color, path, viewport, selections }
    const told = JSON.stringify(followed)
    if (told === this.#told) return
    this.#told = told
    this.#host.tell(followed)
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
