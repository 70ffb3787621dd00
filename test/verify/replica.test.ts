/**
 * Random people on real SDK clients, compared with a model of every text and of undo that was written from
 * the documentation. `npm run verify` runs as many as you like.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { campaign, report, run, seedOf } from '../../verify/replica/campaign.ts'
import type { Plan } from '../../verify/replica/plan.ts'

const CHUNK = 8
const CHUNKS = 5
const PINNED = join(import.meta.dirname, '../../verify/replica/pinned')

const plans = readdirSync(PINNED).map((name) => ({
  name,
  plan: JSON.parse(readFileSync(join(PINNED, name), 'utf8')) as Plan,
}))

describe('[S3] [S8] [S10] [O4] nothing typed is lost or duplicated, and undo is correct', () => {
  it.each(plans)('in the pinned plan $name', async ({ plan }) => {
    expect(await run(plan)).toBeNull()
  })

  it.each(Array.from({ length: CHUNKS }, (_, chunk) => ({ chunk })))(
    'in fixed runs, $chunk',
    async ({ chunk }) => {
      const seeds = Array.from({ length: CHUNK }, (_, i) => seedOf('fixed', chunk * CHUNK + i))
      const failed = await campaign(seeds, () => {})
      expect(failed && report(failed)).toBeNull()
    },
  )
})
