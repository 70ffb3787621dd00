/**
 * The one alarm of an object. Every setAlarm is billed as a row written, so the alarm is only ever moved to
 * an earlier time; a handler that fires too early sets it again.
 */
/** The part of an object's storage that an alarm clock uses. */
export interface AlarmStorage {
  /** Unix ms; null if none is set */
  getAlarm(): Promise<number | null>
  setAlarm(time: number): Promise<void>
}

export class AlarmClock {
  readonly #storage: AlarmStorage
  /** Unix ms; null if none is set; undefined until read. */
  #time: number | null | undefined = undefined

  constructor(storage: AlarmStorage) {
    this.#storage = storage
  }

  /** Whether an alarm is known to be set for `time` or earlier. */
  isSetBy(time: number): boolean {
    return this.#time != null && this.#time <= time
  }

  /** The alarm fired, or was deleted with the storage. */
  cleared(): void {
    this.#time = null
  }

  /**
   * Reads the current alarm. Once it is known, `ensure` sets the alarm in the turn in which it is called.
   */
  async read(): Promise<void> {
    this.#time = await this.#storage.getAlarm()
  }

  /** Makes sure that the alarm fires at `time` or earlier. */
  async ensure(time: number): Promise<void> {
    if (this.#time === undefined) await this.read()
    if (this.#time != null && this.#time <= time) return
    // Within the alarm handler, an alarm set for this very moment would be mistaken for the running one, and
    // lost.
    this.#time = Math.max(Math.ceil(time), Date.now() + 1)
    await this.#storage.setAlarm(this.#time)
  }
}
