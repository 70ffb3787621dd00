/**
 * The server's CPU per op in one room relative to another: a large file to a small one, many
 * files to one, a long history to none. Both rooms are on one server and are measured in turns,
 * so that disturbances affect both.
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
/** Edits per submission when building the history. */
const EDITS = 100
/** Clients that build the history. */
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
    crowds.set(room, await Crowd.join(adapter, [room], { editors: EDITORS, bytes: bytesOf(room) }))
  const spent = new Map([SMALL, LARGE].map((room) => [room, { cpuS: 0, ops: 0 }]))
  let foreign = 0
  for (let turn = -1; turn < TURNS; turn++) {
    for (const [room, crowd] of crowds) {
      const cpu = new CpuWindow(server)
      const before = crowd.acked
      await typeFor(crowd, params.number('secs'))
      // The first turn of each room is a warm-up.
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

/** Texts by path; the first one is edited. */
export function manyFiles(count: number, bytes: number): Record<string, string> {
  const text = textOf(bytes)
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `folder-${String(i % 50).padStart(2, '0')}/file-${i}.txt`,
      text,
    ]),
  )
}

/** All editors type in a closed loop for some seconds; resolves when everything is acked. */
async function typeFor(crowd: Crowd, secs: number): Promise<void> {
  crowd.onAck = (index) => crowd.type(index)
  for (let i = 0; i < EDITORS; i++) crowd.type(i)
  await new Promise((resolve) => setTimeout(resolve, secs * 1000))
  crowd.onAck = () => {}
  await crowd.settle()
}

/** Makes this many edits, alternately inserting and deleting a letter, so that the text stays the same. */
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
