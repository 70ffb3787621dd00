/**
 * The size of what a page loads: the SDK with its OT code, and what the CodeMirror binding adds, minified,
 * each file gzipped. `first` is what a static import loads before it runs, `later` what the SDK imports on
 * demand. CodeMirror itself is not counted.
 */
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { rounded } from '../lib/numbers.ts'
import type { Figures } from './job.ts'

const ROOT = join(import.meta.dirname, '../..')
const SDK = "export * from './client/index.ts'\n"
const BINDING = "export * from './editors/codemirror/index.ts'\n"

/** Sizes in kB of 1,000 bytes. */
interface Size {
  readonly first: number
  readonly later: number
}

export async function sizes(): Promise<Figures> {
  const sdk = await sizeOf(SDK)
  const both = await sizeOf(SDK + BINDING)
  return {
    sdkKb: rounded(sdk.first),
    sdkLaterKb: rounded(sdk.later),
    codemirrorKb: rounded(both.first - sdk.first),
  }
}

async function sizeOf(contents: string): Promise<Size> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: ROOT, loader: 'ts' },
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    metafile: true,
    outdir: ROOT,
    format: 'esm',
    target: 'es2022',
    external: ['@codemirror/*'],
  })
  const kbByName = new Map<string, number>()
  for (const { path, contents } of outputFiles)
    kbByName.set(basename(path), gzipSync(contents, { level: 9 }).length / 1000)
  const first = new Set<string>()
  const load = (output: string): void => {
    if (first.has(basename(output))) return
    first.add(basename(output))
    for (const { path, kind, external } of metafile.outputs[output]?.imports ?? [])
      if (kind === 'import-statement' && external !== true) load(path)
  }
  for (const [output, { entryPoint }] of Object.entries(metafile.outputs))
    if (entryPoint === '<stdin>') load(output)
  const sum = (isFirst: boolean): number =>
    [...kbByName].reduce((kb, [name, size]) => (first.has(name) === isFirst ? kb + size : kb), 0)
  return { first: sum(true), later: sum(false) }
}
