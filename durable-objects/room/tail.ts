/**
 * What those who come back have missed: the recent end of the log as it was broadcast, read once for all of them. Frames that wait for
 * somebody who reads slowly are the same strings for everybody, so a hundred who read nothing hold no more than one.
 *
 * It has RESUME_UNITS at most; who missed more is told to start afresh (docs/protocol.md, H6), and nothing is read for them.
 */
import { RESUME_COMMITS, RESUME_UNITS } from '../../core/protocol/limits.ts'
import type { LogReader } from '../journal/log.ts'

export class Tail {
  /** The frames are of the commits after this seq. */
  #from = 0
  #frames: string[] = []
  #units = 0

  /** A commit was broadcast. */
  push(seq: number, frame: string): void {
    if (this.#frames.length === 0 || seq !== this.#upTo + 1) this.#clear(seq - 1)
    this.#frames.push(frame)
    this.#units += frame.length
    if (this.#units > RESUME_UNITS || this.#frames.length > RESUME_COMMITS) this.#trim()
  }

  /**
   * All commits after `seq`, as JSON; null where they are too many or too large to be sent, or some are gone.
   * @param log where those are read that are not here
   */
  after(seq: number, log: LogReader): readonly string[] | null {
    const last = log.seq
    if (seq > last || last - seq > RESUME_COMMITS) return null
    if (this.#frames.length === 0 || this.#upTo !== last) this.#clear(last)
    if (seq < this.#from) {
      if (this.#units + log.bodyBytes(seq, this.#from) > RESUME_UNITS) return null
      const older = log.bodies(seq, this.#from)
      if (older === null) return null
      this.#frames = [...older, ...this.#frames]
      for (const { length } of older) this.#units += length
      this.#from = seq
    }
    return this.#frames.slice(seq - this.#from)
  }

  get #upTo(): number {
    return this.#from + this.#frames.length
  }

  /** Down to half of what is allowed, so that trimming is rare and costs little per commit. */
  #trim(): void {
    let drop = 0
    while (this.#units > RESUME_UNITS / 2 || this.#frames.length - drop > RESUME_COMMITS / 2)
      this.#units -= this.#frames[drop++]?.length ?? 0
    this.#frames = this.#frames.slice(drop)
    this.#from += drop
  }

  #clear(from: number): void {
    this.#from = from
    this.#frames = []
    this.#units = 0
  }
}
