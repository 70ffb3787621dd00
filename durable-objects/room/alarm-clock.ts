/**
 * The one alarm of an object, in memory and in the platform. When it has to fire is up to
 * `core/flush/next-alarm.ts`; this only carries that out.
 */
import { type Dues, nextAlarm } from '../../core/flush/next-alarm.ts'

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

  /** When the alarm fires, Unix ms; null if none is known to be set. */
  get time(): number | null {
    return this.#time ?? null
  }

  /** The alarm fired, or was deleted with the storage. */
  cleared(): void {
    this.#time = null
  }

  /**
   * Reads the current alarm. Once it is known, `setFor` sets the alarm in the turn in which it is called.
   */
  async read(): Promise<void> {
    this.#time = await this.#storage.getAlarm()
  }

  /** Makes sure that the alarm fires early enough. @param least not before this time, Unix ms */
  async setFor(dues: Dues, least: number): Promise<void> {
    if (this.#time === undefined) await this.read()
    const time = nextAlarm(dues, this.time, Date.now(), least)
    if (time === null) return
    this.#time = time
    await this.#storage.setAlarm(time)
  }
}
