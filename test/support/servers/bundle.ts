/**
 * The bundled Worker for tests: built by wrangler from wrangler.toml as for a deployment, once per test run.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundleInto } from '../../../dev/stack/worker-bundle.ts'
import { copyWith, mutantsToRun } from '../../../verify/mutants/mutate.ts'

export const ROOT = join(import.meta.dirname, '../../..')
const CACHE = join(ROOT, 'node_modules/.cache')
const MUTANTS = mutantsToRun()
const OUT = join(CACHE, MUTANTS.length === 0 ? 'edgeroom-test' : 'edgeroom-mutant')

/** What the projects of a run share: each imports this module for itself, but in the same process. */
const run = globalThis as { edgeroomBundle?: Promise<void> }

/** Vitest's global setup. */
export default function setup(): Promise<void> {
  run.edgeroomBundle ??= bundle()
  return run.edgeroomBundle
}

export async function bundle(): Promise<void> {
  if (MUTANTS.length === 0) return bundleInto(OUT)
  const sources = join(CACHE, 'edgeroom-mutant-sources')
  await copyWith(MUTANTS, sources)
  return bundleInto(OUT, sources)
}

/** The source of the bundle. */
export function worker(): Promise<string> {
  return readFile(join(OUT, 'index.js'), 'utf8')
}
