/** A short fuzz of the whole system. `npm run fuzz -- --frames 100000` is the long one. */
import { expect, it } from 'vitest'
import { fuzz } from '../../verify/fuzz/run.ts'
import { freshSeed } from '../support/random.ts'
import { worker } from '../support/servers/bundle.ts'

const FRAMES = 3_000
const seed = freshSeed()

it(`[T2] [T5] [S8] answers each of ${FRAMES} hostile frames correctly, and no healthy client notices`, async ({
  onTestFailed,
}) => {
  onTestFailed(() => console.error(`replay with npm run fuzz -- --frames ${FRAMES} --seed ${seed}`))
  const { tally, typed } = await fuzz({ source: await worker(), frames: FRAMES, seed })
  expect(tally.wrong).toEqual([])
  expect(tally.frames).toBeGreaterThanOrEqual(FRAMES)
  expect(typed).toBeGreaterThan(50)
})

it('detects a decoder that accepts one invalid id', async () => {
  const check = 'typeof value === "string" && ID.test(value)'
  const source = await worker()
  expect(source.split(check)).toHaveLength(2)
  const careless = source.replace(check, 'typeof value === "string"')
  const { tally } = await fuzz({ source: careless, frames: FRAMES, seed: 'careless' })
  expect(tally.frames).toBeLessThan(FRAMES)
  expect(tally.wrong.join('\n')).toMatch(/ was answered with .*, not with close 4400/)
})

it('detects a room in which a healthy client loses typing', async () => {
  // The bundler numbers duplicate names.
  const entry = /this\.#batch\.prepare\(\{ client(?:: \w+)?, n(?:: \w+)?, user(?:: \w+)?, changes \}\)/g
  const source = await worker()
  expect(source.match(entry)).toHaveLength(1)
  // Acks everything, but leaves some of it out of the commit.
  const forgetful = source.replace(entry, (whole) =>
    whole.replace('changes })', 'changes: n > 0 && n % 5 === 0 ? [] : changes })'),
  )
  const { tally } = await fuzz({ source: forgetful, frames: 1_000, seed: 'forgetful' })
  expect(tally.wrong.join('\n')).toMatch(/who is healthy/)
})
