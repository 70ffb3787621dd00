// Random tests that replay alone: each test of a file starts from the same seed, and one that fails prints it.
// `SEED=… vitest run <file> -t <title>` runs it again as it was.

import { beforeEach } from 'vitest'
import { freshSeed, Random } from './random.ts'

/** Registers for the whole file; `random` is fresh at the start of each test. */
export function seeded(): { readonly note: string; readonly random: Random } {
  const seed = freshSeed()
  const state = { note: `SEED=${seed}`, random: new Random(seed) }
  beforeEach(({ onTestFailed }) => {
    state.random = new Random(seed)
    onTestFailed(() => console.error(`replay with ${state.note}`))
  })
  return state
}
