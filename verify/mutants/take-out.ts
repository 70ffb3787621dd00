/**
 * Takes a protection out of the code that tests run, without touching the code on disk: as modules are loaded by Vite, or in a
 * copy of the sources where something else bundles them. Which one, the environment says: MUTANT=<name>, or several
 * names with a semicolon between them.
 */
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plugin } from 'vite'
import { MUTANTS, type Mutant } from './table.ts'

export const ROOT = join(import.meta.dirname, '../..')
const VARIABLE = 'MUTANT'
const SEPARATOR = ';'
/** What no bundle of the Worker needs. */
const LEFT_OUT = new Set(['node_modules', '.git', '.wrangler', 'bench', 'docs', 'test'])

/** The environment in which protections are out. */
export function environmentWithout(...protections: readonly Mutant[]): Readonly<Record<string, string>> {
  return { [VARIABLE]: protections.map(({ name }) => name).join(SEPARATOR) }
}

/** @throws Error when there is none of that name */
export function protectionOf(name: string): Mutant {
  const protection = MUTANTS.find((row) => row.name === name)
  if (protection === undefined) throw new Error(`there is no protection ${name}`)
  return protection
}

/** The protections that are to be taken out here; none in every ordinary run. @throws Error when there is none of a name */
export function mutantsToRun(): Mutant[] {
  return process.env[VARIABLE]?.split(SEPARATOR).map(protectionOf) ?? []
}

/** A source without the protection. @throws Error unless the protection stands in it exactly once */
export function takeOut(code: string, { name, source, text, without }: Mutant): string {
  const times = code.split(text).length - 1
  if (times !== 1) throw new Error(`${name}: its text stands ${times} times in ${source}, not once`)
  return code.replace(text, () => without)
}

/** For Vitest: leaves the protections out of their modules. Nothing in every ordinary run. */
export function withMutation(): Plugin[] {
  return mutantsToRun().map((protection) => {
    const source = join(ROOT, protection.source)
    return {
      // A name of its own: what Vitest keeps of transformed modules is kept by the names of plugins.
      name: `without-protection: ${protection.name}`,
      enforce: 'pre',
      transform: (code, id) => (id.split('?')[0] === source ? takeOut(code, protection) : null),
    }
  })
}

/** Makes a copy of the sources without the protections, for what bundles them from disk. Its node_modules are the project's. */
export async function copyWithout(protections: readonly Mutant[], folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const name of await readdir(ROOT))
    if (!LEFT_OUT.has(name)) await cp(join(ROOT, name), join(folder, name), { recursive: true })
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  for (const protection of protections) {
    const source = join(folder, protection.source)
    await writeFile(source, takeOut(await readFile(source, 'utf8'), protection))
  }
}
