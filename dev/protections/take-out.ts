/**
 * Takes a protection out of the code that tests run, without touching the code on disk: as modules are loaded by Vite, or in a
 * copy of the sources where something else bundles them. Which one, the environment says: WITHOUT_PROTECTION=<name>.
 */
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plugin } from 'vite'
import { PROTECTIONS, type Protection } from './table.ts'

export const ROOT = join(import.meta.dirname, '../..')
const VARIABLE = 'WITHOUT_PROTECTION'
/** What no bundle of the Worker needs. */
const LEFT_OUT = new Set(['node_modules', '.git', '.wrangler', 'bench', 'docs', 'test'])

/** The environment in which a protection is out. */
export function environmentWithout({ name }: Protection): Readonly<Record<string, string>> {
  return { [VARIABLE]: name }
}

/** The protection that is to be taken out here; null in every ordinary run. @throws Error when there is none of that name */
export function missingProtection(): Protection | null {
  const name = process.env[VARIABLE]
  if (name === undefined) return null
  const protection = PROTECTIONS.find((row) => row.name === name)
  if (protection === undefined) throw new Error(`there is no protection ${name}`)
  return protection
}

/** A source without the protection. @throws Error unless the protection stands in it exactly once */
export function takeOut(code: string, { name, source, text, without }: Protection): string {
  const times = code.split(text).length - 1
  if (times !== 1) throw new Error(`${name}: its text stands ${times} times in ${source}, not once`)
  return code.replace(text, () => without)
}

/** For Vitest: leaves the protection out of its module. Nothing in every ordinary run. */
export function withoutProtection(): Plugin[] {
  const protection = missingProtection()
  if (protection === null) return []
  const source = join(ROOT, protection.source)
  return [
    {
      // A name of its own: what Vitest keeps of transformed modules is kept by the names of plugins.
      name: `without-protection: ${protection.name}`,
      enforce: 'pre',
      transform: (code, id) => (id.split('?')[0] === source ? takeOut(code, protection) : null),
    },
  ]
}

/** Makes a copy of the sources without the protection, for what bundles them from disk. Its node_modules are the project's. */
export async function copyWithout(protection: Protection, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const name of await readdir(ROOT))
    if (!LEFT_OUT.has(name)) await cp(join(ROOT, name), join(folder, name), { recursive: true })
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const source = join(folder, protection.source)
  await writeFile(source, takeOut(await readFile(source, 'utf8'), protection))
}
