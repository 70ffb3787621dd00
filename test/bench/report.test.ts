/** What is made of the results of a run: its tables, the chart, and the pages that show them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Round } from '../../bench/bars.ts'
import { chartOf, ticksOf } from '../../bench/report/chart.ts'
import { resultsOf } from '../../bench/report/results.ts'
import { closedTable, markdownOf } from '../../bench/report/tables.ts'
import { chartDataOf, filled, sectionsOf, wrapped } from '../../bench/report/write.ts'

const ROOT = join(import.meta.dirname, '../..')
const CLIENTS = [1, 8, 32, 128]
const NAMES = ['edgeroom', 'limit', 'sharedb']

/** A round in which everything is slower by this factor. */
const roundOf = (slower: number): Round =>
  Object.fromEntries(
    CLIENTS.map((clients) => [
      `closed${clients}`,
      Object.fromEntries(
        NAMES.map((name, i) => [
          name,
          { opsPerS: 8000 / (slower * (i + 1)), cpuMsPerOp: 0.1 * slower * (i + 1), lost: 0 },
        ]),
      ),
    ]),
  )

const resultsOfRounds = (...each: readonly Round[]) =>
  resultsOf({ at: '2026-11-27T10:00:00Z', isQuick: false, machine: '2 × A & B <CPU>, 8 GB', each })

const results = resultsOfRounds(roundOf(1), roundOf(1.25), roundOf(1.1))

describe('the tables', () => {
  it('give each figure with its spread', () => {
    expect(results.estimates.closed8?.edgeroom?.cpuMsPerOp).toEqual({
      median: 0.1 * 1.1,
      spread: { low: 0.1, high: 0.1 * 1.25 },
    })
    expect(closedTable('cpuMsPerOp', results.estimates)).toMatch(
      /\| Edgeroom +\| its commit is on disk.* 0\.11 ±14 % \|/,
    )
  })

  it('say what an ack means beside every system', () => {
    const rows = closedTable('opsPerS', results.estimates).split('\n').slice(2)
    expect(rows.map((row) => row.split('|')[2]?.trim())).toEqual([
      'its commit is on disk',
      'its row is on disk',
      'it is in memory, merged',
    ])
  })

  it('have no spread with fewer than three rounds, and say so', () => {
    const markdown = markdownOf(resultsOfRounds(roundOf(1)))
    expect(markdown).not.toContain('±')
    expect(markdown).toContain('no bar is decided')
    expect(markdown).not.toContain('**does not hold**')
  })
})

describe('the chart', () => {
  const chart = chartOf(chartDataOf(results))

  it('has a line and a legend with the meaning of an ack for every system', () => {
    expect(chart.match(/class="line s\d( own)?" d="M[\d.]+ [\d.]+( L[\d.]+ [\d.]+){3}"/g)).toHaveLength(6)
    for (const ack of ['its commit is on disk', 'its row is on disk', 'it is in memory, merged'])
      expect(chart).toContain(`>${ack}</text>`)
  })

  it('shows the spread of each point, and none without one', () => {
    expect(chart.match(/class="spread/g)).toHaveLength(2 * NAMES.length * CLIENTS.length)
    expect(chartOf(chartDataOf(resultsOfRounds(roundOf(1))))).not.toContain('class="spread')
  })

  it('puts less CPU lower and more ops higher', () => {
    const heights = (left: (x: number) => boolean, line: number) =>
      [...chart.matchAll(/class="point s(\d)" cx="([\d.]+)" cy="([\d.]+)"/g)]
        .filter(([, of, x, y]) => Number(of) === line && left(Number(x)) && Number(y) < 420)
        .map(([, , , y]) => Number(y))
    const isLeft = (x: number) => x < 480
    expect(Math.max(...heights(isLeft, 2))).toBeLessThan(Math.min(...heights(isLeft, 0)))
    expect(Math.max(...heights((x) => !isLeft(x), 0))).toBeLessThan(
      Math.min(...heights((x) => !isLeft(x), 2)),
    )
  })

  it('leaves out a point that was not measured, and survives without any', () => {
    const { closed128, ...rest } = roundOf(1)
    const { edgeroom, ...others } = closed128 ?? {}
    const partial = chartOf(chartDataOf(resultsOfRounds({ ...rest, closed128: others })))
    expect(partial).not.toContain('NaN')
    expect(partial.match(/class="line s0 own" d="M[\d.]+ [\d.]+( L[\d.]+ [\d.]+){2}"/g)).toHaveLength(2)
    expect(chartOf({ caption: '', clients: [], systems: [] })).not.toMatch(/NaN|Infinity/)
  })

  it('has its own background in light and dark, and escapes what it is given', () => {
    expect(chart).toContain('<rect class="page"')
    expect(chart).toContain('@media (prefers-color-scheme: dark)')
    expect(chart).toContain('2 × A &amp; B &lt;CPU&gt;')
  })

  it('has round ticks that enclose all values', () => {
    expect(ticksOf(0.13, 4.2)).toEqual([0.1, 0.2, 0.5, 1, 2, 5])
    expect(ticksOf(200, 8000)).toEqual([200, 500, 1000, 2000, 5000, 10_000])
    expect(ticksOf(5, 5)).toEqual([5, 10])
  })
})

describe('a page', () => {
  const page = 'Before.\n<!-- bench:bars -->\nold\n<!-- /bench:bars -->\nAfter.\n'

  it('has a section replaced between its markers, and nothing else', () => {
    const once = filled(page, { bars: 'new' })
    expect(once).toBe('Before.\n<!-- bench:bars -->\n\nnew\n\n<!-- /bench:bars -->\nAfter.\n')
    expect(filled(once, { bars: 'new' })).toBe(once)
  })

  it('has prose in lines of at most 109 columns', () => {
    const lines = wrapped(`${'some words '.repeat(50)}and-one-that-is-${'very-'.repeat(30)}long end`).split(
      '\n',
    )
    expect(lines.filter((line) => line.length > 109)).toHaveLength(1)
    expect(lines.filter((line) => line.length > 100).length).toBeGreaterThan(3)
  })

  it('without the markers is an error that names them', () => {
    expect(() => filled(page, { closed: 'new' })).toThrow('<!-- bench:closed -->')
  })

  it('of the project has all markers', () => {
    const read = (name: string) => readFileSync(join(ROOT, name), 'utf8')
    const performance = filled(read('docs/performance.md'), sectionsOf(results))
    expect(performance).toContain('![CPU per op and ops per second over clients](images/benchmark.svg)')
    expect(filled(read('README.md'), { compare: 'new' })).toContain('<!-- bench:compare -->\n\nnew\n')
  })
})
