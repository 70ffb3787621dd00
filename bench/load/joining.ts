/** Late joins: a file is built by many single edits, then fresh clients load it, one after another. */
import type { Adapter } from '../adapters/adapter.ts'
import { median, rounded } from '../lib/numbers.ts'
import type { Figures, Params } from './job.ts'
import { scatteredPositions } from './texts.ts'

const ROOM = 'joining'
/** ms between two joins */
const PAUSE_MS = 50

export async function joining(adapter: Adapter, params: Params): Promise<Figures> {
  const { text, release } = await adapter.build(ROOM, scatteredPositions(params.number('edits')))
  const times: number[] = []
  const bytes: number[] = []
  let lost = 0
  for (let i = 0; i < params.number('joins'); i++) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    const joined = await adapter.join(ROOM)
    if (joined?.text !== text) lost = Math.max(1, text.length - (joined?.text.length ?? 0))
    times.push(joined?.ms ?? Number.NaN)
    bytes.push(joined?.bytes ?? Number.NaN)
  }
  release()
  return {
    joinMs: rounded(median(times)),
    firstJoinMs: rounded(times[0] ?? Number.NaN),
    joinBytes: median(bytes),
    bytesOverText: rounded(median(bytes) / text.length, 3),
    lost,
  }
}
