/**
 * `npm run desync -- <reports.json>`: replays desync reports, and prints where client and room
 * diverged. The file is the response of `GET /api/rooms/<room>/desyncs`, or one report from it. Exits
 * with 1 if a report cannot be explained.
 */
import { readFile } from 'node:fs/promises'
import type { DesyncReport } from '../core/model/desync-report.ts'
import { explainDesync } from '../core/model/explain-desync.ts'
import { command } from './cli/command.ts'
import { firstDifference } from './traces/difference.ts'

const SPEC = {
  name: 'npm run desync',
  about: 'Replays desync reports, and prints where client and room diverged.',
  options: {},
  takes: {
    name: '<reports.json>',
    about: 'the response of GET /api/rooms/<room>/desyncs, or one report from it',
    least: 1,
    most: 1,
  },
} as const

await command(SPEC, async (_, [path = '']) => {
  const reports = await readReports(path)
  const clear = reports.map(print)
  if (reports.length === 0) console.log('no desyncs were reported')
  return clear.every(Boolean) ? 0 : 1
})

async function readReports(path: string): Promise<DesyncReport[]> {
  const wanted = `give ${SPEC.takes.about}`
  const content = await readFile(path, 'utf8').catch((error: Error) => {
    throw new Error(`Cannot read ${path}: ${error.message}; ${wanted}.`)
  })
  const value = jsonOf(content)
  const reports: unknown = isObject(value) && 'desyncs' in value ? value.desyncs : [value]
  if (Array.isArray(reports) && reports.every((report) => isObject(report) && isObject(report.said)))
    return reports
  throw new Error(`${path} has no desync reports; ${wanted}.`)
}

function jsonOf(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return null
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** Prints a report. @returns whether it was reproduced and its cause found */
function print(report: DesyncReport): boolean {
  const { said, path, room, client, at } = report
  const { cause, message, op, expected, found, isReproduced } = explainDesync(report)
  console.log(`${new Date(at).toISOString()} room ${room}, ${path ?? said.file}, client ${client}: ${cause}`)
  console.log(`  ${message}`)
  if (op !== null) console.log(`  log:    ${JSON.stringify(op.log)}\n  client: ${JSON.stringify(op.client)}`)
  const difference = expected === null || found === null ? null : firstDifference(expected, found)
  if (difference !== null) console.log(`  the text ${difference}`)
  console.log(`  ${isReproduced ? 'reproduced' : 'NOT reproduced'}: the client's checksum ${said.sum}`)
  return isReproduced && cause !== 'unknown'
}
