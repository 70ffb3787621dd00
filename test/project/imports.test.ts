/**
 * Imports go one way. The map below is the architecture: what each folder may import besides itself.
 * Allowing another import is a design decision, made here. There are no import cycles, not even of types.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')

/** A folder includes everything in it, except what has its own entry. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'core/text': ['ot-text-unicode'],
  'core/protocol': ['core/text'],
  'core/model': ['core/protocol', 'core/text'],
  'core/limits': ['core/model', 'core/protocol'],
  'core/authority': ['core/model', 'core/protocol', 'core/text'],
  'core/flush': ['core/limits'],
  'core/replica': ['core/model', 'core/protocol', 'core/text'],

  auth: ['core/limits', 'core/model', 'core/protocol', 'jose'],

  schema: ['drizzle-orm'],
  'schema/statements': ['schema', 'drizzle-orm'],
  'schema/stores': ['schema', 'schema/statements', '@neondatabase/serverless', 'pg'],

  'durable-objects/events': ['core/model', 'core/protocol', 'schema'],
  'durable-objects/settings': ['core', 'auth', 'schema/stores'],
  'durable-objects/journal': [
    'core/authority',
    'core/model',
    'core/protocol',
    'core/text',
    'durable-objects/events',
    'schema',
  ],
  'durable-objects/flush': [
    'core/flush',
    'durable-objects/events',
    'durable-objects/journal',
    'durable-objects/settings',
    'schema',
    'schema/statements',
    'schema/stores',
    'cloudflare:workers',
  ],
  'durable-objects/sessions': ['core', 'auth', 'durable-objects/events', 'durable-objects/journal', 'schema'],
  'durable-objects/room': [
    'core',
    'auth',
    'durable-objects',
    'schema',
    'schema/statements',
    'cloudflare:workers',
  ],

  'workers/http': [
    'core',
    'auth',
    'durable-objects',
    'schema',
    'schema/stores',
    'workers',
    'hono',
    'valibot',
  ],
  'workers/routes': ['core', 'auth', 'durable-objects', 'workers', 'workers/http', 'hono', 'valibot'],
  workers: ['core', 'auth', 'durable-objects', 'workers/http', 'workers/routes', 'hono'],

  'client/files': ['client', 'core'],
  'client/people': ['client', 'client/files', 'core'],
  'client/transport': ['client', 'core'],
  'client/offline': ['client', 'client/transport', 'core', '@noble/hashes'],
  client: ['client/files', 'client/people', 'client/transport', 'client/offline', 'core'],

  editors: ['client', 'core/protocol'],
  'editors/codemirror': ['client', 'editors', '@codemirror/state', '@codemirror/view'],
  'editors/monaco': ['client', 'editors', 'monaco-editor'],

  'web/ui': ['client'],
  'web/connection': ['client', 'web/ui'],
  'web/editor': ['client', 'editors', 'web/ui', '@codemirror/*', '@lezer/*', 'monaco-editor'],
  'web/follow': ['client', 'web/ui', 'web/editor'],
  'web/chat': ['client', 'web/ui'],
  'web/people': ['client', 'web', 'web/ui', 'web/follow', 'web/shell'],
  'web/files': ['client', 'web/ui', 'web/people'],
  'web/shell': ['client', 'web', 'web/*'],
  web: ['client', 'web/ui', 'web/connection', 'web/people', 'web/shell', 'vite'],
}

/** Allowing one of these allows everything in it. */
const WHOLE = new Set(['core', 'client', 'editors', 'durable-objects'])

/** Clocks, randomness and timers, which the core must not use; the compiler rejects everything else. */
const IMPURE = /\b(Date\.now|new Date|Math\.random|setTimeout|setInterval|queueMicrotask|performance)\b/

const PRODUCT = ['core', 'auth', 'schema', 'durable-objects', 'workers', 'client', 'editors', 'web']

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts') && !path.includes('node_modules'))
    .map((path) => join(folder, path).replaceAll('\\', '/'))
}

