/**
 * Writes the results of a full run into the project's documentation: the tables of docs/performance.md,
 * between their markers, and the chart, which the README shows as well.
 */
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { withSection } from '../../dev/docs/section.ts'
import { SCENARIOS } from '../scenarios.ts'
import { type SystemName, systemOf } from '../systems.ts'
import { type ChartData, chartOf } from './chart.ts'
import { type Measured, type Results, resultsOf } from './results.ts'
import { barsTable, closedTable, conditions, scenarioTable, tally } from './tables.ts'

const ROOT = join(import.meta.dirname, '../..')
const CHART = 'docs/images/benchmark.svg'
const CHART_ALT = 'CPU per op and ops per second over clients'
const TYPING =
  '32 people who each type 10 letters a second, whatever the server does, with cursors that move with it:'
const COLUMNS = 109

/** @param path the results.json of a full run. @throws Error if there is none */
export async function writeDocs(path: string): Promise<number> {
  if (!existsSync(path)) throw new Error(`There is no ${path}: make a full run first, npm run bench`)
  const results = resultsOf(JSON.parse(await readFile(path, 'utf8')) as Measured)
  const chart = join(ROOT, CHART)
  await mkdir(dirname(chart), { recursive: true })
  await writeFile(chart, chartOf(chartDataOf(results)))
  await fill('docs/performance.md', sectionsOf(results))
  await fill('README.md', { compare: `${imageOf(CHART)}\n\n${tally(results.bars)}.` })
  console.log(
    `Wrote docs/performance.md, README.md and ${CHART}, from the run of ${results.at.slice(0, 10)}.`,
  )
  return 0
}

/** What goes between the markers of docs/performance.md, by their names. */
export function sectionsOf(results: Results): Record<string, string> {
  const { bars, estimates } = results
  return {
    conditions: wrapped(conditions(results)),
    chart: imageOf('images/benchmark.svg'),
    closed: [closedTable('opsPerS', estimates), closedTable('cpuMsPerOp', estimates)].join('\n\n'),
    typing: `${TYPING}\n\n${scenarioTable('open32', estimates)}`,
    bars: `${tally(bars)}.\n\n${barsTable(bars)}`,
  }
}

/** Prose in lines of the width that the pages have. */
export function wrapped(prose: string): string {
  const lines: string[] = []
  for (const word of prose.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`
    if (lines.length > 0 && longer.length <= COLUMNS) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines.join('\n')
}

/**
 * Replaces what is between `<!-- bench:name -->` and `<!-- /bench:name -->`.
 * @throws Error unless the page has both markers once
 */
export function filled(page: string, sections: Readonly<Record<string, string>>): string {
  return Object.entries(sections).reduce(
    (text, [name, section]) =>
      withSection(text, 'The page', `<!-- bench:${name} -->`, `<!-- /bench:${name} -->`, section),
    page,
  )
}

export function chartDataOf({ at, machine, each, estimates }: Results): ChartData {
  const closed = Object.keys(SCENARIOS).filter((id) => id.startsWith('closed') && id in estimates)
  const names = Object.keys(estimates[closed[0] ?? ''] ?? {}) as SystemName[]
  const spread = each.length < 3 ? '' : '; a vertical line is the spread'
  return {
    caption: `Medians of ${each.length} ${each.length === 1 ? 'round' : 'rounds'}${spread}. ${machine.split(',')[0]}, ${at.slice(0, 10)}`,
    clients: closed.map((id) => Number(id.slice('closed'.length))),
    systems: names.map((name) => {
      const { title, ack, isDurable, isMerged } = systemOf(name)
      const values = (figure: string) => closed.map((id) => estimates[id]?.[name]?.[figure])
      return {
        name: title.split(/[:,]| on /)[0] ?? title,
        ack,
        isDurable,
        isMerged,
        cpuMsPerOp: values('cpuMsPerOp'),
        opsPerS: values('opsPerS'),
      }
    }),
  }
}

async function fill(page: string, sections: Readonly<Record<string, string>>): Promise<void> {
  const path = join(ROOT, page)
  await writeFile(path, filled(await readFile(path, 'utf8'), sections))
}

const imageOf = (path: string): string => `![${CHART_ALT}](${path})`
