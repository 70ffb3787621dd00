/**
 * The life of a room in its object: what triggers what, and in which order. Uses fake time; nothing waits
 * for a real clock.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { away, type Caller, Gate, ROOM, Stage } from '../room-stage.ts'

const CLIENT = 'client-1'
const OTHER = 'client-2'
const GRACE_MS = 60_000
const MADE = Date.UTC(2026, 0, 1)

let stage: Stage

beforeEach(async () => {
  vi.useFakeTimers({ now: MADE })
  stage = new Stage({ GRACE_MS: `${GRACE_MS}` })
  await stage.make()
})

afterEach(() => {
  vi.useRealTimers()
})

function submit(caller: Caller, n: number, text: string): void {
  const changes = [{ type: 'edit', file: stage.file, op: [text] }]
  caller.send({ type: 'submit', n, base: stage.life.journal.seq, changes })
}

/** Types at the start of `a.txt`, and waits for the commit. */
async function type(caller: Caller, n: number, text: string): Promise<void> {
  submit(caller, n, text)
  await vi.advanceTimersByTimeAsync(1)
}

/** Fires the alarm at its time, `times` times. */
async function rings(times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    vi.setSystemTime(Math.max(Date.now(), stage.alarm ?? 0))
    await stage.ring()
  }
}

/** The last session leaves, and the room is evicted. */
async function letGo(...callers: Caller[]): Promise<void> {
  for (const caller of callers) caller.leave()
  await rings(2)
  expect(stage.life.journal.isRoom).toBe(false)
}

describe('a commit', () => {
  it('[C2] is written before it is sent, with nothing in between', async () => {
    const one = await stage.join(CLIENT)
    stage.events.length = 0
    await type(one, 1, 'x')
    const { events } = stage
    expect(events.filter((event) => event === 'row' || event.startsWith('commit'))).toEqual([
      'row',
      'commit to somebody',
    ])
  })

  it('[C2] whose row cannot be written is sent to nobody, and aborts the object', async () => {
    const one = await stage.join(CLIENT)
    const two = await stage.join(OTHER)
    stage.refuses = 'commits'
    const typing = type(one, 1, 'x')
    await expect(typing).rejects.toThrow('the row cannot be written')
    expect([...one.heard('commit'), ...two.heard('commit')]).toEqual([])
    expect(stage.aborted).toContain('the row cannot be written')
  })

  it('is written in the same turn as the alarm for its flush', async () => {
    await rings(1)
    const one = await stage.join(CLIENT)
    stage.alarm = null
    await stage.sleep(one)
    stage.events.length = 0
    submit(one, 1, 'x')
    // Nothing was awaited.
    expect(stage.events).toEqual(['row', 'commit to somebody', 'alarm'])
  })

  it('moves an alarm that was set for eviction forward', async () => {
    await rings(1)
    expect(stage.alarm).toBe(MADE + GRACE_MS)
    const one = await stage.join(CLIENT)
    await type(one, 1, 'x')
    expect(stage.alarm).toBe((stage.life.journal.log.committedAt(2) ?? 0) + stage.settings.flush.idleMs)
  })
})

describe('a disk that cannot write', () => {
  it('[C6] keeps nothing of a commit whose large content cannot be written', async () => {
    const one = await stage.join(CLIENT)
    stage.refuses = 'blobs'
    await expect(type(one, 1, 'x'.repeat(100_000))).rejects.toThrow('the row cannot be written')
    stage.refuses = null
    await stage.sleep(one)
    one.send({ type: 'open', file: stage.file })
    expect(one.heard('text')).toMatchObject([{ seq: 1, text: 'abc' }])
    await type(one, 1, 'y'.repeat(100_000))
    expect(one.heard('commit')).toMatchObject([{ seq: 2 }])
  })

  it('keeps the previous checkpoint if the next one cannot be written completely', async () => {
    const one = await stage.join(CLIENT)
    await stage.life.flush()
    await type(one, 1, 'x')
    stage.refuses = 'clients'
    await expect(stage.life.flush()).rejects.toThrow('the row cannot be written')
    stage.refuses = null
    await stage.sleep(one)
    one.send({ type: 'open', file: stage.file })
    expect(one.heard('text')).toMatchObject([{ seq: 2, text: 'xabc' }])
  })

  it('lets a room go all the same if it could not be noted when the last session ended', async () => {
    const one = await stage.join(CLIENT)
    await stage.life.flush()
    vi.setSystemTime(Date.now() + 1_000)
    stage.refuses = 'meta'
    one.leave()
    stage.refuses = null
    expect(stage.heard).toContainEqual({ type: 'failed', task: 'grace', error: expect.any(Error) })
    await rings(2)
    expect(stage.life.journal.isRoom).toBe(false)
  })

  it('allows a restore to be retried after it failed', async () => {
    await letGo(await stage.join(CLIENT))
    stage.refuses = 'files'
    await expect(stage.connect()).rejects.toThrow('the row cannot be written')
    stage.refuses = null
    expect((await stage.join(CLIENT)).heard('welcome')).toMatchObject([
      { seq: 1, files: [{ path: 'a.txt' }] },
    ])
  })
})

