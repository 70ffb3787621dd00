/**
 * A short chaos run: the whole system, with its runtime killed a few times. `npm run chaos -- --kills 100`
 * is the long one.
 */
import { expect, it } from 'vitest'
import { chaos } from '../../verify/chaos/run.ts'
import { freshSeed } from '../support/random.ts'
import { worker } from '../support/servers/bundle.ts'

const KILLS = 4
const seed = freshSeed()

it(`[C2] [S3] has every ack in the log once after the runtime was killed ${KILLS} times`, async ({
  onTestFailed,
}) => {
  onTestFailed(() => console.error(`replay with npm run chaos -- --kills ${KILLS} --seed ${seed}`))
  const { counts, wrong } = await chaos({ source: await worker(), kills: KILLS, killsPerRoom: 2, seed })
  expect(wrong).toEqual([])
  expect(counts).toMatchObject({ kills: KILLS, rooms: 2 })
  expect(counts.acks).toBeGreaterThan(20)
})

it('detects a runtime that does not write every commit that it sends', async () => {
  const write = 'this.sql.exec("INSERT INTO commits'
  const source = await worker()
  expect(source.split(write)).toHaveLength(2)
  const forgetful = source.replace(write, `if (commit.seq % 25 !== 0) ${write}`)
  const { wrong } = await chaos({ source: forgetful, kills: 2, seed: 'forgetful' })
  expect(wrong.length).toBeGreaterThan(0)
})
