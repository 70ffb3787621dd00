/**
 * A room's event loop in virtual time: submissions arrive, frames are sent, rows are written. Only what the
 * pacer decides over is modelled; the costs are those measured in workerd.
 */
import { Pacer, type PacerSettings } from '../../../core/authority/pacer.ts'
import { Chance } from '../../../verify/random.ts'

/** ms to handle one submission. */
const SUBMISSION_MS = 0.02
/** ms to send one frame to one socket. */
const FRAME_COST_MS = 0.009
/** ms to write a row. */
const ROW_MS = 0.3
/** ms for a frame from the room to a client, and back. */
const TRIP_MS = 0.2
/** ms of a run. */
const END = 1_000

export interface Author {
  /** Submissions per second at random times; null: the next one follows the ack. */
  readonly perSecond: number | null
  /** ms */
  readonly stopsAt?: number
}

export const closedLoop: Author = { perSecond: null }

export function openLoop(perSecond: number): Author {
  return { perSecond }
}

interface Event {
  readonly time: number
  readonly happens: (now: number) => void
}

/** Plays authors against a pacer for a second. Counts commits and ops, and how long ops waited, ms. */
export function run(settings: PacerSettings, authors: readonly Author[], { from = 0 } = {}) {
  const chance = new Chance('loop')
  const pacer = new Pacer(settings)
  const events: Event[] = []
  const delays: number[] = []
  const ops = new Map<Author, number>()
  let commits = 0
  /** Until when the loop is busy, ms. */
  let busy = 0
  let arrived: { readonly index: number; readonly time: number }[] = []
  let batch: typeof arrived = []
  let timer = Number.POSITIVE_INFINITY

  const at = (time: number, happens: (now: number) => void) => {
    let index = events.length
    while (index > 0 && (events[index - 1] as Event).time > time) index--
    events.splice(index, 0, { time, happens })
  }
  const work = (ms: number, now: number) => {
    busy = Math.max(busy, now) + ms
    return busy
  }

  function submit(index: number, now: number): void {
    const stopsAt = authors[index]?.stopsAt ?? END
    if (now > stopsAt) return
    arrived.push({ index, time: now })
    if (pacer.isAlone(`${index}`, Math.floor(now))) take(now)
    else if (arrived.length === 1) at(now, (later) => take(Math.max(later, busy)))
  }

  function take(now: number): void {
    for (const submission of arrived) {
      batch.push(submission)
      pacer.submitted(`${submission.index}`, Math.floor(now), true)
    }
    const after = work(arrived.length * SUBMISSION_MS, now)
    arrived = []
    ask(after)
  }

  function ask(now: number): void {
    if (batch.length === 0) return
    const advice = pacer.advise(Math.floor(now), authors.length)
    if (advice.type === 'now') seal(now)
    if (advice.type !== 'at' || advice.time >= timer) return
    timer = advice.time
    at(advice.time, (later) => {
      pacer.fired(advice.time, Math.floor(later))
      if (timer === advice.time) timer = Number.POSITIVE_INFINITY
      take(later)
    })
  }

  function seal(now: number): void {
    const sealed = batch
    batch = []
    pacer.sealed(Math.floor(now))
    const sent = work(authors.length * FRAME_COST_MS, now)
    if (now >= from) commits++
    at(sent + ROW_MS, (durable) => {
      pacer.durable(Math.floor(durable))
      for (const { index, time } of sealed) {
        const author = authors[index] as Author
        if (durable >= from) {
          delays.push(now - time)
          ops.set(author, (ops.get(author) ?? 0) + 1)
        }
        const pause = author.perSecond === null ? TRIP_MS : TRIP_MS + pauseOf(author.perSecond)
        at(durable + pause, (later) => submit(index, later))
      }
      ask(durable)
    })
  }

  function pauseOf(perSecond: number): number {
    return chance.int(2_000) / perSecond
  }

  authors.forEach((author, index) => {
    at(author.perSecond === null ? 0 : pauseOf(author.perSecond), (now) => submit(index, now))
  })
  for (;;) {
    const event = events.shift()
    if (event === undefined || event.time > END) break
    event.happens(Math.max(event.time, busy))
  }
  delays.sort((a, b) => a - b)
  const quantile = (share: number) => delays[Math.floor(share * delays.length)] ?? Number.NaN
  return {
    commits,
    delays: { p50: quantile(0.5), p99: quantile(0.99) },
    opsOf: (author: Author) => ops.get(author) ?? 0,
  }
}
