/**
 * The demo's chat without its page: grouping of messages, arrivals, and that no
 * message is lost or duplicated.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ChatMessage } from '../../client/types.ts'
import { Arrivals } from '../../web/chat/arrivals.ts'
import { Conversation, type ConversationRoom } from '../../web/chat/conversation.ts'
import { type Arrival, arrivalWords, type Item, itemsOf, timeWords } from '../../web/chat/groups.ts'

const NOON = Date.UTC(2026, 0, 5, 12)

function said(seq: number, user: string, text: string, at = NOON + seq * 1000): ChatMessage {
  return { seq, at, user, name: user.toUpperCase(), color: 'red', text }
}

/** Items in short form: messages with their author, and lines of arrivals. */
function short(items: readonly Item[]): string[] {
  return items.map((item) =>
    item.type === 'arrival' ? `(${arrivalWords(item)})` : `${item.user}: ${item.texts.join(' / ')}`,
  )
}

describe('grouping', () => {
  it('puts what one person says within one minute under one name', () => {
    const messages = [
      said(1, 'a', 'one', NOON),
      said(2, 'a', 'two', NOON + 59_000),
      said(3, 'a', 'three', NOON + 60_000),
      said(4, 'b', 'four', NOON + 60_000),
      said(5, 'a', 'five', NOON + 61_000),
    ]
    expect(short(itemsOf(messages, [], 1))).toEqual(['a: one / two', 'a: three', 'b: four', 'a: five'])
  })

  it('places arrivals where they were seen, whatever the clocks say', () => {
    const came = (name: string, after: number | null, at = 0): Arrival => ({
      at,
      after,
      user: name,
      name,
      isHere: true,
    })
    const messages = [said(1, 'a', 'before'), said(5, 'a', 'heard'), said(7, 'b', 'later')]
    expect(short(itemsOf(messages, [came('X', null), came('Y', 5), came('Z', 7)], 5))).toEqual([
      'a: before',
      '(X is here)',
      'a: heard',
      '(Y is here)',
      'b: later',
      '(Z is here)',
    ])
    expect(short(itemsOf([said(1, 'a', 'before')], [came('X', null)], Number.POSITIVE_INFINITY))).toEqual([
      'a: before',
      '(X is here)',
    ])
  })

  it('puts people who arrive together into one line', () => {
    const line = (isHere: boolean, ...names: string[]) =>
      arrivalWords({ type: 'arrival', at: 0, isHere, names })
    expect(line(true, 'A')).toBe('A is here')
    expect(line(true, 'A', 'B')).toBe('A and B are here')
    expect(line(false, 'A', 'B', 'C', 'D')).toBe('A, B, C, and D left')
    expect(line(true, 'A', 'B', 'C', 'D', 'E')).toBe('A, B, C, and 2 others are here')
  })

  it('shows the time, with the date if it is not today', () => {
    expect(timeWords(NOON, NOON + 1000, 'en-GB')).toMatch(/^\d\d:\d\d$/)
    expect(timeWords(NOON, NOON + 48 * 60 * 60 * 1000, 'en-GB')).toMatch(/^\d Jan, \d\d:\d\d$/)
  })
})

describe('arrivals', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const [a, b] = [
    { user: 'a', name: 'A' },
    { user: 'b', name: 'B' },
  ]

  function watch() {
    const seen: string[] = []
    const arrivals = new Arrivals(({ name, isHere }) => seen.push(`${name} ${isHere ? 'came' : 'left'}`))
    return { arrivals, seen }
  }

  it('reports people who were not here at the start, and people who stay away', () => {
    const { arrivals, seen } = watch()
    arrivals.see([a])
    arrivals.see([a, b])
    arrivals.see([b])
    expect(seen).toEqual(['B came'])
    vi.advanceTimersByTime(6_000)
    expect(seen).toEqual(['B came', 'A left'])
  })

  it('reports neither a reload nor everyone when the local connection is lost', () => {
    const { arrivals, seen } = watch()
    arrivals.see([a, b])
    arrivals.see([b])
    vi.advanceTimersByTime(1_000)
    arrivals.see([a, b])
    arrivals.see(null)
    vi.advanceTimersByTime(60_000)
    arrivals.see([a, b])
    vi.advanceTimersByTime(60_000)
    expect(seen).toEqual([])
  })

  it('reports people who left while the local connection was lost', () => {
    const { arrivals, seen } = watch()
    arrivals.see([a, b])
    arrivals.see(null)
    arrivals.see([b])
    vi.advanceTimersByTime(6_000)
    expect(seen).toEqual(['A left'])
  })
})

