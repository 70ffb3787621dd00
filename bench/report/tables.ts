/**
 * Formats the results of a run as tables: the bars and whether they hold, and each scenario with what the
 * systems guarantee.
 */
import type { Judgement, Verdict } from '../judge.ts'
import { rounded } from '../lib/numbers.ts'
import { SCENARIOS } from '../scenarios.ts'
import { type SystemName, systemOf } from '../systems.ts'
import type { Estimate, Estimates, Results } from './results.ts'

/** Table headings of the figures. */
const HEADINGS: Readonly<Record<string, string>> = {
  opsPerS: 'ops/s',
  ackP50: 'ack p50 ms',
  ackP99: 'ack p99 ms',
  receiptP50: 'to the others p50 ms',
  receiptP99: 'p99 ms',
  cpuMsPerOp: 'CPU ms/op',
  serverCpu: 'server cores',
  generatorCpu: 'generator cores',
  framesPerClientPerS: 'frames/client/s',
  cursorsPerClientPerS: 'cursors/client/s',
  rowsPer1000: 'rows/1,000 ops',
  smallCpuMsPerOp: 'CPU ms/op, the one',
  largeCpuMsPerOp: 'CPU ms/op, the other',
  joinMs: 'join ms',
  firstJoinMs: 'first join ms',
  joinBytes: 'bytes',
  bytesOverText: 'bytes/text',
  bytesShare: 'bytes/all texts',
  mbAboveEmpty: 'MB above an empty room',
  firstAckMs: 'first ack ms',
  slowestFirstAckMs: 'slowest ms',
  awakeAckMs: 'awake ms',
  kbPerRoom: 'kB/room',
  editsPerS: 'edits/s',
  sdkKb: 'SDK kB',
  sdkLaterKb: 'SDK kB, loaded later',
  codemirrorKb: 'CodeMirror binding kB',
  lost: 'acked ops lost',
}

const JUDGEMENTS: Readonly<Record<Judgement, string>> = {
  holds: 'holds',
  'does not hold': '**does not hold**',
  'not decided': 'not decided',
  'not measured': '–',
}

