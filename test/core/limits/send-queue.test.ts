/** Frames that wait for a slow reader: L6 and L7. */
import { describe, expect, it } from 'vitest'
import { SendQueue } from '../../../core/limits/send-queue.ts'

const MEBIBYTE = 1024 * 1024

/** Takes all frames that may be handed over; each frame has as many bytes as units. */
function takeAll(queue: SendQueue, unread: number): string[] {
  const taken: string[] = []
  let held = unread
  for (let frame = queue.take(held); frame !== null; frame = queue.take(held)) {
    taken.push(frame)
    held += frame.length
  }
  return taken
}

describe('a send queue', () => {
  it('[T4] hands frames over in the order they were added, pushed or not', () => {
    const queue = new SendQueue()
    const frames = Array.from({ length: 1_000 }, (_, i) => `frame ${i}`)
    const taken: string[] = []
    for (const [i, frame] of frames.entries()) {
      queue.add(frame, i % 3 === 0)
      if (i % 5 === 0) taken.push(queue.take(0) ?? '')
    }
    expect(queue.isEmpty).toBe(false)
    taken.push(...takeAll(queue, 0))
    expect(taken).toEqual(frames)
    expect([queue.isEmpty, queue.take(0)]).toEqual([true, null])
  })

  it('hands over nothing while a mebibyte is unread, and a large frame as a whole', () => {
    const queue = new SendQueue()
    const large = 'x'.repeat(3 * MEBIBYTE)
    queue.add(large, false)
    queue.add('next', false)
    expect(SendQueue.mayHand(MEBIBYTE)).toBe(false)
    expect(queue.take(MEBIBYTE)).toBe(null)
    expect(takeAll(queue, MEBIBYTE - 1)).toEqual([large])
    expect(takeAll(queue, 0)).toEqual(['next'])
  })

  it('[L6] counts pushed frames, but not answers', () => {
    const queue = new SendQueue()
    queue.add('answer', false)
    queue.add('pushed', true)
    queue.add('again', true)
    expect(queue.pushedUnits).toBe(11)
    queue.take(0)
    expect(queue.pushedUnits).toBe(11)
    queue.take(0)
    expect(queue.pushedUnits).toBe(5)
    queue.clear()
    expect([queue.pushedUnits, queue.isEmpty]).toEqual([0, true])
  })

  it('[L6] is stuck if nothing was read for a minute, however little was read before', () => {
    const queue = new SendQueue()
    const unread = 2 * MEBIBYTE
    queue.add('frame', true)
    expect(queue.isStuck(unread, 1_000)).toBe(false)
    expect(queue.isStuck(unread, 60_999)).toBe(false)
    expect(queue.isStuck(unread - 1, 60_999)).toBe(false)
    expect(queue.isStuck(unread - 1, 120_998)).toBe(false)
    expect(queue.isStuck(unread - 1, 120_999)).toBe(true)
  })

  it('[L6] is not stuck if a frame was just handed over, since that required reading', () => {
    const queue = new SendQueue()
    queue.add('a', true)
    queue.add('b', true)
    queue.isStuck(MEBIBYTE, 0)
    queue.take(0)
    expect(queue.isStuck(MEBIBYTE, 90_000)).toBe(false)
    expect(queue.isStuck(MEBIBYTE, 150_000)).toBe(true)
  })
})
