/**
 * Random tests that can be repeated one by one: each test of a file starts from the same seed, and prints it
 * if it fails. `SEED=… vitest run <file> -t <title>` repeats it.
 */

import { beforeEach } from 'vitest'
import { freshSeed, Random } from './random.ts'

/** Registers for the whole file; `random` is reset before each test. */
export function seeded(): { readonly note: string; readonly random: Random } {
  const seed = freshSeed()
  const state = { note: `SEED=${seed}`, random: new Random(seed) }
  beforeEach(({ onTestFailed }) => {
    state.random = new Random(seed)
    onTestFailed(() => console.error(`repeat with ${state.note}`))
  })
  return state
}
