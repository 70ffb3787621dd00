/**
 * Random people on real SDK clients, compared with a model of every text and of undo that was written from
 * the documentation. `SEED=<seed> vitest run test/verify/replica.test.ts` runs one seed; `npm run verify`
 * runs as many as you like.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { campaign, report, run, seedOf } from '../../verify/replica/campaign.ts'
import type { Plan } from '../../verify/replica/plan.ts'
import { freshSeed } from '../support/random.ts'

const CHUNK = 8
/** The same seeds each time, and a sample of seeds that were never played. */
const FIXED_CHUNKS = 5
const FRESH_CHUNKS = 5
const PINNED = join(import.meta.dirname, '../../verify/replica/pinned')

const plans = readdirSync(PINNED).map((name) => ({
  name,
  plan: JSON.parse(readFileSync(join(PINNED, name), 'utf8')) as Plan,
}))

const one = process.env.SEED
const base = freshSeed()
const seedsOf = (from: string, chunk: number) =>
  Array.from({ length: CHUNK }, (_, run) => seedOf(from, chunk * CHUNK + run))

describe('[S3] [S8] [S10] [O4] nothing typed is lost or duplicated, and undo is correct', () => {
  it.skipIf(one === undefined)(`in the run of seed ${one}`, async () => {
    const failed = await campaign([one ?? ''], () => {})
    expect(failed && report(failed)).toBeNull()
  })

  it.skipIf(one !== undefined).each(plans)('in the pinned plan $name', async ({ plan }) => {
    expect(await run(plan)).toBeNull()
  })

  it.skipIf(one !== undefined).each([
    ...Array.from({ length: FIXED_CHUNKS }, (_, chunk) => ({ name: `fixed ${chunk}`, from: 'fixed', chunk })),
    ...Array.from({ length: FRESH_CHUNKS }, (_, chunk) => {
      return { name: `fresh ${chunk}, of SEED base ${base}`, from: base, chunk }
    }),
  ])('in random runs: $name', async ({ from, chunk }) => {
    const failed = await campaign(seedsOf(from, chunk), () => {})
    expect(failed && report(failed)).toBeNull()
  })
})
