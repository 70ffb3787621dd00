/** What a page loads: the SDK with its OT code, and what the binding to CodeMirror adds, minified and gzipped. CodeMirror itself is the page's. */
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { rounded } from '../lib/numbers.ts'
import type { Figures } from './job.ts'

const ROOT = join(import.meta.dirname, '../..')
const SDK = "export * from './client/index.ts'\n"
const BINDING = "export * from './editors/codemirror/index.ts'\n"

export async function sizes(): Promise<Figures> {
  const sdk = await gzippedKb(SDK)
  return { sdkKb: rounded(sdk), codemirrorKb: rounded((await gzippedKb(SDK + BINDING)) - sdk) }
}

/** kB of 1,000 bytes. */
async function gzippedKb(contents: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ROOT, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    external: ['@codemirror/*'],
  })
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length / 1000
}
