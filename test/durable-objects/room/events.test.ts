/**
 * What a room tells its listener: everything that a dashboard, metrics or webhooks show, without having to
 * ask the room. Uses fake time.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CLOSE } from '../../../core/protocol/codes.ts'
import type { RoomEvent } from '../../../durable-objects/events/room-event.ts'
import { away, type Caller, Gate, Stage } from '../room-stage.ts'

const NOW = Date.UTC(2026, 0, 1)
const GRACE_MS = 60_000
const INTERVAL_MS = 250

let stage: Stage
let heard: RoomEvent[]

beforeEach(async () => {
  vi.useFakeTimers({ now: NOW })
  stage = new Stage({
    GRACE_MS: `${GRACE_MS}`,
    COMMIT_INTERVAL_MS: `${INTERVAL_MS}`,
    SUBMITS_PER_SECOND: '1',
    SUBMIT_BURST: '10',
  })
  heard = []
  stage.listener = (event) => heard.push(event)
  await stage.make()
})

afterEach(() => {
  vi.useRealTimers()
})

const types = () => heard.map(({ type }) => type)
const last = <T extends RoomEvent['type']>(wanted: T) =>
  heard.findLast((event): event is RoomEvent & { readonly type: T } => event.type === wanted)

function submit(caller: Caller, n: number, op: unknown = ['x'], base = stage.life.journal.seq): void {
  caller.send({ type: 'submit', n, base, changes: [{ type: 'edit', file: stage.file, op }] })
}

/** Fires the alarm at its time. */
async function ring(times = 1): Promise<void> {
  for (let i = 0; i < times; i++) {
    vi.setSystemTime(Math.max(Date.now(), stage.alarm ?? 0))
    await stage.ring()
  }
}

describe('a room', () => {
  it('says where it comes from, how large it is, and what Postgres lacks', async () => {
    const facts = { connections: 0, files: 1, bytes: 3, seq: 1 }
    expect(heard).toEqual([{ type: 'opened', from: 'creation', flushed: 0, dirtySince: NOW, ...facts }])
    await ring(2)
    expect(last('let_go')).toEqual({ type: 'let_go', seq: 1 })
    await stage.join('client-1')
    expect(last('opened')).toMatchObject({ from: 'database', flushed: 1, dirtySince: null, ...facts })
  })

  it('says that it woke, with the connections that it slept with', async () => {
    const one = await stage.join('client-1')
    await stage.sleep(one)
    heard = []
    submit(one, 1)
    expect(heard[0]).toMatchObject({ type: 'opened', from: 'journal', connections: 1 })
  })

  it('that aborts says why', async () => {
    const one = await stage.join('client-1')
    stage.refuses = 'commits'
    expect(() => submit(one, 1)).toThrow('cannot be written')
    expect(last('aborted')?.reason).toContain('the row cannot be written')
  })
})

describe('people', () => {
  it('are reported when they connect, say hello and leave, with how many connections there are', async () => {
    heard = []
    const one = await stage.join('client-1', {}, 'ann')
    const two = await stage.connect('bob')
    const ann = { user: 'ann', client: 'client-1' }
    expect(heard).toMatchObject([
      { type: 'connected', who: { user: 'ann', client: null }, connections: 1 },
      { type: 'joined', who: ann },
      { type: 'connected', who: { user: 'bob' }, connections: 2 },
    ])
    heard = []
    two?.leave()
    one.leave()
    expect(heard.filter(({ type }) => type !== 'presence')).toMatchObject([
      { type: 'left', who: { user: 'bob', client: null }, close: null, connections: 1 },
      { type: 'left', who: ann, close: null, connections: 0 },
      { type: 'emptied' },
    ])
  })

  it('who are closed are reported with the reason, each once', async () => {
    const one = await stage.join('client-1')
    await stage.join('client-1')
    expect(last('left')).toMatchObject({ close: CLOSE.replaced, connections: 1 })
    one.leave()
    const mute = await stage.connect('mute')
    await vi.advanceTimersByTimeAsync(stage.settings.limits.helloMs)
    expect(last('left')).toMatchObject({ who: { user: 'mute' }, close: CLOSE.helloTimeout })
    mute?.leave()
    const bad = await stage.join('client-2', {}, 'bad')
    bad.send({ type: 'nonsense' })
    expect(last('left')).toMatchObject({ who: { user: 'bad' }, close: CLOSE.badMessage })
    bad.leave()
    expect(types().filter((type) => type === 'left')).toHaveLength(3)
  })

  it('are reported with their position in the frames of presence', async () => {
    const one = await stage.join('client-1')
    one.send({ type: 'presence', seq: 1, file: stage.file, selections: [[1, 2]] })
    await vi.advanceTimersByTimeAsync(100)
    const { frame = '{}' } = last('presence') ?? {}
    expect(JSON.parse(frame)).toMatchObject({ peers: [{ client: 'client-1', file: stage.file }] })
  })

  it('who send too much are reported when they are warned', async () => {
    const one = await stage.join('client-1')
    for (let n = 1; n <= 11; n++) submit(one, n)
    expect(last('warned')).toMatchObject({ who: { client: 'client-1' }, about: 'submit' })
  })
})

