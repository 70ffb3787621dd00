/**
 * The one alarm of an object. Each setting is a billed row, so it is set only for an earlier time than the one that is
 * set; whoever is woken too early looks at the time and sets it anew.
 */
/** The part of an object's storage that an alarm clock uses. */
export interface AlarmStorage {
  /** ms since the epoch of Unix, or null where none is set */
  getAlarm(): Promise<number | null>
  setAlarm(time: number): Promise<void>
}

export class AlarmClock {
  readonly #storage: AlarmStorage
  /** In ms since the epoch of Unix; undefined while this object has not asked. */
  #time: number | null | undefined = undefined

  constructor(storage: AlarmStorage) {
    this.#storage = storage
  }

  /** Whether an alarm is known to be set for `time` or earlier. */
  isSetBy(time: number): boolean {
    return this.#time != null && this.#time <= time
  }

  /** The alarm went off, or was deleted with everything else. */
  cleared(): void {
    this.#time = null
  }

  /** Asks what is set. Once that is known, `ensure` sets the alarm in the turn in which it is called. */
  async read(): Promise<void> {
    this.#time = await this.#storage.getAlarm()
  }

  /** Makes sure that the alarm goes off at `time` or earlier. */
  async ensure(time: number): Promise<void> {
    if (this.#time === undefined) await this.read()
    if (this.#time != null && this.#time <= time) return
    // Set for this very moment from within the alarm's handler, it would be taken for the one that runs, and lost.
    this.#time = Math.max(Math.ceil(time), Date.now() + 1)
    await this.#storage.setAlarm(this.#time)
  }
}
