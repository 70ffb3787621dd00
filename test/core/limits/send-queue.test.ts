/** What waits for a slow reader: L6 and L7. */
import { describe, expect, it } from 'vitest'
import { Outbox } from '../../../core/limits/send-queue.ts'

const MEBIBYTE = 1024 * 1024

/** Everything that may be handed over, each frame being as many bytes as it has units. */
function takeAll(outbox: Outbox, unread: number): string[] {
  const taken: string[] = []
  let held = unread
  for (let frame = outbox.take(held); frame !== null; frame = outbox.take(held)) {
    taken.push(frame)
    held += frame.length
  }
  return taken
}

describe('an outbox', () => {
  it('[T4] hands frames over in the order they came, whoever caused them', () => {
    const outbox = new Outbox()
    const frames = Array.from({ length: 1_000 }, (_, i) => `frame ${i}`)
    const taken: string[] = []
    for (const [i, frame] of frames.entries()) {
      outbox.add(frame, i % 3 === 0)
      if (i % 5 === 0) taken.push(outbox.take(0) ?? '')
    }
    expect(outbox.isEmpty).toBe(false)
    taken.push(...takeAll(outbox, 0))
    expect(taken).toEqual(frames)
    expect([outbox.isEmpty, outbox.take(0)]).toEqual([true, null])
  })

  it('hands over nothing while a mebibyte is unread, and a large frame whole', () => {
    const outbox = new Outbox()
    const large = 'x'.repeat(3 * MEBIBYTE)
    outbox.add(large, false)
    outbox.add('next', false)
    expect(Outbox.mayHand(MEBIBYTE)).toBe(false)
    expect(outbox.take(MEBIBYTE)).toBe(null)
    expect(takeAll(outbox, MEBIBYTE - 1)).toEqual([large])
    expect(takeAll(outbox, 0)).toEqual(['next'])
  })

  it('[L6] counts what others did, and no answer', () => {
    const outbox = new Outbox()
    outbox.add('answer', false)
    outbox.add('pushed', true)
    outbox.add('again', true)
    expect(outbox.pushedUnits).toBe(11)
    outbox.take(0)
    expect(outbox.pushedUnits).toBe(11)
    outbox.take(0)
    expect(outbox.pushedUnits).toBe(5)
    outbox.clear()
    expect([outbox.pushedUnits, outbox.isEmpty]).toEqual([0, true])
  })

  it('[L6] is stuck when nothing was read for a minute, however little was read before', () => {
    const outbox = new Outbox()
    const unread = 2 * MEBIBYTE
    outbox.add('frame', true)
    expect(outbox.isStuck(unread, 1_000)).toBe(false)
    expect(outbox.isStuck(unread, 60_999)).toBe(false)
    expect(outbox.isStuck(unread - 1, 60_999)).toBe(false)
    expect(outbox.isStuck(unread - 1, 120_998)).toBe(false)
    expect(outbox.isStuck(unread - 1, 120_999)).toBe(true)
  })

  it('[L6] is not stuck when it was just handed over: that took reading', () => {
    const outbox = new Outbox()
    outbox.add('a', true)
    outbox.add('b', true)
    outbox.isStuck(MEBIBYTE, 0)
    outbox.take(0)
    expect(outbox.isStuck(MEBIBYTE, 90_000)).toBe(false)
    expect(outbox.isStuck(MEBIBYTE, 150_000)).toBe(true)
  })
})
