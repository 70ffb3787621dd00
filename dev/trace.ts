/**
 * A recorded editing session, as the editing-traces project publishes them: gzipped JSON, positions and lengths in
 * code points, the patches of a transaction applied in order.
 */
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'

/** At a point, so many points deleted, and text inserted. */
export type Patch = readonly [position: number, deleted: number, inserted: string]

export interface Trace {
  readonly startContent: string
  readonly endContent: string
  readonly txns: readonly { readonly patches: readonly Patch[] }[]
}

/** @throws Error when the file is not there or is no trace */
export async function readTrace(path: string): Promise<Trace> {
  const packed = await readFile(path).catch((error: Error) => {
    throw new Error(`${path} cannot be read: ${error.message}`)
  })
  const isGzip = packed[0] === 0x1f && packed[1] === 0x8b
  const trace = await parsed(isGzip ? promisify(gunzip)(packed) : packed).catch(() => null)
  if (!isTrace(trace)) throw new Error(`${path} is no trace: startContent, endContent and txns are needed`)
  return trace
}

async function parsed(content: Buffer | Promise<Buffer>): Promise<unknown> {
  return JSON.parse((await content).toString())
}

function isTrace(value: unknown): value is Trace {
  if (typeof value !== 'object' || value === null) return false
  const { startContent, endContent, txns } = value as Partial<Record<keyof Trace, unknown>>
  return typeof startContent === 'string' && typeof endContent === 'string' && Array.isArray(txns)
}
