/**
 * This user's whereabouts on their way to the room: the latest only, a few times a second. Selections and viewport are kept in points of
 * the local text, go along with what changes it, and are translated to the committed text at the moment they are sent. What the
 * others make out by themselves is not sent: where something goes by what is committed.
 */
import type { Commit, Whereabouts as Place, Selection, SetPresence } from '../core/protocol/messages.ts'
import { carryWhereabouts } from '../core/replica/peers.ts'
import type { Replica } from '../core/replica/replica.ts'
import { isWholeChange, unitsOf } from '../core/room/blobs.ts'
import type { TextOp } from '../core/text/op.ts'
import { transformPoint } from '../core/text/transform.ts'
import type { SelectionRange, Whereabouts } from './types.ts'

/** Least ms between two messages, unless the room asks for more. */
const INTERVAL_MS = 40
/** Commits after which whereabouts are sent again: the room has to remember all of them to say where they have gone. */
const STALE_COMMITS = 500
/** UTF-16 units of an edit from which on it may travel beside its commit, so that not everybody has it. */
const BESIDE_UNITS = 128
/** Where a session is of which nothing was said. */
const NOWHERE: Place = { file: null, selections: [] }

export class OwnPresence {
  readonly #replica: Replica
  readonly #send: (message: SetPresence) => void
  #file: string | null = null
  /** In points of the local text. */
  #selections: readonly Selection[] = []
  /** Likewise; null where it is not known. */
  #viewport: Selection | null = null
  #data: Whereabouts['data']
  /** What was sent last, where it is by now in the committed text; null when it has to be sent anew. */
  #sent: Place | null = NOWHERE
  /** The replica's seq when it was sent. */
  #sentSeq = 0
  #lastTime = 0
  /** Least ms between two messages. */
  #interval = INTERVAL_MS
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(replica: Replica, send: (message: SetPresence) => void) {
    this.#replica = replica
    this.#send = send
  }

  /** What is left out stays as it was; in another file there are no selections yet, and no viewport. */
  set({ file, selections, viewport, data }: Whereabouts): void {
    if (file !== undefined && file !== this.#file) {
      this.#file = file
      this.#selections = []
      this.#viewport = null
    }
    if (selections !== undefined) this.#selections = selections.flatMap((range) => this.#toPoints(range))
    if (viewport !== undefined) this.#viewport = viewport && (this.#toPoints(viewport)[0] ?? null)
    if (data !== undefined) this.#data = data
    this.schedule()
  }

  /** The local text of a file changed: selections and viewport go along until the application says otherwise. */
  follow(file: string, op: TextOp): void {
    if (file !== this.#file) return
    const move = ([anchor, head]: Selection): Selection => [
      transformPoint(anchor, op, 'right'),
      transformPoint(head, op, 'right'),
    ]
    this.#selections = this.#selections.map(move)
    this.#viewport &&= move(this.#viewport)
  }

  /** The replica has applied a commit. Everybody moves what was sent along with it. */
  carry(commit: Commit): void {
    const sent = this.#sent
    if (sent === null || sent.file === null) return
    const isOld = commit.seq - this.#sentSeq >= STALE_COMMITS
    this.#sent =
      isOld || isPassedBy(commit, sent.file) ? null : carryWhereabouts(sent, commit, this.#replica.client)
    this.schedule()
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
    this.#sent = NOWHERE
    this.schedule()
  }

  /** The room takes no more than so many a second: it gets somewhat fewer. */
  slow(perSecond: number): void {
    this.#interval = Math.max(INTERVAL_MS, 1250 / perSecond)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #flush(): void {
    const place = this.#place
    if (this.#sent !== null && JSON.stringify(place) === JSON.stringify(this.#sent)) return
    const { seq } = this.#replica
    this.#sent = place
    this.#sentSeq = seq
    this.#lastTime = Date.now()
    this.#send({ type: 'presence', seq, ...place })
  }

  /** In the committed text. */
  get #place(): Place {
    const file = this.#file
    const point = (local: number) => (file === null ? 0 : this.#replica.toCommitted(file, local))
    const range = ([anchor, head]: Selection): Selection => [point(anchor), point(head)]
    return {
      file,
      selections: this.#selections.map(range),
      ...(this.#viewport === null ? {} : { viewport: range(this.#viewport) }),
      ...(this.#data === undefined ? {} : { data: this.#data }),
    }
  }

  #toPoints({ anchor, head }: SelectionRange): Selection[] {
    const text = this.#file === null ? undefined : this.#replica.text(this.#file)
    if (text === undefined) return []
    const point = (unit: number) => text.pointOf(Math.max(0, Math.min(unit, text.units)))
    return [[point(anchor), point(head)]]
  }
}

/** Whether somebody may have to do without the content of an edit of this file. */
function isPassedBy({ entries }: Commit, file: string): boolean {
  return entries.some(({ changes }) =>
    changes.some((change) => {
      if (change.type !== 'edit' || change.file !== file) return false
      return !isWholeChange(change) || unitsOf(change) > BESIDE_UNITS
    }),
  )
}
