/**
 * This user's presence: sends the latest position, a few times a second. Selections and viewport are kept
 * as points of the local text, move with its changes, and are translated to the committed text when sent.
 * Movement that the others can derive from commits is not sent.
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

/** Where presence is sent, and what it refers to. */
export interface PresenceSink {
  /** The text of a file as the application sees it. */
  textOf(file: string): Text | undefined
  send(message: SetPresence): void
  /**
   * Whether everything missed is applied. Before, the room may not have the commits to move these positions
   * along.
   */
  isCaughtUp(): boolean
  /** Presence could not be sent. */
  failed(error: SdkError): void
}

/** Least ms between two messages, unless the room requires more. */
const INTERVAL_MS = 40
/** Number of commits after which a position is sent again: the room must have them all to move it along. */
const STALE_COMMITS = 500
/**
 * Edits of at least this many UTF-16 units may travel as a blob beside the commit, so that not every client
 * has them.
 */
const BESIDE_UNITS = 128
/** The position of a session that has sent none. */
const NOWHERE: Place = { file: null, selections: [] }

export class OwnPresence {
  readonly #replica: Replica
  readonly #to: PresenceSink
  #file: string | null = null
  /** In points of the local text. */
  #selections: readonly Selection[] = []
  /** In the same points; null when unknown. */
  #viewport: Selection | null = null
  #data: Whereabouts['data']
  /** The position sent last, moved to the current committed text; null when it must be sent again. */
  #sent: Place | null = NOWHERE
  /** The replica's seq when it was sent. */
  #sentSeq = 0
  #lastTime = 0
  /** Whether there is something to send once everything missed is applied. */
  #isHeld = false
  /** Least ms between two messages. */
  #interval = INTERVAL_MS
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(replica: Replica, to: PresenceSink) {
    this.#replica = replica
    this.#to = to
  }

  /**
   * Omitted fields keep their value; a change of file resets selections and viewport.
   * @throws SdkError `bad_presence`, `presence_too_large`; nothing is changed or sent then
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

  /**
   * The local text of a file changed: moves selections and viewport along, until the application sets them.
   */
  follow(file: string, op: TextOp): void {
    if (file !== this.#file) return
    const move = ([anchor, head]: Selection): Selection => [
      transformPoint(anchor, op, 'right'),
      transformPoint(head, op, 'right'),
    ]
    this.#selections = this.#selections.map(move)
    this.#viewport &&= move(this.#viewport)
  }

  /** The replica has applied a commit: moves what was sent along, as every other client does. */
  carry(commit: Commit): void {
    const sent = this.#sent
    if (this.#isHeld) this.schedule()
    if (sent === null || sent.file === null) return
    const isOld = commit.seq - this.#sentSeq >= STALE_COMMITS
    this.#sent =
      isOld || isPassedBy(commit, sent.file) ? null : carryWhereabouts(sent, commit, this.#replica.client)
    this.schedule()
  }

  /** Sends soon, if anything changed. */
  schedule(): void {
    if (this.#timer !== undefined) return
    const wait = Math.max(0, this.#lastTime + this.#interval - Date.now())
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#flush()
    }, wait)
  }

  /** New connection: the room has no position of this client. */
  renew(): void {
    this.#sent = NOWHERE
    this.schedule()
  }

  /** The room warned. @param perSecond the rate it allows; slightly less is used */
  slow(perSecond: number): void {
    this.#interval = Math.max(INTERVAL_MS, 1250 / perSecond)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #flush(): void {
    // A text being refetched is not the one that the room has at this seq.
    this.#isHeld = !this.#to.isCaughtUp() || (this.#file !== null && this.#replica.isWanted(this.#file))
    if (this.#isHeld) return
    const place = this.#place
    if (this.#sent !== null && JSON.stringify(place) === JSON.stringify(this.#sent)) return
    const { seq } = this.#replica
    this.#sent = place
    this.#sentSeq = seq
    this.#lastTime = Date.now()
    const message: SetPresence = { type: 'presence', seq, ...place }
    // Positions in the committed text may have more digits, and the limits may have been unknown when it
    // was set.
    const excess = presenceExcess(message, this.#limits)
    if (excess === null) this.#to.send(message)
    else this.#to.failed(new SdkError('presence_too_large', excess))
  }

  /** The position in the committed text. */
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

/** Whether some client may not have the content of an edit of this file. */
function isPassedBy({ entries }: Commit, file: string): boolean {
  return entries.some(({ changes }) =>
    changes.some((change) => {
      if (change.type !== 'edit' || change.file !== file) return false
      return !isWholeChange(change) || unitsOf(change) > BESIDE_UNITS
    }),
  )
}
