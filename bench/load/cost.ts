/**
 * What an op costs the server in one room, over what it costs in another: a large file over a small one, many files over one, a long past
 * over none. Both rooms are on one server and are measured in turns, so that what else happens meets both.
 */
import type { Adapter } from '../adapters/adapter.ts'
import { EdgeroomClient, makeRoom } from '../adapters/edgeroom-client.ts'
import { rounded } from '../lib/numbers.ts'
import { Crowd } from './crowd.ts'
import type { Figures, Params } from './job.ts'
import { below, textOf } from './texts.ts'
import { CpuWindow } from './window.ts'

const EDITORS = 8
const TURNS = 4
const SMALL = 'small'
const LARGE = 'large'
/** Of one submission that makes a past. */
const EDITS = 100
/** Those who make the past. */
const WRITERS = 4

export async function cost(adapter: Adapter, url: string, server: number, params: Params): Promise<Figures> {
  const bytesOf = (room: string) => params.number(room === SMALL ? 'smallBytes' : 'largeBytes')
  const files = params.number('files', 1)
  await adapter.seed(SMALL, textOf(bytesOf(SMALL)))
  await makeRoom(url, LARGE, manyFiles(files, bytesOf(LARGE)))
  const behind = params.number('past', 0)
  if (behind > 0) await makePast(url, LARGE, behind)
  const crowds = new Map<string, Crowd>()
  for (const room of [SMALL, LARGE])
    crowds.set(room, await Crowd.join(adapter, room, { editors: EDITORS, bytes: bytesOf(room) }))
  const spent = new Map([SMALL, LARGE].map((room) => [room, { cpuS: 0, ops: 0 }]))
  let foreign = 0
  for (let turn = -1; turn < TURNS; turn++) {
    for (const [room, crowd] of crowds) {
      const cpu = new CpuWindow(server)
      const before = crowd.acked
      await typeFor(crowd, params.number('secs'))
      // The first turn of each warms up.
      if (turn < 0) continue
      const total = spent.get(room)
      if (total !== undefined) {
        total.cpuS += cpu.serverS
        total.ops += crowd.acked - before
      }
      foreign = Math.max(foreign, cpu.cores().foreignCpu)
    }
  }
  let lost = 0
  for (const [room, crowd] of crowds) {
    const joined = await adapter.join(room)
    lost += bytesOf(room) + crowd.acked - (joined?.text.length ?? 0)
    crowd.leave()
  }
  const msPerOp = (room: string) => {
    const { cpuS, ops } = spent.get(room) ?? { cpuS: Number.NaN, ops: Number.NaN }
    return (cpuS * 1000) / ops
  }
  return {
    smallCpuMsPerOp: rounded(msPerOp(SMALL), 4),
    largeCpuMsPerOp: rounded(msPerOp(LARGE), 4),
    ratio: rounded(msPerOp(LARGE) / msPerOp(SMALL)),
    foreignCpu: foreign,
    lost,
  }
}

/** Texts by path; the first is the one that is edited. */
export function manyFiles(count: number, bytes: number): Record<string, string> {
  const text = textOf(bytes)
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `folder-${String(i % 50).padStart(2, '0')}/file-${i}.txt`,
      text,
    ]),
  )
}

/** Everybody types in turn for a while; resolves when all is acked. */
async function typeFor(crowd: Crowd, secs: number): Promise<void> {
  crowd.onAck = (index) => crowd.type(index)
  for (let i = 0; i < EDITORS; i++) crowd.type(i)
  await new Promise((resolve) => setTimeout(resolve, secs * 1000))
  crowd.onAck = () => {}
  await crowd.settle()
}

/** So many edits, each a letter typed or taken away again, so that the text stays as it is. */
async function makePast(url: string, room: string, edits: number): Promise<void> {
  let left = edits
  const write = async (index: number) => {
    let submitted = () => {}
    let lost = ''
    const client = await EdgeroomClient.join(url, room, index, {
      commit(entries) {
        if (entries.some((entry) => entry.index === index)) submitted()
      },
      closed(reason) {
        lost = reason
        submitted()
      },
    })
    const file = client.files[0]?.file ?? ''
    for (let n = 1; left > 0; n++) {
      left -= EDITS
      const changes = Array.from({ length: EDITS / 2 }, () => {
        const at = 1 + below(5000)
        return [
          { type: 'edit' as const, file, op: [at, 'x'] },
          { type: 'edit' as const, file, op: [at, { d: 1 }] },
        ]
      }).flat()
      const isCommitted = new Promise<void>((resolve) => {
        submitted = resolve
      })
      client.submit(n, changes)
      await isCommitted
      if (lost !== '') throw new Error(lost)
    }
    client.close()
  }
  await Promise.all(Array.from({ length: WRITERS }, (_, i) => write(500 + i)))
}
