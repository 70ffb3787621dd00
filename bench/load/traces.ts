/**
 * Replays recorded sessions through the authority alone, in Node, without sockets or disk: each patch is one
 * submission and one commit, one after another.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Authority } from '../../core/authority/authority.ts'
import { emptyRoom } from '../../core/model/state.ts'
import { DEFAULT_LIMITS } from '../../core/protocol/limits.ts'
import type { TextOp } from '../../core/text/op.ts'
import { readTrace, type Trace } from '../../dev/traces/trace.ts'
import { rounded } from '../lib/numbers.ts'
import type { Figures, Params } from './job.ts'

const FILE = 'trace'
const AUTHOR = { client: 'trace-player', user: 'trace-player', name: 'Trace', role: null }

export async function traces(params: Params): Promise<Figures> {
  const folder = params.text('folder', '')
  const names = readdirSync(folder).filter((name) => name.endsWith('.json.gz'))
  const all = await Promise.all(names.map((name) => readTrace(join(folder, name))))
  let edits = 0
  let ms = 0
  let lost = 0
  // The first pass is a warm-up.
  for (let round = -1; round < params.number('times'); round++) {
    for (const trace of all) {
      const ops = opsOf(trace)
      const started = performance.now()
      const text = play(trace.startContent, ops)
      if (text !== trace.endContent) lost++
      if (round < 0) continue
      ms += performance.now() - started
      edits += ops.length
    }
  }
  return { editsPerS: rounded((edits * 1000) / ms, 0), traces: all.length, lost }
}

function opsOf({ txns }: Trace): TextOp[] {
  return txns.flatMap(({ patches }) =>
    patches.map(
      ([at, deleted, inserted]): TextOp => [
        ...(at === 0 ? [] : [at]),
        ...(inserted === '' ? [] : [inserted]),
        ...(deleted === 0 ? [] : [{ d: deleted }]),
      ],
    ),
  )
}

/** Returns the final text. */
function play(start: string, ops: readonly TextOp[]): string {
  const authority = new Authority(
    emptyRoom(),
    {
      text: () => {
        throw new Error('all texts are in memory')
      },
      commits: () => null,
      client: () => null,
      removals: () => null,
      blob: () => null,
    },
    { ...DEFAULT_LIMITS, fileBytes: Number.POSITIVE_INFINITY },
  )
  const commit = (n: number, change: Parameters<Authority['submit']>[1]['changes'][number]) => {
    const message = { type: 'submit', n, base: authority.state.seq, changes: [change] } as const
    const { type } = authority.submit(AUTHOR, message, 0)
    if (type !== 'accepted') throw new Error(`submission ${n} was answered with ${type}`)
    authority.seal(0)
  }
  commit(1, { type: 'create', file: FILE, path: 'trace.txt', text: start })
  for (const [i, op] of ops.entries()) commit(i + 2, { type: 'edit', file: FILE, op })
  return authority.state.files.get(FILE)?.text?.toString() ?? ''
}
