/**
 * The recent end of the log as broadcast frames, for resuming clients; read once for all of them. Frames
 * queued for slow readers are the same strings for everybody, so a hundred stalled readers hold no more
 * memory than one.
 *
 * It holds at most RESUME_UNITS. A client that missed more has to start afresh (docs/protocol.md, H6), and
 * nothing is read for it.
 */
import { RESUME_COMMITS, RESUME_UNITS } from '../../core/protocol/limits.ts'
import type { LogReader } from '../journal/log.ts'

export class Tail {
  /** The frames are the commits after this seq. */
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
   * All commits after `seq`, as JSON; null if they are too many or too large to send, or some are gone.
   * @param log reads commits that are not held here
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

  /** Trims to half of what is allowed, so that trimming is rare and its cost per commit small. */
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
