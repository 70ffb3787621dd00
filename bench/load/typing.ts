/**
 * Typing in one file, or in one file of each of many rooms. In a closed loop, each client sends its next op
 * when the last one is acked, which measures throughput. People type at a fixed rate whatever the server
 * does, which measures latency, and their cursors move with their typing. Programs beside people are in a
 * closed loop.
 */
import type { Adapter } from '../adapters/adapter.ts'
import { Latencies, rounded, sum } from '../lib/numbers.ts'
import { Crowd } from './crowd.ts'
import type { Figures, Params } from './job.ts'
import { textOf } from './texts.ts'
import { CpuWindow } from './window.ts'

const FILE_BYTES = 10_000
/** Each gap between two ops of a client is a random multiple of the mean, between these. */
const SHORTEST_GAP = 0.7
const LONGEST_GAP = 1.3
/** ShareDB takes a third more CPU per op until it has merged about a thousand. */
const WARM_OPS = 1250
const WARM_RECEIPTS = 20_000
/** s after the warm-up of the scenario */
const LONGEST_WARMUP_S = 5
const WARMUP_STEP_S = 0.1
/** Rooms seeded or read concurrently. */
const TOGETHER = 16

export async function typing(adapter: Adapter, server: number, params: Params): Promise<Figures> {
  const people = params.number('clients')
  const programs = params.number('programs', 0)
  const viewers = params.number('viewers', 0)
  const rate = params.number('rate', 0)
  const hasCursors = rate > 0
  const rooms = Array.from({ length: params.number('rooms', 1) }, (_, i) => `typing-${i}`)
  const seeds = await each(rooms, (room) => adapter.seed(room, textOf(FILE_BYTES)))
  const editors = people + programs
  const crowd = await Crowd.join(adapter, rooms, { editors, viewers, bytes: FILE_BYTES, hasCursors })
  for (const unseed of seeds) unseed()
  const lag = new Latencies(200_000)
  const all = Array.from({ length: editors * rooms.length }, (_, i) => i)
  const typists = all.filter((i) => i % editors < people)
  const bots = new Set(all.filter((i) => i % editors >= people))
  const stops =
    rate === 0
      ? [typeInTurn(crowd, new Set(all))]
      : [typeAtRate(crowd, typists, rate, lag), typeInTurn(crowd, bots)]
  await seconds(params.number('warmup'))
  if (rate === 0) await untilWarm(crowd)

  const counts = () => ({
    acked: crowd.acked,
    frames: crowd.framesIn,
    bytes: crowd.bytesIn,
    cursors: crowd.cursors,
  })
  const rowsBefore = await rowsOf(adapter, rooms)
  const before = counts()
  const cpu = new CpuWindow(server)
  crowd.isRecording = true
  await seconds(params.number('secs'))
  crowd.isRecording = false
  const after = counts()
  const { seconds: took, serverS } = cpu
  const cores = cpu.cores()
  const rows = await rowsOf(adapter, rooms)
  const opsOfRows = crowd.acked - before.acked
  for (const stop of stops) stop()
  await crowd.settle()
  if (crowd.dropped > 0) console.error(`${crowd.dropped} dropped: ${crowd.firstDrop}`)

  const ops = after.acked - before.acked
  const perClient = (count: number) => rounded(count / crowd.size / took, 1)
  const figures = {
    opsPerS: rounded(ops / took, 0),
    ...crowd.acks.percentiles({ ackP50: 0.5, ackP99: 0.99 }),
    ...crowd.receipts.percentiles({ receiptP50: 0.5, receiptP99: 0.99 }),
    cpuMsPerOp: rounded((serverS * 1000) / ops, 4),
    ...cores,
    framesPerClientPerS: perClient(after.frames - before.frames),
    bytesPerOp: rounded((after.bytes - before.bytes) / ops, 0),
    dropped: crowd.dropped,
    lost: await lostOps(adapter, rooms, crowd),
    undelivered: crowd.sent * crowd.others - crowd.received,
    ...(hasCursors
      ? { cursors: crowd.cursors, cursorsPerClientPerS: perClient(after.cursors - before.cursors) }
      : {}),
    ...(rate === 0 ? {} : lag.percentiles({ generatorLagP99: 0.99 })),
    rowsPer1000: rounded(((rows - rowsBefore) * 1000) / opsOfRows, 0),
  }
  crowd.leave()
  return figures
}

/** Rows written so far; NaN if the server does not count them. */
async function rowsOf(adapter: Adapter, rooms: readonly string[]): Promise<number> {
  let rows = 0
  for (const room of rooms) {
    rows += (await adapter.rows?.(room)) ?? Number.NaN
    if (Number.isNaN(rows)) break
  }
  return rows
}

/** Acked ops that a fresh client does not see; NaN if the system stores nothing. */
async function lostOps(adapter: Adapter, rooms: readonly string[], crowd: Crowd): Promise<number> {
  const kept = await each(rooms, async (room) => {
    const joined = await adapter.join(room)
    if (joined !== null) return joined.text.length - FILE_BYTES
    return (await adapter.stored?.(room)) ?? Number.NaN
  })
  return crowd.acked - sum(kept)
}

/** Resolves when the server has done enough for its code to be optimized, or is too slow for that. */
async function untilWarm(crowd: Crowd): Promise<void> {
  for (let waited = 0; waited < LONGEST_WARMUP_S; waited += WARMUP_STEP_S) {
    if (crowd.acked >= WARM_OPS || crowd.received >= WARM_RECEIPTS) return
    await seconds(WARMUP_STEP_S)
  }
}

function typeInTurn(crowd: Crowd, indexes: ReadonlySet<number>): () => void {
  crowd.onAck = (index) => {
    if (indexes.has(index)) crowd.type(index, true)
  }
  for (const index of indexes) crowd.type(index, true)
  return () => {
    crowd.onAck = () => {}
  }
}

/**
 * @param rate ops per second and client
 * @param lag records how late each op is sent because the generator is busy
 */
function typeAtRate(crowd: Crowd, indexes: readonly number[], rate: number, lag: Latencies): () => void {
  const gap = 1000 / rate
  const now = performance.now()
  const due = indexes.map((_, i) => now + (i * gap) / indexes.length)
  const timer = setInterval(() => {
    const now = performance.now()
    due.forEach((time, i) => {
      if (time > now) return
      lag.add(now - time)
      crowd.type(indexes[i] ?? 0)
      due[i] = time + gap * (SHORTEST_GAP + Math.random() * (LONGEST_GAP - SHORTEST_GAP))
    })
  }, 1)
  return () => clearInterval(timer)
}

/** The results for all rooms, some of them at a time. */
async function each<T>(rooms: readonly string[], work: (room: string) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let from = 0; from < rooms.length; from += TOGETHER)
    results.push(...(await Promise.all(rooms.slice(from, from + TOGETHER).map(work))))
  return results
}

function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1000))
}