describe('a conversation', () => {
  /** A room whose chat is `log`. */
  function roomOf(log: ChatMessage[]) {
    const asked: (number | undefined)[] = []
    const room: ConversationRoom = {
      me: { user: 'me' },
      say: () => {},
      chat: async ({ before } = {}) => {
        asked.push(before)
        return log.filter(({ seq }) => before === undefined || seq < before).slice(-50)
      },
    }
    return { room, asked, conversation: new Conversation(room, () => {}) }
  }

  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => said(i + 1, `u${i % 3}`, `text ${i + 1}`))
  const texts = (conversation: Conversation) =>
    conversation.items.flatMap((item) => (item.type === 'saying' ? item.texts : []))

  it('loads page by page, newest first, until the first message', async () => {
    const { conversation, asked } = roomOf(many(120))
    await conversation.load()
    expect(texts(conversation)).toHaveLength(50)
    await conversation.loadEarlier()
    await conversation.loadEarlier()
    expect(texts(conversation)).toEqual(many(120).map(({ text }) => text))
    expect(conversation.isComplete).toBe(true)
    await conversation.loadEarlier()
    expect(asked).toEqual([undefined, 71, 21])
  })

  it('shows a message once that arrives live while a page is loading, whichever comes first', async () => {
    const log = many(3)
    const { conversation } = roomOf(log)
    const loading = conversation.load()
    const fourth = said(4, 'b', 'text 4')
    log.push(fourth)
    conversation.heard(fourth)
    await loading
    expect(texts(conversation)).toEqual(['text 1', 'text 2', 'text 3', 'text 4'])
    const fifth = said(5, 'b', 'text 5')
    log.push(fifth)
    await conversation.load(true)
    conversation.heard(fifth)
    expect(texts(conversation)).toEqual(['text 1', 'text 2', 'text 3', 'text 4', 'text 5'])
  })

  it('has no gap when more than one page was missed', async () => {
    const log = many(10)
    const { conversation } = roomOf(log)
    await conversation.load()
    log.push(...Array.from({ length: 100 }, (_, i) => said(11 + i, 'b', `text ${11 + i}`)))
    await conversation.load(true)
    expect(texts(conversation)[0]).toBe('text 61')
    expect(conversation.isComplete).toBe(false)
    await conversation.loadEarlier()
    await conversation.loadEarlier()
    expect(texts(conversation)).toEqual(log.map(({ text }) => text))
  })

  it('shows a message as being sent until it comes back or is refused', () => {
    const { conversation } = roomOf([])
    conversation.say('one')
    conversation.say('two')
    conversation.say('two')
    expect(conversation.sending).toEqual(['one', 'two', 'two'])
    conversation.heard(said(1, 'me', 'two'))
    expect(conversation.sending).toEqual(['one', 'two'])
    const changes = [{ type: 'chat', file: '', path: '', text: 'one' }] as const
    conversation.refused({ code: 'chat_off', message: '', changes, texts: [] })
    expect(conversation.sending).toEqual(['two'])
  })

  it('reports that a page could not be loaded, and continues from there', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const { conversation, room } = roomOf(many(2))
    const chat = room.chat
    room.chat = () => Promise.reject(new Error('away'))
    await conversation.load()
    expect(conversation.loading).toBe('failed')
    expect(warn).toHaveBeenCalledOnce()
    room.chat = chat
    await conversation.load()
    expect([conversation.loading, texts(conversation).length]).toEqual(['ready', 2])
    warn.mockRestore()
  })
})