describe('a flush', () => {
  it('records what it has written: what was typed meanwhile is written by the next', async () => {
    const one = await stage.join(CLIENT)
    let typed = Promise.resolve()
    stage.before = async (call) => {
      if (call === 'flush') typed = type(one, 1, 'x')
      await typed
      stage.before = async () => {}
    }
    await stage.life.flush()
    expect([stage.life.journal.flushedSeq, stage.life.journal.seq]).toEqual([1, 2])
    await stage.life.flush()
    expect(await stage.truth.texts(ROOM, [stage.file])).toEqual(
      new Map([[stage.file, { revision: 2, text: 'xabc' }]]),
    )
  })

  it('of people who type on and on sets few alarms, since each is a billed row', async () => {
    await rings(1)
    const one = await stage.join(CLIENT)
    stage.events.length = 0
    // Four commits per second, each alarm at its time.
    const flushes: number[] = []
    for (let n = 1; n <= 480; n++) {
      await type(one, n, 'x')
      vi.setSystemTime(MADE + n * 250)
      const { flushedSeq } = stage.life.journal
      if (stage.alarm !== null && stage.alarm <= Date.now()) await stage.ring()
      if (stage.life.journal.flushedSeq !== flushedSeq) flushes.push(n * 250)
    }
    expect(flushes).toEqual([30_250, 60_250, 90_250])
    // After 3, 6, 12 and 24 seconds; then nobody is expected to pause before the oldest commit is 30 s old.
    expect(stage.events.filter((event) => event === 'alarm').length).toBeLessThanOrEqual(9)
  })

  it('is done by an alarm that fires a little early', async () => {
    const one = await stage.join(CLIENT)
    await rings(1)
    await type(one, 1, 'x')
    vi.setSystemTime((stage.alarm ?? 0) - 2)
    await stage.ring()
    expect(stage.life.journal.flushedSeq).toBe(2)
  })

  it('that fails is retried, however often', async () => {
    stage.before = (call) => (call === 'flush' ? away() : Promise.resolve())
    await rings(20)
    expect(stage.life.flushError).toMatchObject({ kind: 'unavailable' })
    stage.before = async () => {}
    await rings(1)
    expect((await stage.truth.load(ROOM))?.seq).toBe(1)
  })
})

describe('an empty room', () => {
  it('is evicted when the grace period is over, and not before', async () => {
    await rings(1)
    expect(stage.alarm).toBe(MADE + GRACE_MS)
    expect(stage.life.journal.isRoom).toBe(true)
    await rings(1)
    expect(stage.life.journal.isRoom).toBe(false)
  })

  it('stays while Postgres does not have everything, whatever its flushes report', async () => {
    // Postgres has what the room believes, so that confirming it does not prevent eviction.
    await stage.life.flush()
    const one = await stage.join(CLIENT)
    await type(one, 1, 'x')
    one.leave()
    const budget = vi.spyOn(stage.life, 'flush').mockResolvedValue(false)
    vi.setSystemTime(Date.now() + 2 * GRACE_MS)
    await stage.ring()
    expect(budget).toHaveBeenCalled()
    const { isRoom, flushedSeq, seq } = stage.life.journal
    expect([isRoom, flushedSeq, seq]).toEqual([true, 1, 2])
  })

  it('stays while a session is connected', async () => {
    await rings(1)
    await stage.join(CLIENT)
    vi.setSystemTime(Date.now() + 2 * GRACE_MS)
    await stage.ring()
    expect(stage.life.journal.isRoom).toBe(true)
  })

  it('stays while a caller waits for an answer, and is evicted after', async () => {
    await rings(1)
    const gate = new Gate()
    const asking = stage.life.visit(ROOM, () => gate.opened)
    await vi.advanceTimersByTimeAsync(0)
    vi.setSystemTime(Date.now() + 2 * GRACE_MS)
    await stage.ring()
    expect([stage.life.journal.isRoom, stage.alarm]).toEqual([true, null])
    gate.open()
    await asking
    await rings(1)
    expect(stage.life.journal.isRoom).toBe(false)
  })

  it('stays while a text is fetched for a session that has left', async () => {
    await letGo(await stage.join(CLIENT))
    const one = await stage.join(CLIENT)
    const gate = new Gate()
    stage.before = () => gate.opened
    one.send({ type: 'open', file: stage.file })
    one.leave()
    vi.setSystemTime(Date.now() + 2 * GRACE_MS)
    await stage.life.alarm()
    expect(stage.life.journal.isRoom).toBe(true)
    gate.open()
    await vi.advanceTimersByTimeAsync(0)
    await rings(1)
    expect(stage.life.journal.isRoom).toBe(false)
  })

  it('makes a caller wait who arrives during eviction, and is complete for them', async () => {
    await rings(1)
    const gate = new Gate()
    stage.before = async (call) => (call === 'deleteAll' ? gate.opened : undefined)
    const going = rings(1)
    await vi.advanceTimersByTimeAsync(0)
    const joining = stage.join(CLIENT)
    await vi.advanceTimersByTimeAsync(0)
    gate.open()
    await going
    const one = await joining
    expect(one.heard('welcome')).toMatchObject([{ seq: 1, files: [{ path: 'a.txt' }] }])
    one.send({ type: 'open', file: stage.file })
    await vi.advanceTimersByTimeAsync(0)
    expect(one.heard('text')).toMatchObject([{ text: 'abc' }])
  })
})

