/**
 * The pages of `pages/`, with the editors of the demo: built once per test run, together, because most of
 * what is in them is the same. They can be served below any path.
 */
import { join } from 'node:path'
import { build } from 'vite'
import { ROOT } from '../../support/servers/bundle.ts'

/** Where they are built. */
export const PAGES = join(ROOT, 'node_modules/.cache/edgeroom-test-pages')
const SOURCES = join(ROOT, 'test/e2e/pages')

/** Vitest's global setup. Builds them with the options of the demo's build. */
export default async function buildPages(): Promise<void> {
  await build({
    root: SOURCES,
    base: './',
    logLevel: 'error',
    build: {
      outDir: PAGES,
      emptyOutDir: true,
      target: 'es2022',
      chunkSizeWarningLimit: Infinity,
      rolldownOptions: { input: ['editor', 'monaco'].map((page) => join(SOURCES, page, 'index.html')) },
    },
  })
}