describe('a commit', () => {
  it('is reported when broadcast, and again when durable, with the wait of its first author', async () => {
    const [one, two] = [await stage.join('client-1'), await stage.join('client-2')]
    submit(one, 1)
    await vi.advanceTimersByTimeAsync(1)
    const gate = new Gate()
    stage.synced = () => gate.opened
    heard = []
    submit(one, 2)
    await vi.advanceTimersByTimeAsync(100)
    submit(two, 1)
    await vi.advanceTimersByTimeAsync(INTERVAL_MS)
    const { type: _, ...commit } = last('committed') ?? {}
    expect(commit).toEqual({
      commit: expect.objectContaining({ seq: 3, entries: [expect.anything(), expect.anything()] }),
      frame: one.frames.findLast((frame) => frame.includes('"type":"commit"')),
      files: 1,
      bytes: 6,
    })
    expect(types()).not.toContain('durable')
    gate.open()
    await vi.advanceTimersByTimeAsync(0)
    expect(last('durable')).toEqual({
      type: 'durable',
      seq: 3,
      submissions: 2,
      ms: expect.toSatisfy((ms: number) => ms >= INTERVAL_MS && ms < 2 * INTERVAL_MS),
    })
  })

  it('that is refused is reported with its code, by the decoder as by the room', async () => {
    const one = await stage.join('client-1')
    submit(one, 1, [{ d: 100 }])
    expect(last('refused')).toMatchObject({ client: 'client-1', code: 'op_out_of_range' })
    submit(one, 2, ['\u0000'])
    expect(last('refused')).toMatchObject({ client: 'client-1', code: 'bad_text' })
  })
})

describe('a flush', () => {
  it('is reported with what it wrote, and since when that was dirty', async () => {
    const one = await stage.join('client-1')
    await stage.life.flush()
    vi.setSystemTime(NOW + 5_000)
    submit(one, 1)
    await vi.advanceTimersByTimeAsync(1)
    stage.before = async (call) => {
      if (call === 'flush') vi.setSystemTime(Date.now() + 30)
    }
    await stage.life.flush()
    const flushed = { seq: 2, commits: 1, files: 1, since: NOW + 5_000, ms: 30, dirtySince: null }
    expect(last('flushed')).toEqual({ type: 'flushed', ...flushed })
  })

  it('that fails is reported with its kind and the number of failures in a row', async () => {
    await stage.join('client-1')
    stage.before = (call) => (call === 'flush' ? away() : Promise.resolve())
    for (let i = 0; i < 2; i++) await stage.life.flush().catch(() => {})
    expect(last('flush_failed')).toMatchObject({ kind: 'unavailable', failures: 2, error: 'no answer' })
  })

  it('that the budget delays is reported with the time of the next attempt', async () => {
    await stage.join('client-1')
    stage.budget = () => 700
    expect(await stage.life.flush()).toBe(false)
    expect(last('flush_delayed')).toEqual({ type: 'flush_delayed', until: Date.now() + 700 })
  })
})
