/**
 * The Worker as it would be deployed: wrangler bundles it from wrangler.toml, once per test run. What the tests run is
 * the same code, through the same bundler.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundleInto } from '../../dev/worker-bundle.ts'

export const ROOT = join(import.meta.dirname, '../..')
const OUT = join(ROOT, 'node_modules/.cache/edgeroom-test')

/** Vitest's global setup. */
export default function setup(): Promise<void> {
  return bundle()
}

export function bundle(): Promise<void> {
  return bundleInto(OUT)
}

/** The bundled Worker's source. */
export function worker(): Promise<string> {
  return readFile(join(OUT, 'index.js'), 'utf8')
}
