/** Runs plans up to the first that fails, which is then shrunk by delta debugging of its steps. */
import { type Plan, planOf, planText } from './plan.ts'
import type { Step } from './steps.ts'
import { World } from './world.ts'

export interface Failed {
  readonly error: Error
  readonly smallest: Plan
}

const SHRINK_RUNS = 1_500

/** Plays a plan and returns what went wrong. */
export async function run(plan: Plan): Promise<Error | null> {
  try {
    await new World(plan).play()
    return null
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

export function seedOf(base: string, number: number): string {
  return `${base}-${number}`
}

/** @param progress called with the number of finished runs */
export async function campaign(
  seeds: readonly string[],
  progress: (done: number) => void,
): Promise<Failed | null> {
  for (const [i, seed] of seeds.entries()) {
    const plan = planOf(seed)
    const error = await run(plan)
    if (error !== null) return shrink(plan, error)
    progress(i + 1)
  }
  return null
}

export function report({ error, smallest }: Failed): string {
  return [
    `seed ${smallest.seed} fails: ${error.stack ?? error.message}`,
    `the smallest plan that fails (${smallest.steps.length} steps; keep it as a file in verify/replica/pinned/):`,
    planText(smallest),
  ].join('\n\n')
}

/**
 * Removes steps, fewer and fewer at a time, and simplifies what is left, as long as it fails for the same
 * reason.
 */
export async function shrink(plan: Plan, failure: Error, mostRuns = SHRINK_RUNS): Promise<Failed> {
  const kind = kindOf(failure)
  let smallest = plan
  let error = failure
  let runs = 0
  const fails = async (candidate: Plan) => {
    if (runs++ >= mostRuns) return false
    const found = await run(candidate)
    if (found === null || kindOf(found) !== kind) return false
    smallest = candidate
    error = found
    return true
  }
  for (let before = -1; before !== smallest.steps.length && runs < mostRuns; ) {
    before = smallest.steps.length
    for (let size = Math.ceil(before / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let start = 0; start < smallest.steps.length; ) {
        const steps = smallest.steps.filter((_, i) => i < start || i >= start + size)
        if (!(await fails({ ...smallest, steps }))) start += size
      }
    }
    for (let i = 0; i < smallest.steps.length; i++) {
      for (const plain of plainer(smallest.steps[i]!)) {
        const steps = smallest.steps.map((step, at) => (at === i ? plain : step))
        await fails({ ...smallest, steps })
      }
    }
    await fails({ ...smallest, seats: 2 })
    await fails({ ...smallest, files: smallest.files.slice(0, 1) })
    await fails({ ...smallest, files: smallest.files.map(() => 2) })
  }
  return { error, smallest }
}

/** Variants of a step that do less. */
function plainer(step: Step): Step[] {
  if (step.do === 'up' || step.do === 'down') return step.count > 1 ? [{ ...step, count: 1 }] : []
  if (step.do !== 'act' || step.act.act !== 'transact') return []
  const { act } = step
  return act.acts.length < 2
    ? []
    : act.acts.map((_, i) => ({ ...step, act: { ...act, acts: act.acts.filter((_, at) => at !== i) } }))
}

/** Failures of one kind begin with the same words, whatever they name. */
export function kindOf({ message }: Error): string {
  return message
    .replace(/\d+/g, '#')
    .replace(/[^ -~]+/g, '')
    .split(/[\n:"(]/)[0]!
    .replace(/file-#|[A-Za-z0-9_-]{22}/g, 'F')
    .slice(0, 60)
}
