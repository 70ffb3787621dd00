/**
 * What is said in a room, in the order of time, put together as it is read: what one person says within one minute stands under one
 * name; what came and went is a line of its own. Pure.
 */
import type { ChatMessage } from '../../client/types.ts'

/** Somebody came or went, as this window saw it. */
export interface Arrival {
  /** ms since the epoch of Unix, by the clock here */
  readonly at: number
  /** Of the last message that this window had heard by then; null before the first. */
  readonly after: number | null
  readonly user: string
  readonly name: string
  readonly isHere: boolean
}

/** What one person said, without a break of another or of a minute. */
export interface Saying {
  readonly type: 'saying'
  readonly user: string
  readonly name: string
  readonly color: string
  readonly at: number
  readonly texts: readonly string[]
}

/** Who came, or who went, one after the other within one minute. */
export interface ArrivalLine {
  readonly type: 'arrival'
  readonly at: number
  readonly isHere: boolean
  readonly names: readonly string[]
}

export type Item = Saying | ArrivalLine

const MINUTE_MS = 60_000

/**
 * Messages and arrivals, the oldest first each. An arrival stands after what had been heard by then, whatever the clocks say: that of
 * the room and that of this window may differ.
 * @param heardFrom seq of the first message that was heard as it was said; Infinity for none
 */
export function itemsOf(
  messages: readonly ChatMessage[],
  arrivals: readonly Arrival[],
  heardFrom: number,
): Item[] {
  const items: Item[] = []
  let next = 0
  for (const message of messages) {
    for (let arrival = arrivals[next]; arrival; arrival = arrivals[++next]) {
      if ((arrival.after ?? heardFrom - 1) >= message.seq) break
      addArrival(items, arrival)
    }
    const last = items.at(-1)
    if (last?.type === 'saying' && belongs(last, message)) {
      items[items.length - 1] = { ...last, texts: [...last.texts, message.text] }
    } else {
      const { user, name, color, at, text } = message
      items.push({ type: 'saying', user, name, color, at, texts: [text] })
    }
  }
  for (const arrival of arrivals.slice(next)) addArrival(items, arrival)
  return items
}

function belongs(saying: Saying, { user, name, at }: ChatMessage): boolean {
  return user === saying.user && name === saying.name && minuteOf(at) === minuteOf(saying.at)
}

function minuteOf(at: number): number {
  return Math.floor(at / MINUTE_MS)
}

function addArrival(items: Item[], { at, name, isHere }: Arrival): void {
  const last = items.at(-1)
  const same = last?.type === 'arrival' && last.isHere === isHere && minuteOf(last.at) === minuteOf(at)
  if (same) items[items.length - 1] = { ...last, names: [...last.names, name] }
  else items.push({ type: 'arrival', at, isHere, names: [name] })
}

/** Names that a line of arrivals has in full; more are counted. */
const NAMED = 3

export function arrivalWords({ names, isHere }: ArrivalLine): string {
  const more = names.length - NAMED
  const shown = more > 1 ? [...names.slice(0, NAMED), `${more} others`] : names
  const who = new Intl.ListFormat('en').format(shown)
  if (!isHere) return `${who} left`
  return `${who} ${names.length === 1 ? 'is' : 'are'} here`
}

/** The time of day; with the day where that is not today. */
export function timeWords(at: number, now: number, locale?: string): string {
  const [date, today] = [new Date(at), new Date(now)]
  const isToday = date.toDateString() === today.toDateString()
  const day: Intl.DateTimeFormatOptions = isToday ? {} : { day: 'numeric', month: 'short' }
  return new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', ...day }).format(date)
}
