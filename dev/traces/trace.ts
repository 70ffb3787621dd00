/**
 * A recorded editing session in the format of editing-traces: gzipped JSON, positions and lengths in
 * code points, the patches of a transaction applied in order. For sessions of several people at
 * once, see concurrent-trace.ts.
 */
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { type ConcurrentTrace, concurrentTraceOf, isConcurrent } from './concurrent-trace.ts'
import { isPatch, type Patch } from './patch.ts'

export interface Trace {
  readonly startContent: string
  readonly endContent: string
  readonly txns: readonly { readonly patches: readonly Patch[] }[]
}

/** @throws Error if the file does not exist or is not a sequential trace */
export async function readTrace(path: string): Promise<Trace> {
  const trace = await readAnyTrace(path)
  if ('agents' in trace) throw new Error(`${path} is a concurrent trace; a sequential one is needed`)
  return trace
}

/** @throws Error if the file does not exist or is not a trace */
export async function readAnyTrace(path: string): Promise<Trace | ConcurrentTrace> {
  const packed = await readFile(path).catch((error: Error) => {
    throw new Error(`Cannot read ${path}: ${error.message}`)
  })
  const isGzip = packed[0] === 0x1f && packed[1] === 0x8b
  const trace = await parsed(isGzip ? promisify(gunzip)(packed) : packed).catch(() => null)
  try {
    if (isConcurrent(trace)) return concurrentTraceOf(trace)
    if (isTrace(trace)) return trace
  } catch (error) {
    throw new Error(`${path} is not a trace: ${(error as Error).message}`)
  }
  throw new Error(`${path} is not a trace: startContent, endContent and txns are needed`)
}

async function parsed(content: Buffer | Promise<Buffer>): Promise<unknown> {
  return JSON.parse((await content).toString())
}

function isTrace(value: unknown): value is Trace {
  if (typeof value !== 'object' || value === null) return false
  const { startContent, endContent, txns } = value as Partial<Record<keyof Trace, unknown>>
  if (typeof startContent !== 'string' || typeof endContent !== 'string' || !Array.isArray(txns)) return false
  txns.forEach(({ patches } = {}, index) => {
    if (!Array.isArray(patches) || !patches.every(isPatch))
      throw new Error(`transaction ${index} has missing or invalid patches`)
  })
  return true
}
