/**
 * Shrinks a failing plan: fewer steps, fewer people, a simpler setting, as long as it still fails. Steps are
 * removed by delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input",
 * 2002).
 */
import type { Plan, Step } from './plan.ts'

/** Whether a plan still fails. */
export type Fails = (plan: Plan) => Promise<boolean>

/**
 * @param plan a failing plan
 * @param mostRuns number of runs after which the smallest plan so far is returned
 */
export async function shrink(plan: Plan, fails: Fails, mostRuns: number): Promise<Plan> {
  let runs = 0
  const stillFails = async (candidate: Plan) => runs++ < mostRuns && (await fails(candidate))
  let smallest = await fewerSteps(plan, stillFails)
  for (const plainer of PLAINER) {
    const candidate = { ...smallest, ...plainer(smallest) }
    if (JSON.stringify(candidate) !== JSON.stringify(smallest) && (await stillFails(candidate)))
      smallest = candidate
  }
  return fewerSteps(smallest, stillFails)
}

const PLAINER: readonly ((plan: Plan) => Partial<Plan>)[] = [
  () => ({ people: 1 }),
  () => ({ people: 2 }),
  () => ({ diskMs: 1 }),
  () => ({ databaseMs: 0 }),
  () => ({ tailCommits: 2_000 }),
  () => ({ idleMs: 3_000 }),
  () => ({ graceMs: 300_000 }),
  ({ files }) => ({ files: Object.fromEntries(Object.entries(files).slice(0, 1)) }),
  ({ steps }) => ({ steps: steps.map(plainText) }),
]

/** The same step with a text that is easier to read. */
function plainText(step: Step): Step {
  if (step.do !== 'type') return step
  return { ...step, typing: { ...step.typing, insert: 'x'.repeat(Math.min(step.typing.insert.length, 3)) } }
}

/**
 * Removes parts of the plan, half of the steps at first, then smaller ones, until no single step can be
 * removed.
 */
async function fewerSteps(plan: Plan, fails: Fails): Promise<Plan> {
  let steps = plan.steps
  let size = Math.ceil(steps.length / 2)
  while (size >= 1) {
    let removed = false
    for (let start = 0; start < steps.length; ) {
      const fewer = [...steps.slice(0, start), ...steps.slice(start + size)]
      if (fewer.length < steps.length && (await fails({ ...plan, steps: fewer }))) {
        steps = fewer
        removed = true
      } else {
        start += size
      }
    }
    if (size === 1 && !removed) break
    if (size > 1) size = Math.ceil(size / 2)
  }
  return { ...plan, steps }
}
