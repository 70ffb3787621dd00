/**
 * Imports go one way. The map below is the architecture: what a folder may import besides itself. A new arrow is a
 * decision, and is made here.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')

const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  core: ['ot-text-unicode'],
  client: ['core'],
  editors: ['client', 'core', '@codemirror/state', '@codemirror/view', 'monaco-editor'],
  schema: ['drizzle-orm', '@neondatabase/serverless', 'pg'],
  auth: ['core', 'jose'],
  'durable-objects': ['auth', 'core', 'schema', 'cloudflare:workers'],
  workers: ['durable-objects', 'auth', 'core', 'schema', 'hono', 'valibot'],
  web: ['client', 'editors', '@codemirror/*', '@lezer/*', 'monaco-editor', 'vite'],
}

/** What a clock, chance or timer would look like in the core; the compiler refuses the rest. */
const IMPURE = /\b(Date\.now|new Date|Math\.random|setTimeout|setInterval|queueMicrotask|performance)\b/

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .map((path) => join(folder, path))
}

/** Where an import of a file leads: a top-level folder of the project, or a package. */
function targetOf(file: string, specifier: string): string {
  if (specifier.startsWith('.'))
    return relative('.', normalize(join(dirname(file), specifier))).split('/')[0] ?? ''
  const [scope, name] = specifier.split('/')
  return scope?.startsWith('@') ? `${scope}/${name}` : (scope ?? '')
}

function importsOf(file: string): string[] {
  const source = readFileSync(join(ROOT, file), 'utf8')
  return [...source.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, specifier]) => specifier ?? '')
}

function isAllowed(folder: string, target: string): boolean {
  const allowed = ALLOWED[folder] ?? []
  return (
    target === folder ||
    allowed.some((name) => name === target || (name.endsWith('/*') && target.startsWith(name.slice(0, -1))))
  )
}

describe('imports', () => {
  it.each(Object.keys(ALLOWED))('of %s go only where they may', (folder) => {
    const files = sources(folder)
    expect(files.length).toBeGreaterThan(2)
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((specifier) => !isAllowed(folder, targetOf(file, specifier)))
        .map((specifier) => `${file} imports ${specifier}`),
    )
    expect(wrong).toEqual([])
  })

  it('are found: the walk sees what is there', () => {
    expect(importsOf('core/authority/authority.ts')).toContain('../text/transform.ts')
    expect(isAllowed('core', targetOf('core/model/x.ts', '../../client/index.ts'))).toBe(false)
    expect(isAllowed('core', targetOf('core/model/x.ts', 'node:fs'))).toBe(false)
  })
})

describe('the core', () => {
  it('has no clock, no chance and no timer', () => {
    const impure = sources('core').filter((file) => IMPURE.test(readFileSync(join(ROOT, file), 'utf8')))
    expect(impure).toEqual([])
  })
})
