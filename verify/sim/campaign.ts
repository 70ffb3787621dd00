/**
 * Runs plans one after the other, up to the first that fails, which is then shrunk. What the runs exercised
 * is counted, since runs in which a fault never happened prove nothing about it.
 */
import type { Plan } from './plan.ts'
import { planText } from './plan.ts'
import { planOf } from './plan-of.ts'
import { run } from './run.ts'
import { shrink } from './shrink.ts'
import { Tally } from './tally.ts'

export interface Failed {
  readonly seed: string
  readonly error: Error
  readonly smallest: Plan
  readonly smallestError: Error
}

/** Limit of runs for shrinking. */
const SHRINK_RUNS = 3_000

/** @param progress called after each run with the number of finished runs */
export async function campaign(
  seeds: readonly string[],
  progress: (done: number) => void,
): Promise<{ readonly tally: Tally; readonly failed: Failed | null }> {
  const tally = new Tally()
  for (const [index, seed] of seeds.entries()) {
    const plan = planOf(seed)
    const outcome = await run(plan)
    tally.merge(outcome.tally)
    if (outcome.failure !== null) return { tally, failed: await reduce(seed, plan, outcome.failure) }
    progress(index + 1)
    // Lets other work of this process run.
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { tally, failed: null }
}

/** What a person needs to reproduce a failure. */
export function report({ seed, error, smallest, smallestError }: Failed): string {
  return [
    `seed ${seed} fails: ${error.stack ?? error.message}`,
    `the smallest plan that fails (${smallest.steps.length} steps; keep it as a file in verify/sim/pinned/):`,
    planText(smallest),
    `it fails with: ${smallestError.stack ?? smallestError.message}`,
  ].join('\n\n')
}

async function reduce(seed: string, plan: Plan, error: Error): Promise<Failed> {
  const kind = kindOf(error)
  let smallestError = error
  const smallest = await shrink(
    plan,
    async (candidate) => {
      const { failure } = await run(candidate)
      if (failure === null || kindOf(failure) !== kind) return false
      smallestError = failure
      return true
    },
    SHRINK_RUNS,
  )
  return { seed, error, smallest, smallestError }
}

/** Failures of one kind begin with the same words, whatever they name. */
function kindOf(error: Error): string {
  return error.message.replace(/\d+/g, '#').split(/[\n:]/)[0]!.slice(0, 60)
}
