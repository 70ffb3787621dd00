/**
 * This user's whereabouts on their way to the room: the latest only, a few times a second. Selections are kept in points of
 * the local text, go along with what changes it, and are translated to the committed text at the moment they are sent.
 */
import type { Selection, SetPresence } from '../core/protocol/messages.ts'
import type { Replica } from '../core/replica/replica.ts'
import type { TextOp } from '../core/text/op.ts'
import { transformPoint } from '../core/text/transform.ts'
import type { SelectionRange, Whereabouts } from './types.ts'

/** Least ms between two messages, unless the room asks for more. */
const INTERVAL_MS = 40

export class OwnPresence {
  readonly #replica: Replica
  readonly #send: (message: SetPresence) => void
  #file: string | null = null
  /** In points of the local text. */
  #selections: readonly Selection[] = []
  #data: Whereabouts['data']
  #lastSent = ''
  #lastTime = 0
  /** Least ms between two messages. */
  #interval = INTERVAL_MS
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(replica: Replica, send: (message: SetPresence) => void) {
    this.#replica = replica
    this.#send = send
  }

  /** What is left out stays as it was; another file has no selections yet. */
  set({ file, selections, data }: Whereabouts): void {
    if (file !== undefined && file !== this.#file) {
      this.#file = file
      this.#selections = []
    }
    if (selections !== undefined) this.#selections = selections.flatMap((range) => this.#toPoints(range))
    if (data !== undefined) this.#data = data
    this.schedule()
  }

  /** The local text of a file changed: selections go along until the application says otherwise. */
  carry(file: string, op: TextOp): void {
    if (file !== this.#file) return
    this.#selections = this.#selections.map(([anchor, head]) => [
      transformPoint(anchor, op, 'right'),
      transformPoint(head, op, 'right'),
    ])
  }

  /** Sends soon, when there is something new to say. */
  schedule(): void {
    if (this.#timer !== undefined) return
    const wait = Math.max(0, this.#lastTime + this.#interval - Date.now())
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#flush()
    }, wait)
  }

  /** A new connection knows nothing of us yet. */
  renew(): void {
    this.#lastSent = ''
    if (this.#file !== null || this.#data !== undefined) this.schedule()
  }

  /** The room takes no more than so many a second: it gets somewhat fewer. */
  slow(perSecond: number): void {
    this.#interval = Math.max(INTERVAL_MS, 1250 / perSecond)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #flush(): void {
    const file = this.#file
    const committed = (point: number) => (file === null ? 0 : this.#replica.toCommitted(file, point))
    const selections = this.#selections.map(
      ([anchor, head]): Selection => [committed(anchor), committed(head)],
    )
    const said = { file, selections, ...(this.#data === undefined ? {} : { data: this.#data }) }
    const text = JSON.stringify(said)
    if (text === this.#lastSent) return
    this.#lastSent = text
    this.#lastTime = Date.now()
    this.#send({ type: 'presence', seq: this.#replica.seq, ...said })
  }

  #toPoints({ anchor, head }: SelectionRange): Selection[] {
    const text = this.#file === null ? undefined : this.#replica.text(this.#file)
    if (text === undefined) return []
    const point = (unit: number) => text.pointOf(Math.max(0, Math.min(unit, text.units)))
    return [[point(anchor), point(head)]]
  }
}
