/**
 * This user's whereabouts on their way to the room: the latest only, a few times a second. Selections and viewport are kept in points of
 * the local text, go along with what changes it, and are translated to the committed text at the moment they are sent. What the
 * others make out by themselves is not sent: where something goes by what is committed.
 */

import { isWholeChange, unitsOf } from '../../core/model/blobs.ts'
import { type ClientLimits, clientLimits, DEFAULT_LIMITS } from '../../core/protocol/limits.ts'
import type { Commit, Whereabouts as Place, Selection, SetPresence } from '../../core/protocol/messages.ts'
import { carryWhereabouts } from '../../core/replica/peers.ts'
import type { Replica } from '../../core/replica/replica.ts'
import type { TextOp } from '../../core/text/op.ts'
import type { Text } from '../../core/text/text.ts'
import { transformPoint } from '../../core/text/transform.ts'
import { SdkError } from '../sdk-error.ts'
import type { SelectionRange, Whereabouts } from '../types.ts'
import { checkPlace, checkWhereabouts, presenceExcess } from './presence-checks.ts'

/** Where presence goes, and where it is. */
export interface PresenceSink {
  /** The text of a file as the application sees it. */
  textOf(file: string): Text | undefined
  send(message: SetPresence): void
  /** Whether all that was missed is applied: the room may not remember what places before that were of. */
  isCaughtUp(): boolean
  /** It cannot be sent. */
  failed(error: SdkError): void
}

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
  readonly #to: PresenceSink
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
  /** Something is to be sent once all that was missed is here. */
  #isHeld = false
  /** Least ms between two messages. */
  #interval = INTERVAL_MS
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(replica: Replica, to: PresenceSink) {
    this.#replica = replica
    this.#to = to
  }

  /**
   * What is left out stays as it was; in another file there are no selections yet, and no viewport.
   * @throws SdkError `bad_presence`, `presence_too_large`; nothing is changed and nothing is sent then
   */
  set(whereabouts: Whereabouts): void {
    const limits = this.#limits
    checkWhereabouts(whereabouts, limits)
    const { file = this.#file, selections, viewport, data = this.#data } = whereabouts
    const isElsewhere = file !== this.#file
    const points = (range: SelectionRange) => this.#toPoints(file, range)
    const here = {
      selections: selections?.flatMap(points) ?? (isElsewhere ? [] : this.#selections),
      viewport:
        viewport === undefined
          ? isElsewhere
            ? null
            : this.#viewport
          : ((viewport && points(viewport)[0]) ?? null),
    }
    checkPlace({ seq: this.#replica.seq, file, ...here, data }, limits)
    this.#file = file
    this.#selections = here.selections
    this.#viewport = here.viewport
    this.#data = data
    this.schedule()
  }

  get #limits(): ClientLimits {
    return this.#replica.limits ?? clientLimits(DEFAULT_LIMITS)
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
    if (this.#isHeld) this.schedule()
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
    // A text that is out of date is not the one that the room has at this seq.
    this.#isHeld = !this.#to.isCaughtUp() || (this.#file !== null && this.#replica.isWanted(this.#file))
    if (this.#isHeld) return
    const place = this.#place
    if (this.#sent !== null && JSON.stringify(place) === JSON.stringify(this.#sent)) return
    const { seq } = this.#replica
    this.#sent = place
    this.#sentSeq = seq
    this.#lastTime = Date.now()
    const message: SetPresence = { type: 'presence', seq, ...place }
    // Places in the committed text may be larger numbers than those here, and the limits were not known before the room told them.
    const excess = presenceExcess(message, this.#limits)
    if (excess === null) this.#to.send(message)
    else this.#to.failed(new SdkError('presence_too_large', excess))
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

  #toPoints(file: string | null, { anchor, head }: SelectionRange): Selection[] {
    const text = file === null ? undefined : this.#to.textOf(file)
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
