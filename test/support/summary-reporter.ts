/**
 * Prints the last lines of a test run: what was skipped because this machine lacks something, and how to get
 * it, then `N passed, N failed`, plus `, N skipped` if there were any. Failures outside of tests (a file that
 * does not load, an uncaught error) count as failed.
 */
import type { Reporter, TestCase, TestModule } from 'vitest/node'

export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 }
    const lacking = new Map<string, number>()
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        count[state]++
        const missing = state === 'skipped' ? missingOf(test) : undefined
        if (missing !== undefined) lacking.set(missing, (lacking.get(missing) ?? 0) + 1)
      }
      for (const suite of module.children.allSuites()) count.failed += suite.errors().length
      count.failed += module.errors().length
    }
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
