/**
 * Formats the results of a run as tables: the bars and whether they hold, and each scenario
 * with what the systems guarantee.
 */
import { cpus, release, totalmem } from 'node:os'
import { judge, type Round, type Verdict } from './bars.ts'
import { median, rounded } from './lib/numbers.ts'
import type { Figures } from './load/job.ts'
import { SCENARIOS } from './scenarios.ts'
import { SYSTEMS, type SystemName, systemOf } from './systems.ts'

export interface Results {
  readonly at: string
  readonly isQuick: boolean
  readonly machine: string
  readonly rounds: number
  /** Maximum number of cores used by other processes during a measurement. */
  readonly foreignCpu: number
  readonly bars: readonly Verdict[]
  readonly medians: Round
  readonly each: readonly Round[]
}

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

export function resultsOf(rounds: readonly Round[], isQuick: boolean, at: string): Results {
  const foreign = rounds.flatMap((round) => figuresOf(round).map(({ foreignCpu = 0 }) => foreignCpu))
  return {
    at,
    isQuick,
    machine: `${cpus().length} × ${cpus()[0]?.model ?? '?'}, ${rounded(totalmem() / 2 ** 30, 0)} GB, Linux ${release()}, Node ${process.version}`,
    rounds: rounds.length,
    foreignCpu: Math.max(0, ...foreign),
    bars: judge(rounds),
    medians: mediansOf(rounds),
    each: rounds,
  }
}

/** The whole report as Markdown that is also readable in a terminal. */
export function markdownOf(results: Results): string {
  return `${[
    `# Benchmark of ${results.at.slice(0, 10)}`,
    `${results.machine}. Medians of ${results.rounds} interleaved ${results.rounds === 1 ? 'round' : 'rounds'}; ratios are taken within a round. Other processes used at most ${results.foreignCpu} cores.${results.isQuick ? ' **A quick run: it shows that the benchmark works, its times mean nothing.**' : ''}`,
    'Edgeroom and the other Workers run on workerd itself, with SQLite on disk; Edgeroom has a database only where stated. Each measurement has a fresh server and a fresh load generator, each in its own process.',
    '## Bars',
    barsTable(results.bars),
    ...Object.entries(results.medians).flatMap(([id, bySystem]) => [
      `## ${SCENARIOS[id]?.title ?? id} (\`${id}\`)`,
      scenarioTable(id, bySystem),
    ]),
  ].join('\n\n')}\n`
}

function barsTable(bars: readonly Verdict[]): string {
  const rows = bars.map(({ row, label, sense, bar, unit, measured, holds }) => [
    row,
    label,
    holds === null ? 'not measured' : number(measured),
    `${sense} ${number(bar)} ${unit}`.trim(),
    holds === null ? '–' : holds ? 'holds' : '**does not hold**',
  ])
  return table(['scenario', 'what', 'measured', 'bar', ''], rows)
}

function scenarioTable(id: string, bySystem: Readonly<Record<string, Figures>>): string {
  const columns = (SCENARIOS[id]?.columns ?? []).filter((name) =>
    Object.values(bySystem).some((figures) => figures[name] !== undefined),
  )
  const isRace = columns.includes('opsPerS')
  const own = bySystem.edgeroom?.opsPerS ?? Number.NaN
  const rows = Object.entries(bySystem).map(([system, figures]) => [
    ...(system === '-' ? ['', '', '', ''] : promises(system as SystemName)),
    ...columns.map((name) => number(figures[name] ?? Number.NaN)),
    ...(isRace ? [number(own / (figures.opsPerS ?? Number.NaN))] : []),
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

function promises(name: SystemName): string[] {
  const { title, ack, isDurable, isMerged } = systemOf(name)
  return [title, ack, isDurable ? 'yes' : 'no', isMerged ? 'yes' : 'no']
}

function mediansOf(rounds: readonly Round[]): Round {
  const medians: Record<string, Record<string, Figures>> = {}
  for (const id of Object.keys(SCENARIOS)) {
    for (const system of [...Object.keys(SYSTEMS), '-']) {
      const all = rounds.map((round) => round[id]?.[system]).filter((figures) => figures !== undefined)
      if (all.length === 0) continue
      const names = new Set(all.flatMap((figures) => Object.keys(figures)))
      const found = [...names].map((name) => [
        name,
        median(all.map((figures) => figures[name] ?? Number.NaN)),
      ])
      medians[id] ??= {}
      medians[id][system] = Object.fromEntries(found)
    }
  }
  return medians
}

function figuresOf(round: Round): Figures[] {
  return Object.values(round).flatMap((bySystem) => Object.values(bySystem))
}

/** Three significant digits, with thousands separators. */
function number(value: number): string {
  if (Number.isNaN(value)) return '–'
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 1 ? 2 : 3
  return value.toLocaleString('en-US', { maximumFractionDigits: digits })
}

/** A Markdown table with aligned columns, numbers to the right. */
function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
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
