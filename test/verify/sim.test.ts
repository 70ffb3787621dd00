/**
 * Random rooms under every kind of fault: nothing that was acked is lost, nothing is applied twice, and in
 * the end all replicas are equal. `SEED=<seed> vitest run test/verify/sim.test.ts` runs one seed;
 * `npm run sim` runs as many as you like.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { campaign, report } from '../../verify/sim/campaign.ts'
import type { Plan } from '../../verify/sim/plan.ts'
import { planOf, seedOf } from '../../verify/sim/plan-of.ts'
import { run } from '../../verify/sim/run.ts'
import { freshSeed } from '../support/random.ts'

/** A sample of seeds that were never played; `npm run sim` is the place to search for failures. */
const FRESH_RUNS = 50
const RUNS = 200
const CHUNK = 25
/** For a chunk, or any other test here: many runs on a busy machine. */
const TIMEOUT_MS = 120_000
const PINNED_PLANS = join(import.meta.dirname, '../../verify/sim/pinned')

/** Seeds that once failed, with what they showed. */
const PINNED: readonly string[] = []

const one = process.env.SEED
const base = freshSeed()
const fresh = chunks(Array.from({ length: FRESH_RUNS }, (_, run) => seedOf(base, run)))
/** The same seeds each time: what they exercise is known. */
const fixed = chunks(Array.from({ length: RUNS }, (_, run) => seedOf('fixed', run)))

describe('[S3] [S5] [S10] [C2] [C3] [C5] nothing acked is lost, nothing is applied twice', {
  timeout: TIMEOUT_MS,
}, () => {
  const missing = new Set<string>()
  let counted = false

  it.skipIf(one === undefined)(`in the run of seed ${one}`, async () => {
    const { failed } = await campaign([one ?? ''], () => {})
    expect(failed && report(failed)).toBeNull()
  })

  it.skipIf(one !== undefined || PINNED.length === 0)('in runs that once failed', async () => {
    const { failed } = await campaign(PINNED, () => {})
    expect(failed && report(failed)).toBeNull()
  })

  it.skipIf(one !== undefined).each(plans())('in the pinned plan $name', async ({ plan }) => {
    const { failure } = await run(plan)
    expect(failure).toBeNull()
  })

  describe.skipIf(one !== undefined)('in random runs', () => {
    it.each([
      ...fixed.map((seeds, chunk) => ({ name: `fixed ${chunk}`, seeds })),
      ...fresh.map((seeds, chunk) => ({ name: `fresh ${chunk}, of SEED base ${base}`, seeds })),
    ])('$name', async ({ seeds, name }) => {
      const { tally, failed } = await campaign(seeds, () => {})
      expect(failed && report(failed)).toBeNull()
      if (!name.startsWith('fixed')) return
      if (!counted) for (const what of tally.missing) missing.add(what)
      else for (const what of missing) if (tally.of(what as 'steps') > 0) missing.delete(what)
      counted = true
    })

    it('every kind of fault happened', () => {
      expect([...missing]).toEqual([])
    })
  })

  it('a plan determines its run: replaying it gives the same counts', async () => {
    const seed = one ?? seedOf(base, 0)
    const [first, second] = [await run(planOf(seed)), await run(planOf(seed))]
    expect(String(second.tally)).toBe(String(first.tally))
  })
})

function chunks<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / CHUNK) }, (_, i) =>
    items.slice(i * CHUNK, (i + 1) * CHUNK),
  )
}

/** Pinned plans, shrunk from runs that once failed. */
function plans(): { readonly name: string; readonly plan: Plan }[] {
  return readdirSync(PINNED_PLANS)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, plan: JSON.parse(readFileSync(join(PINNED_PLANS, name), 'utf8')) }))
}
