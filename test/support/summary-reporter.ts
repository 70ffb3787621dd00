/**
 * Prints the last lines of a test run: what failed, what was skipped because this machine lacks something,
 * and how to get it, then `N passed, N failed`, plus `, N skipped` if there were any. Failures outside of
 * tests (a file that does not load, an uncaught error) count as failed. Whoever has only the end of a log can
 * tell what failed, and why.
 */
import type { Reporter, TestCase, TestModule } from 'vitest/node'

/** Most characters of an error that are repeated. */
const MOST = 600

export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const failures = unhandledErrors.map((error) => failure('outside of tests', error))
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 }
    const lacking = new Map<string, number>()
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state, errors = [] } = test.result()
        count[state]++
        if (state === 'failed')
          failures.push(failure(`${module.relativeModuleId} > ${test.fullName}`, errors[0]))
        const missing = state === 'skipped' ? missingOf(test) : undefined
        if (missing !== undefined) lacking.set(missing, (lacking.get(missing) ?? 0) + 1)
      }
      const suites = [...module.children.allSuites()]
      const errors = [module, ...suites].flatMap((one) => one.errors())
      count.failed += errors.length
      failures.push(...errors.map((error) => failure(module.relativeModuleId, error)))
    }
    for (const line of failures) console.log(line)
    const skipped = count.skipped + count.pending
    for (const [missing, tests] of lacking) console.log(`${tests} skipped: ${missing}`)
    console.log(
      `${count.passed} passed, ${count.failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`,
    )
  }
}

/** What the test lacked, by its suite (needs.ts). */
function missingOf(test: TestCase): string | undefined {
  for (let { parent } = test; parent.type === 'suite'; { parent } = parent) {
    const { missing } = parent.meta()
    if (missing !== undefined) return missing
  }
  return undefined
}

function failure(where: string, error: unknown): string {
  const message = error instanceof Object && 'message' in error ? String(error.message) : String(error)
  return `FAILED ${where}: ${message.slice(0, MOST)}`
}
