/**
 * Groups chat messages, in order, for display: what one person says within one minute appears under one
 * name; arrivals are lines of their own. Pure.
 */
import type { ChatMessage } from '../../client/types.ts'

/** Somebody came or went, as this window saw it. */
export interface Arrival {
  /** Unix ms, by the local clock */
  readonly at: number
  /** seq of the last message this window had received by then; null before the first. */
  readonly after: number | null
  readonly user: string
  readonly name: string
  readonly isHere: boolean
}

/** What one person said within one minute, with no other message in between. */
export interface Saying {
  readonly type: 'saying'
  readonly user: string
  readonly name: string
  readonly color: string
  readonly at: number
  readonly texts: readonly string[]
}

/** People who came, or who left, one after the other within one minute. */
export interface ArrivalLine {
  readonly type: 'arrival'
  readonly at: number
  readonly isHere: boolean
  readonly names: readonly string[]
}

export type Item = Saying | ArrivalLine

const MINUTE_MS = 60_000

/**
 * Merges messages and arrivals, each sorted oldest first. An arrival is placed after the messages received
 * by then, regardless of clocks: those of the room and of this window may differ.
 * @param heardFrom seq of the first message received live; Infinity if there is none
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

/** Names written out in a line of arrivals; any more become a count. */
const NAMED = 3

export function arrivalWords({ names, isHere }: ArrivalLine): string {
  const more = names.length - NAMED
  const shown = more > 1 ? [...names.slice(0, NAMED), `${more} others`] : names
  const who = new Intl.ListFormat('en').format(shown)
  if (!isHere) return `${who} left`
  return `${who} ${names.length === 1 ? 'is' : 'are'} here`
}

/** The time of day, with the date if it is not today. */
export function timeWords(at: number, now: number, locale?: string): string {
  const [date, today] = [new Date(at), new Date(now)]
  const isToday = date.toDateString() === today.toDateString()
  const day: Intl.DateTimeFormatOptions = isToday ? {} : { day: 'numeric', month: 'short' }
  return new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', ...day }).format(date)
}
