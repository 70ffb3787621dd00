/**
 * Applies mutants to the code that tests run, without changing the code on disk: while Vite loads the
 * modules, or in a copy of the sources if something else bundles them. The environment names them:
 * MUTANT=<name>, or several names separated by semicolons.
 */
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plugin } from 'vite'
import type { Mutant } from './mutant.ts'
import { MUTANTS } from './table/index.ts'

export const ROOT = join(import.meta.dirname, '../..')
const VARIABLE = 'MUTANT'
const SEPARATOR = ';'
/** Not needed by any bundle of the Worker. */
const LEFT_OUT = new Set(['node_modules', '.git', '.wrangler', 'bench', 'docs', 'test'])

/** The environment variables that apply these mutants. */
export function environmentOf(...mutants: readonly Mutant[]): Readonly<Record<string, string>> {
  return { [VARIABLE]: mutants.map(({ name }) => name).join(SEPARATOR) }
}

/** @throws Error if no mutant has that name */
export function mutantOf(name: string): Mutant {
  const mutant = MUTANTS.find((row) => row.name === name)
  if (mutant === undefined) throw new Error(`there is no mutant ${name}`)
  return mutant
}

/** The mutants that apply to this process; none in an ordinary run. @throws Error if a name is unknown */
export function mutantsToRun(): Mutant[] {
  return process.env[VARIABLE]?.split(SEPARATOR).map(mutantOf) ?? []
}

/** The source with the mutant applied. @throws Error unless its text occurs exactly once */
export function mutate(code: string, { name, source, text, without }: Mutant): string {
  const times = code.split(text).length - 1
  if (times !== 1) throw new Error(`${name}: its text occurs ${times} times in ${source}, not once`)
  return code.replace(text, () => without)
}

/** For Vitest: applies the mutants to their modules. Empty in an ordinary run. */
export function withMutation(): Plugin[] {
  return mutantsToRun().map((mutant) => {
    const source = join(ROOT, mutant.source)
    return {
      // A name for each mutant: Vitest caches transformed modules by the names of their plugins.
      name: `mutant: ${mutant.name}`,
      enforce: 'pre',
      transform: (code, id) => (id.split('?')[0] === source ? mutate(code, mutant) : null),
    }
  })
}

/**
 * Copies the sources with the mutants applied, for bundlers that read from disk. The copy shares the
 * project's node_modules.
 */
export async function copyWith(mutants: readonly Mutant[], folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const name of await readdir(ROOT))
    if (!LEFT_OUT.has(name)) await cp(join(ROOT, name), join(folder, name), { recursive: true })
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  for (const mutant of mutants) {
    const source = join(folder, mutant.source)
    await writeFile(source, mutate(await readFile(source, 'utf8'), mutant))
  }
}