/** The whole report as Markdown that is also readable in a terminal. */
export function markdownOf(results: Results): string {
  return `${[
    `# Benchmark of ${results.at.slice(0, 10)}`,
    conditions(results),
    'Edgeroom and the other Workers run on workerd itself, with SQLite on disk; Edgeroom has a database only where stated. Each measurement has a fresh server and a fresh load generator, each in its own process. People who type at a rate have cursors that move with it; in closed loops nobody has a cursor.',
    '## Bars',
    `${tally(results.bars)}.`,
    barsTable(results.bars),
    ...Object.keys(results.estimates).flatMap((id) => [
      `## ${SCENARIOS[id]?.title ?? id} (\`${id}\`)`,
      scenarioTable(id, results.estimates),
    ]),
  ].join('\n\n')}\n`
}

/** On what the results were measured, and how well. */
export function conditions({ machine, each, foreignCpu, isQuick }: Results): string {
  const rounds = `${each.length} interleaved ${each.length === 1 ? 'round' : 'rounds'}`
  const spread =
    each.length < 3
      ? 'With fewer than three rounds there is no spread, and no bar is decided.'
      : '± is the distance of the spread from the median; a bar is decided only if the whole spread is on one side of it.'
  const quick = ' **A quick run: it shows that the benchmark works, its times mean nothing.**'
  return `${machine}. Medians of ${rounds}; ratios are taken within a round. ${spread} Other processes used at most ${foreignCpu} cores.${isQuick ? quick : ''}`
}

/** How many bars were judged in which way. */
export function tally(bars: readonly Verdict[]): string {
  const count = (wanted: Judgement) => bars.filter(({ judgement }) => judgement === wanted).length
  const measured = bars.length - count('not measured')
  return `${count('holds')} of ${measured} bars hold; not decided: ${count('not decided')}; does not hold: ${count('does not hold')}`
}

export function barsTable(bars: readonly Verdict[]): string {
  const rows = bars.map(({ row, label, sense, bar, unit, measured, spread, judgement }, i) => [
    bars[i - 1]?.row === row ? '' : row,
    label,
    measured === null ? 'not measured' : number(measured),
    spread === null ? '–' : `${number(spread.low)} to ${number(spread.high)}`,
    `${sense} ${number(bar)} ${unit}`.trim(),
    JUDGEMENTS[judgement],
  ])
  return table(['scenario', 'what', 'measured', 'spread', 'bar', ''], rows)
}

/** One row for each system, with all figures of the scenario. */
export function scenarioTable(id: string, estimates: Estimates): string {
  const bySystem = estimates[id] ?? {}
  const columns = (SCENARIOS[id]?.columns ?? []).filter((name) =>
    Object.values(bySystem).some((figures) => figures[name] !== undefined),
  )
  const isRace = columns.includes('opsPerS')
  const own = bySystem.edgeroom?.opsPerS?.median ?? Number.NaN
  const rows = Object.entries(bySystem).map(([system, figures]) => [
    ...(system === '-' ? ['', '', '', ''] : promises(system as SystemName)),
    ...columns.map((name) => cell(figures[name])),
    ...(isRace ? [number(own / (figures.opsPerS?.median ?? Number.NaN))] : []),
  ])
  const headings = [
    'system',
    'an ack means',
    'durable',
    'merged',
    ...columns.map((name) => HEADINGS[name] ?? name),
  ]
  return table([...headings, ...(isRace ? ['Edgeroom is ×'] : [])], rows)
}

/** One row for each system, one column for each number of clients in a closed loop. */
export function closedTable(name: string, estimates: Estimates): string {
  const closed = Object.keys(SCENARIOS).filter((id) => id.startsWith('closed') && id in estimates)
  const systems = Object.keys(estimates[closed[0] ?? ''] ?? {}) as SystemName[]
  const rows = systems.map((system) => [
    ...promises(system),
    ...closed.map((id) => cell(estimates[id]?.[system]?.[name])),
  ])
  const headings = closed.map((id) => {
    const clients = id.slice('closed'.length)
    return clients === '1' ? '1 client' : clients
  })
  return table([HEADINGS[name] ?? name, 'an ack means', 'durable', 'merged', ...headings], rows)
}

function promises(name: SystemName): string[] {
  const { title, ack, isDurable, isMerged } = systemOf(name)
  return [title, ack, isDurable ? 'yes' : 'no', isMerged ? 'yes' : 'no']
}

/** A figure with its spread. */
function cell(estimate: Estimate | undefined): string {
  if (estimate === undefined) return '–'
  const { median, spread } = estimate
  if (spread === null || spread.low === spread.high || median === 0) return number(median)
  const distance = Math.max(median - spread.low, spread.high - median) / Math.abs(median)
  return `${number(median)} ±${rounded(100 * distance, 0)} %`
}

/** Three significant digits, with thousands separators. */
export function number(value: number): string {
  if (Number.isNaN(value)) return '–'
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 1 ? 2 : 3
  return value.toLocaleString('en-US', { maximumFractionDigits: digits })
}

/** A Markdown table with aligned columns, numbers to the right. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const isNumeric = headings.map((_, i) => rows.every((row) => /^[–\d]/.test(row[i] ?? '')))
  const widths = headings.map((heading, i) =>
    Math.max(3, ...[heading, ...rows.map((row) => row[i] ?? '')].map(({ length }) => length)),
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => (isNumeric[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join(' | ')} |`
  const rule = widths.map((width, i) => (isNumeric[i] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)))
  return [
    line(headings),
    `|${rule.map((dashes) => `-${dashes}-`).join('|')}|`.replaceAll('-:-', '--:'),
    ...rows.map(line),
  ].join('\n')
}