/** The most specific entry of the map for a path, or else its top-level folder. */
function folderOf(path: string): string {
  const parts = path.split('/')
  for (let depth = parts.length - 1; depth > 0; depth--) {
    const folder = parts.slice(0, depth).join('/')
    if (folder in ALLOWED) return folder
  }
  return parts[0] ?? ''
}

/** The target of an import: a file of the project, or a package. */
function targetOf(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return normalize(join(dirname(file), specifier)).replaceAll('\\', '/')
  const [scope, name] = specifier.split('/')
  return scope?.startsWith('@') ? `${scope}/${name}` : (scope ?? '')
}

function importsOf(file: string): string[] {
  const source = readFileSync(join(ROOT, file), 'utf8')
  return [...source.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, specifier]) => specifier ?? '')
}

function isAllowed(file: string, specifier: string): boolean {
  const from = folderOf(file)
  const target = targetOf(file, specifier)
  const to = specifier.startsWith('.') ? folderOf(target) : target
  return (
    to === from ||
    (ALLOWED[from] ?? []).some(
      (name) =>
        name === to ||
        (WHOLE.has(name) && to.startsWith(`${name}/`)) ||
        (name.endsWith('/*') && to.startsWith(name.slice(0, -1))),
    )
  )
}

/**
 * The groups of files that import each other in a cycle: strongly connected components (R. Tarjan, 1972).
 */
function cyclesIn(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = []
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const visit = (file: string): void => {
    index.set(file, index.size)
    low.set(file, index.get(file) ?? 0)
    stack.push(file)
    for (const next of graph.get(file) ?? []) {
      if (!index.has(next)) visit(next)
      else if (!stack.includes(next)) continue
      low.set(file, Math.min(low.get(file) ?? 0, low.get(next) ?? 0))
    }
    if (low.get(file) !== index.get(file)) return
    const cycle = stack.splice(stack.indexOf(file))
    if (cycle.length > 1) cycles.push(cycle.sort())
  }
  for (const file of graph.keys()) if (!index.has(file)) visit(file)
  return cycles
}

describe('imports', () => {
  it.each(PRODUCT)('of %s are in the map', (folder) => {
    const files = sources(folder)
    expect(files.length).toBeGreaterThan(2)
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((specifier) => !isAllowed(file, specifier))
        .map((specifier) => `${file} imports ${specifier}`),
    )
    expect(wrong).toEqual([])
  })

  it('have no cycles, not even of types', () => {
    const files = [...PRODUCT, 'dev', 'verify', 'test'].flatMap(sources)
    const known = new Set(files)
    const graph = new Map(
      files.map((file) => [
        file,
        importsOf(file)
          .map((specifier) => targetOf(file, specifier))
          .filter((target) => known.has(target)),
      ]),
    )
    expect(cyclesIn(graph)).toEqual([])
  })

  it('are detected by these checks', () => {
    expect(importsOf('core/authority/authority.ts')).toContain('../text/transform.ts')
    expect(isAllowed('core/model/x.ts', '../../client/index.ts')).toBe(false)
    expect(isAllowed('core/text/x.ts', '../authority/authority.ts')).toBe(false)
    expect(isAllowed('core/model/x.ts', 'node:fs')).toBe(false)
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['a', 'd']],
      ['d', []],
    ])
    expect(cyclesIn(graph)).toEqual([['a', 'b', 'c']])
  })
})

describe('files', () => {
  it('have 300 lines at most, or say in their first lines why they are longer', () => {
    const tooLong = PRODUCT.flatMap(sources).filter((file) => {
      const source = readFileSync(join(ROOT, file), 'utf8')
      const [opening = ''] = source.split('*/')
      return source.split('\n').length > 301 && !/Long because/.test(opening)
    })
    expect(tooLong).toEqual([])
  })
})

describe('folders', () => {
  it('hold sixteen files at most', () => {
    const counts = new Map<string, number>()
    for (const file of PRODUCT.flatMap(sources))
      counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
    expect([...counts].filter(([, count]) => count > 16)).toEqual([])
  })
})

describe('the core', () => {
  it('uses no clock, randomness or timers', () => {
    const impure = sources('core').filter((file) => IMPURE.test(readFileSync(join(ROOT, file), 'utf8')))
    expect(impure).toEqual([])
  })
})
