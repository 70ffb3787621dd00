/**
 * `npm run desync -- <reports.json>`: does over what reports of desyncs tell of, and says where client and room parted. The file
 * is the answer of `GET /api/rooms/<room>/desyncs`, or one report of it. Ends with exit code 1 when one does not explain itself.
 */
import { readFile } from 'node:fs/promises'
import type { DesyncReport } from '../core/room/desync-report.ts'
import { explainDesync } from '../core/room/explain-desync.ts'
import { firstDifference } from './difference.ts'

const USAGE = 'usage: npm run desync -- <reports.json>'

async function main(): Promise<number> {
  const [path, ...rest] = process.argv.slice(2)
  if (path === undefined || rest.length > 0) {
    console.error(USAGE)
    return 2
  }
  const reports = reportsOf(JSON.parse(await readFile(path, 'utf8')))
  const clear = reports.map(tell)
  if (reports.length === 0) console.log('no desync was reported')
  return clear.every(Boolean) ? 0 : 1
}

function reportsOf(value: { desyncs?: DesyncReport[] } | DesyncReport): DesyncReport[] {
  return 'desyncs' in value ? (value.desyncs ?? []) : [value as DesyncReport]
}

/** Answers whether the report holds all that it takes. */
function tell(report: DesyncReport): boolean {
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

process.exitCode = await main()
