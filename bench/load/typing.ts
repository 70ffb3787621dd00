/**
 * Typing in one file. Closed loop: each client sends its next op when the last one is acked, which measures
 * throughput. Open loop: each types at a fixed rate whatever the server does, which measures latency.
 */
import type { Adapter } from '../adapters/adapter.ts'
import { Latencies, rounded } from '../lib/numbers.ts'
import { Crowd } from './crowd.ts'
import type { Figures, Params } from './job.ts'
import { textOf } from './texts.ts'
import { CpuWindow } from './window.ts'

const ROOM = 'typing'
const FILE_BYTES = 10_000
/** Each gap between two ops of a client is a random multiple of the mean, between these. */
const SHORTEST_GAP = 0.7
const LONGEST_GAP = 1.3

export async function typing(adapter: Adapter, server: number, params: Params): Promise<Figures> {
  const editors = params.number('clients')
  const unseed = await adapter.seed(ROOM, textOf(FILE_BYTES))
  const viewers = params.number('viewers', 0)
  const crowd = await Crowd.join(adapter, ROOM, { editors, viewers, bytes: FILE_BYTES })
  unseed()
  const lag = new Latencies(200_000)
  const rate = params.number('rate', 0)
  const stop = rate === 0 ? typeInTurn(crowd, editors) : typeAtRate(crowd, editors, rate, lag)
  await seconds(params.number('warmup'))

  const before = { acked: crowd.acked, frames: crowd.framesIn, bytes: crowd.bytesIn }
  const rowsBefore = await adapter.rows?.(ROOM)
  const ackedBefore = crowd.acked
  const cpu = new CpuWindow(server)
  crowd.isRecording = true
  await seconds(params.number('secs'))
  crowd.isRecording = false
  const ops = crowd.acked - before.acked
  const { seconds: took, serverS } = cpu
  const cores = cpu.cores()
  const frames = crowd.framesIn - before.frames
  const bytes = crowd.bytesIn - before.bytes
  const rows = await adapter.rows?.(ROOM)
  const opsOfRows = crowd.acked - ackedBefore
  stop()
  await crowd.settle()
  if (crowd.dropped > 0) console.error(`${crowd.dropped} dropped: ${crowd.firstDrop}`)

  const lost = await lostOps(adapter, crowd)
  const figures = {
    opsPerS: rounded(ops / took, 0),
    ...crowd.acks.percentiles({ ackP50: 0.5, ackP99: 0.99 }),
    ...crowd.receipts.percentiles({ receiptP50: 0.5, receiptP99: 0.99 }),
    cpuMsPerOp: rounded((serverS * 1000) / ops, 4),
    ...cores,
    framesPerClientPerS: rounded(frames / crowd.size / took, 1),
    bytesPerOp: rounded(bytes / ops, 0),
    dropped: crowd.dropped,
    lost,
    undelivered: crowd.sent * (crowd.size - 1) - crowd.received,
    ...(rate === 0 ? {} : lag.percentiles({ generatorLagP99: 0.99 })),
    ...(rows === undefined || rowsBefore === undefined
      ? {}
      : { rowsPer1000: rounded(((rows - rowsBefore) * 1000) / opsOfRows, 0) }),
  }
  crowd.leave()
  return figures
}

/** Acked ops that a fresh client does not see; NaN if the system stores nothing. */
export async function lostOps(adapter: Adapter, crowd: Crowd): Promise<number> {
  const joining = adapter.join(ROOM)
  if (joining !== null) return FILE_BYTES + crowd.acked - (await joining).text.length
  return adapter.stored === undefined ? Number.NaN : crowd.acked - (await adapter.stored(ROOM))
}

function typeInTurn(crowd: Crowd, editors: number): () => void {
  crowd.onAck = (index) => crowd.type(index)
  for (let i = 0; i < editors; i++) crowd.type(i)
  return () => {
    crowd.onAck = () => {}
  }
}

/**
 * @param rate ops per second and client
 * @param lag records how late each op is sent because the generator is busy
 */
function typeAtRate(crowd: Crowd, editors: number, rate: number, lag: Latencies): () => void {
  const gap = 1000 / rate
  const now = performance.now()
  const due = Array.from({ length: editors }, (_, i) => now + (i * gap) / editors)
  const timer = setInterval(() => {
    const now = performance.now()
    due.forEach((time, i) => {
      if (time > now) return
      lag.add(now - time)
      crowd.type(i)
      due[i] = time + gap * (SHORTEST_GAP + Math.random() * (LONGEST_GAP - SHORTEST_GAP))
    })
  }, 1)
  return () => clearInterval(timer)
}

function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1000))
}
