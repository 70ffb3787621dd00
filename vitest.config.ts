/**
 * The tests, by what they run on. `core`, `contract` and `dev` need Node alone, `edge` runs inside
 * workerd beside the real Worker, `client`, `faults`, `chaos`, `fuzz` and `e2e` drive the bundled Worker
 * from outside. Few files at a time: each of those starts servers of its own.
 */
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { withMutation } from './verify/mutants/mutate.ts'

/** After this a test counts as hanging. Far above what any takes, also on a machine that is busy. */
const HANGS_MS = 180_000
/** After this what a test waits for counts as not happening. */
const NEVER_MS = 100_000
/** The files of a project run one after another in the same process, and load each module once. */
const settings = {
  isolate: false,
  testTimeout: HANGS_MS,
  hookTimeout: HANGS_MS,
  expect: { poll: { timeout: NEVER_MS } },
}
const bundle = './test/support/servers/bundle.ts'
const plugins = withMutation()

export default defineConfig({
  test: {
    maxWorkers: 2,
    reporters: ['default', './test/support/summary-reporter.ts'],
    projects: [
      {
        plugins,
        test: {
          name: 'core',
          include: ['test/{auth,core,project}/**/*.test.ts', 'test/verify/{replica,sim}.test.ts'],
          ...settings,
        },
      },
      {
        plugins,
        test: {
          name: 'contract',
          include: ['test/{durable-objects,schema,workers}/**/*.test.ts'],
          ...settings,
        },
      },
      { test: { name: 'dev', include: ['test/{bench,dev}/**/*.test.ts'], ...settings } },
      {
        plugins,
        test: { name: 'editors', include: ['test/{editors,web}/**/*.test.ts'], ...settings },
      },
      {
        plugins: [
          ...plugins,
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            // Short, so that a test of the deadline can wait for it.
            miniflare: { bindings: { ENVIRONMENT: 'local', HELLO_MS: '1500' } },
          }),
        ],
        test: { name: 'edge', include: ['test/edge/**/*.test.ts'], ...settings },
      },
      {
        plugins,
        test: {
          name: 'client',
          include: ['test/client/**/*.test.ts'],
          globalSetup: bundle,
          ...settings,
        },
      },
      {
        plugins,
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          globalSetup: bundle,
          ...settings,
        },
      },
      {
        test: {
          name: 'chaos',
          include: ['test/verify/chaos*.test.ts'],
          globalSetup: bundle,
          ...settings,
        },
      },
      {
        test: {
          name: 'fuzz',
          include: ['test/verify/fuzz*.test.ts'],
          globalSetup: bundle,
          ...settings,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: [bundle, './test/e2e/support/pages.ts'],
          ...settings,
        },
      },
    ],
  },
})
