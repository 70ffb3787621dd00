/** What a room holds in memory, and what it sends to resuming clients: both bounded, whatever people do. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LOADED_UNITS, RESUME_UNITS } from '../../../core/protocol/limits.ts'
import { type Caller, ROOM, Stage } from '../room-stage.ts'

const MEBIBYTE = 1024 * 1024

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

async function staged(vars: ConstructorParameters<typeof Stage>[0] = {}): Promise<Stage> {
  const stage = new Stage({ SUBMITS_PER_SECOND: '0', REQUESTS_PER_SECOND: '0', ...vars })
  await stage.make()
  return stage
}

/** A client that makes one submission after the other. */
class Worker {
  readonly stage: Stage
  readonly caller: Caller
  #n = 0

  constructor(stage: Stage, caller: Caller) {
    this.stage = stage
    this.caller = caller
  }

  static async in(stage: Stage, client = 'client-worker'): Promise<Worker> {
    return new Worker(stage, await stage.join(client))
  }

  async submit(...changes: object[]): Promise<void> {
    const base = this.stage.life.journal.seq
    this.caller.send({ type: 'submit', n: ++this.#n, base, changes })
    await vi.advanceTimersByTimeAsync(1)
    expect(this.caller.heard('reject')).toEqual([])
    expect(this.stage.life.journal.seq).toBe(base + 1)
    this.caller.frames.length = 0
  }

  create(file: string, text: string): Promise<void> {
    return this.submit({ type: 'create', file, path: file, text })
  }

  edit(file: string, ...op: unknown[]): Promise<void> {
    return this.submit({ type: 'edit', file, op })
  }
}

describe('a client that comes back', () => {
  const epochOf = (stage: Stage) => stage.life.journal.epoch

  it('[H6] resumes with what it missed, unless that is too much', async () => {
    const stage = await staged()
    const worker = await Worker.in(stage)
    const text = 'x'.repeat(30_000)
    while (stage.life.journal.log.bodyBytes(1, stage.life.journal.seq) < RESUME_UNITS - 40_000)
      await worker.edit(stage.file, text, { d: stage.life.journal.seq === 1 ? 3 : 30_000 })
    const { seq } = stage.life.journal
    const back = await stage.join('client-back', { since: 1, epoch: epochOf(stage) })
    expect(back.heard('welcome')).toMatchObject([{ resumed: true, files: [] }])
    expect(back.heard('commit').map((commit) => commit.seq)).toEqual(
      Array.from({ length: seq - 1 }, (_, i) => i + 2),
    )
  })

  it('[H6] starts afresh if it missed too much, none of which is read or sent', async () => {
    const stage = await staged()
    const worker = await Worker.in(stage)
    const text = 'x'.repeat(30_000)
    while (stage.life.journal.log.bodyBytes(1, stage.life.journal.seq) <= RESUME_UNITS)
      await worker.edit(stage.file, text, { d: stage.life.journal.seq === 1 ? 3 : 30_000 })
    for (const sleeps of [false, true]) {
      if (sleeps) await stage.sleep()
      const back = await stage.join(`client-back-${sleeps}`, { since: 1, epoch: epochOf(stage) })
      expect(back.heard('welcome')).toMatchObject([{ resumed: false, files: [{ file: stage.file }] }])
      expect(back.heard('commit')).toEqual([])
      const near = await stage.join(`client-near-${sleeps}`, { since: 100, epoch: epochOf(stage) })
      expect(near.heard('welcome')).toMatchObject([{ resumed: true }])
    }
  })

  it('[H6] [C3] gets the same bytes, whoever else has received them before', async () => {
    const stage = await staged()
    const worker = await Worker.in(stage)
    for (let i = 0; i < 30; i++) await worker.edit(stage.file, `${i}`)
    await stage.sleep()
    const { journal } = stage.life
    const again = await Worker.in(stage, 'client-again')
    for (const since of [20, 5, 31, 1, 12]) {
      const back = await stage.join(`client-${since}-x`, { since, epoch: epochOf(stage) })
      expect(back.frames.filter((frame) => frame.startsWith('{"type":"commit"'))).toEqual(
        journal.log.bodies(since, journal.seq),
      )
      await again.edit(stage.file, 'z')
    }
  })
})

describe('texts', () => {
  const loaded = (stage: Stage) => stage.life.live?.authority.state.files.loadedUnits ?? 0
  const textOf = (index: number) => `${index} `.padEnd(MEBIBYTE - 100, 'x')
  const COUNT = 40

  it('are unloaded when unused, and unchanged when loaded again', async () => {
    const stage = await staged()
    const worker = await Worker.in(stage)
    for (let i = 0; i < COUNT; i++) {
      await worker.create(`f${i}`, textOf(i))
      expect(loaded(stage)).toBeLessThanOrEqual(LOADED_UNITS)
    }
    await worker.edit('f0', 'edited ')
    for (let i = 0; i < COUNT; i++) {
      const text = await stage.life.visit(ROOM, async (live) => live?.textOf(`f${i}`)?.text)
      expect(text === (i === 0 ? `edited ${textOf(0)}` : textOf(i)), `f${i}`).toBe(true)
      expect(loaded(stage)).toBeLessThanOrEqual(LOADED_UNITS)
    }
    await worker.edit('f1', { d: 2 }, '1.')
    const text = await stage.life.visit(ROOM, async (live) => live?.textOf('f1')?.text)
    expect(text === textOf(1).replace('1 ', '1.')).toBe(true)
  })

  it('stay in memory while no checkpoint can be written', async () => {
    const stage = await staged()
    const worker = await Worker.in(stage)
    stage.refuses = 'texts'
    for (let i = 0; i < 20; i++) await worker.create(`f${i}`, textOf(i))
    expect(loaded(stage)).toBeGreaterThan(19 * (MEBIBYTE - 100))
    stage.refuses = null
    await worker.edit(stage.file, 'x')
    expect(loaded(stage)).toBeLessThanOrEqual(LOADED_UNITS)
  })

  it('stay on disk when a room wakes, with their size known', async () => {
    const stage = await staged()
    const worker = await Worker.in(stage)
    for (let i = 0; i < 8; i++) await worker.create(`f${i}`, textOf(i))
    await worker.edit('f0', 'é')
    const bytes = () => stage.life.visit(ROOM, async (live) => live?.authority.state.files.bytes)
    const before = await bytes()
    await stage.sleep()
    expect(await bytes()).toBe(before)
    expect(loaded(stage)).toBe(0)
    await stage.life.visit(ROOM, async (live) => live?.checkpoint())
    await stage.sleep()
    expect(await bytes()).toBe(before)
  })

  it('[S11] of a restored room count as well', async () => {
    const stage = await staged({ MAX_ROOM_BYTES: '1000', GRACE_MS: '0' })
    const worker = await Worker.in(stage)
    await worker.create('f', 'é'.repeat(450))
    worker.caller.leave()
    for (let i = 0; i < 5 && stage.life.journal.isRoom; i++) {
      await vi.advanceTimersByTimeAsync(60_000)
      if (stage.alarm !== null) await stage.ring()
    }
    expect(stage.life.journal.isRoom).toBe(false)
    const caller = await stage.join('client-later')
    const create = (n: number, text: string) =>
      caller.send({
        type: 'submit',
        n,
        base: 2,
        changes: [{ type: 'create', file: `g${n}`, path: `g${n}`, text }],
      })
    create(1, 'x'.repeat(98))
    expect(caller.heard('reject')).toMatchObject([{ n: 1, code: 'room_too_large' }])
    create(2, 'x'.repeat(97))
    await vi.advanceTimersByTimeAsync(1)
    expect(caller.heard('commit')).toHaveLength(1)
  })
})