describe('a room that is restored', () => {
  it('is loaded or missing, and never empty because the store is down', async () => {
    await letGo(await stage.join(CLIENT))
    stage.before = away
    await expect(stage.connect()).rejects.toThrow('no answer')
    expect(stage.life.journal.isRoom).toBe(false)
    stage.before = async () => {}
    expect((await stage.join(CLIENT)).heard('welcome')).toMatchObject([
      { seq: 1, files: [{ path: 'a.txt' }] },
    ])
  })

  it('[S3] knows what its clients had submitted', async () => {
    const one = await stage.join(CLIENT)
    await type(one, 7, 'x')
    await letGo(one)
    const again = await stage.join(CLIENT)
    expect(again.heard('welcome')).toMatchObject([{ n: 7, seq: 2 }])
    await vi.advanceTimersByTimeAsync(0)
    again.send({ type: 'submit', n: 7, base: 1, changes: [{ type: 'edit', file: stage.file, op: ['x'] }] })
    await vi.advanceTimersByTimeAsync(1)
    expect(again.heard('ack')).toEqual([{ type: 'ack', n: 7, seq: 2 }])
  })

  it('fetches a text once for all concurrent requests', async () => {
    await letGo(await stage.join(CLIENT))
    const slow = await stage.join(CLIENT)
    const fast = await stage.join(OTHER)
    const gate = new Gate()
    const texts = vi.spyOn(stage.truth, 'texts')
    stage.after = async () => gate.opened
    slow.send({ type: 'open', file: stage.file })
    await vi.advanceTimersByTimeAsync(0)
    stage.after = async () => {}
    await type(fast, 1, 'x')
    expect(fast.heard('commit')).toEqual([])
    gate.open()
    await vi.advanceTimersByTimeAsync(1)
    await stage.sleep(slow)
    slow.send({ type: 'open', file: stage.file })
    expect(slow.heard('text').map(({ text }) => text)).toEqual(['abc', 'xabc'])
    expect(texts).toHaveBeenCalledTimes(1)
  })
})

describe('hello', () => {
  it('[H2] has a deadline, which other frames do not extend', async () => {
    const mute = await stage.connect()
    await vi.advanceTimersByTimeAsync(stage.settings.limits.helloMs - 1)
    expect(mute?.closed).toBeNull()
    await vi.advanceTimersByTimeAsync(1)
    expect(mute?.closed).toMatchObject({ code: 4408 })
    expect(stage.life.sessions.size).toBe(0)
  })

  it('[H2] that arrived in time counts, however long fetching its history takes', async () => {
    stage = new Stage({ TAIL_COMMITS: '1' })
    const { helloMs } = stage.settings.limits
    await stage.make()
    const one = await stage.join(CLIENT)
    for (let n = 1; n < 5; n++) await type(one, n, 'x')
    await stage.life.flush()
    expect(stage.life.journal.tail).toBeGreaterThan(1)
    stage.before = async (call) => {
      if (call === 'commits') await new Promise((resolve) => setTimeout(resolve, 2 * helloMs))
    }
    const late = await stage.join(OTHER, { since: 1, epoch: stage.life.journal.epoch })
    await vi.advanceTimersByTimeAsync(3 * helloMs)
    expect(late.closed).toBeNull()
    expect(late.heard('welcome')).toMatchObject([{ resumed: true }])
  })
})
