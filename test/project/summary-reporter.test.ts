/** The last lines of a test run. */
import { afterEach, expect, it, vi } from 'vitest'
import SummaryReporter from '../support/summary-reporter.ts'

type Modules = Parameters<SummaryReporter['onTestRunEnd']>[0]

afterEach(() => vi.restoreAllMocks())

const file = { type: 'module' }
const suite = (missing?: string) => ({
  type: 'suite',
  parent: file,
  meta: () => ({ missing }),
  errors: () => [],
})
const test = (state: string, parent: object = file, errors: readonly object[] = []) => ({
  parent,
  fullName: `it ${state}`,
  result: () => ({ state, errors }),
})

function linesOf(tests: readonly object[]): string[] {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  const children = { allTests: () => tests, allSuites: () => [] }
  new SummaryReporter().onTestRunEnd(
    [{ children, errors: () => [], relativeModuleId: 'test/a.test.ts' }] as unknown as Modules,
    [],
  )
  return log.mock.calls.map(([line]) => String(line))
}

it('say what was skipped because the machine lacks something, and how to get it', () => {
  const browser = suite('no Chromium: install one')
  const within = { ...suite(), parent: browser }
  const tests = [test('passed'), test('skipped'), test('skipped', browser), test('skipped', within)]
  expect(linesOf(tests)).toEqual(['2 skipped: no Chromium: install one', '1 passed, 0 failed, 3 skipped'])
})

it('say nothing of what ran', () => {
  expect(linesOf([test('passed', suite('no Chromium: install one'))])).toEqual(['1 passed, 0 failed'])
})

it('say what failed, and why', () => {
  expect(linesOf([test('passed'), test('failed', file, [{ message: 'expected 1 to be 2' }])])).toEqual([
    'FAILED test/a.test.ts > it failed: expected 1 to be 2',
    '1 passed, 1 failed',
  ])
})
