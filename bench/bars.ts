/**
 * The performance bars. Each is judged by the median over the rounds of a figure, or of the ratio
 * of two figures within a round.
 */

import { median } from './lib/numbers.ts'
import type { Figures } from './load/job.ts'
import type { SystemName } from './systems.ts'

/** Figures of one round by scenario and system; `-` is the system if none takes part. */
export type Round = Readonly<Record<string, Readonly<Record<string, Figures>>>>

type Value = (round: Round) => number

export interface Bar {
  readonly row: string
  readonly label: string
  readonly sense: '≥' | '≤'
  readonly bar: number
  readonly unit: string
  readonly value: Value
}

export interface Verdict extends Omit<Bar, 'value'> {
  /** NaN if it was not measured. */
  readonly measured: number
  readonly holds: boolean | null
}

const figure =
  (scenario: string, system: SystemName | '-', name: string): Value =>
  (round) =>
    round[scenario]?.[system]?.[name] ?? Number.NaN

const over =
  (above: Value, below: Value): Value =>
  (round) =>
    above(round) / below(round)

const ops = (clients: number, system: SystemName): Value => figure(`closed${clients}`, system, 'opsPerS')

/** Bars for ops/s relative to another system, by number of clients. */
function against(row: string, system: SystemName, bars: Readonly<Record<number, number>>): Bar[] {
  return Object.entries(bars).map(([clients, bar]) => ({
    row,
    label: `ops/s at ${clients}`,
    sense: '≥',
    bar,
    unit: '×',
    value: over(ops(Number(clients), 'edgeroom'), ops(Number(clients), system)),
  }))
}

function most(row: string, label: string, bar: number, unit: string, value: Value): Bar {
  return { row, label, sense: '≤', bar, unit, value }
}

const LIMIT = 'closed loop against the limit'
const OPEN = '32 people × 10 ops/s'
const SAVING = 'the same with the saving settings'
const ROWS = '5 editors × 3 ops/s'
const JOIN = 'late join of a file made by 20,000 edits'
const PROJECT = 'a project of 1,000 files, 20 MB'
const opCpu = (system: SystemName) => figure('open32', system, 'cpuMsPerOp')

export const BARS: readonly Bar[] = [
  ...against(LIMIT, 'limit', { 1: 0.75, 8: 0.85, 32: 0.85, 128: 0.85 }),
  ...against('against ShareDB', 'sharedb', { 1: 1.2, 8: 4, 32: 12 }),
  ...against('against y-partyserver', 'y-partyserver', { 8: 2, 32: 7 }),
  ...against('against Hocuspocus', 'hocuspocus', { 8: 0.6, 32: 0.8, 128: 1 }),
  most(OPEN, 'p50 to the others', 2, 'ms', figure('open32', 'edgeroom', 'receiptP50')),
  most(OPEN, 'p99 to the others', 10, 'ms', figure('open32', 'edgeroom', 'receiptP99')),
  most(OPEN, 'CPU per op over relay + row', 1.2, '×', over(opCpu('edgeroom'), opCpu('row'))),
  most(SAVING, 'p50 to the others', 30, 'ms', figure('open32', 'edgeroom-saving', 'receiptP50')),
  most(SAVING, 'CPU per op over relay + row', 0.4, '×', over(opCpu('edgeroom-saving'), opCpu('row'))),
  most(SAVING, 'frames per client', 50, '/s', figure('open32', 'edgeroom-saving', 'framesPerClientPerS')),
  most(SAVING, 'rows per 1,000 ops', 150, '', figure('open32', 'edgeroom-saving', 'rowsPer1000')),
  most(ROWS, 'rows per 1,000 ops', 1050, '', figure('rows', 'edgeroom-rows', 'rowsPer1000')),
  most(ROWS, 'rows per 1,000 ops, 250 ms interval', 300, '', figure('rows', 'edgeroom-250', 'rowsPer1000')),
  most(
    '200 editors, 30 ops/s in all',
    'p99 to the others',
    25,
    'ms',
    figure('editors200', 'edgeroom', 'receiptP99'),
  ),
  most('2,000 viewers, 5 editors typing', 'dropped', 0, '', figure('viewers2000', 'edgeroom', 'dropped')),
  most(
    '2,000 viewers, 5 editors typing',
    'p99 to the others',
    250,
    'ms',
    figure('viewers2000', 'edgeroom', 'receiptP99'),
  ),
  most('an op on a 1 MB file', 'CPU over a 1 kB file', 1.5, '×', figure('size', 'edgeroom-large', 'ratio')),
  most(
    'an op in a room with 5,000 files',
    'CPU over one file',
    1.2,
    '×',
    figure('files', 'edgeroom', 'ratio'),
  ),
  most(
    'an op with 1,000,000 ops behind it',
    'CPU over a new room',
    1.2,
    '×',
    figure('past', 'edgeroom', 'ratio'),
  ),
  most(JOIN, 'bytes over its text', 1.1, '×', figure('join', 'edgeroom', 'bytesOverText')),
  most(
    JOIN,
    'time over ShareDB’s',
    3,
    '×',
    over(figure('join', 'edgeroom', 'joinMs'), figure('join', 'sharedb', 'joinMs')),
  ),
  most(
    JOIN,
    'time over Hocuspocus’s',
    0.2,
    '×',
    over(figure('join', 'edgeroom', 'joinMs'), figure('join', 'hocuspocus', 'joinMs')),
  ),
  most(
    JOIN,
    'time over y-partyserver’s',
    0.2,
    '×',
    over(figure('join', 'edgeroom', 'joinMs'), figure('join', 'y-partyserver', 'joinMs')),
  ),
  most(PROJECT, 'list and first file', 50, 'ms', figure('project', 'edgeroom-database', 'joinMs')),
  most(
    PROJECT,
    'list and first file, object not in memory',
    50,
    'ms',
    figure('project', 'edgeroom-database', 'firstJoinMs'),
  ),
  most(PROJECT, 'bytes over all texts', 0.05, '×', figure('project', 'edgeroom-database', 'bytesShare')),
  most(
    PROJECT,
    'memory above an empty room, 10 open',
    32,
    'MB',
    figure('project', 'edgeroom-database', 'mbAboveEmpty'),
  ),
  most(
    'a hibernated room with a 1 MB file',
    'first ack',
    30,
    'ms',
    figure('waking', 'edgeroom-database', 'firstAckMs'),
  ),
  most(
    'memory per live room of 10 kB',
    'over the relay’s object',
    1.3,
    '×',
    over(figure('memory', 'edgeroom', 'kbPerRoom'), figure('memory', 'relay', 'kbPerRoom')),
  ),
  {
    row: 'real traces through the authority',
    label: 'edits',
    sense: '≥',
    bar: 200_000,
    unit: '/s',
    value: figure('traces', '-', 'editsPerS'),
  },
  most('what a page loads first', 'SDK with the OT code', 12, 'kB gzip', figure('sizes', '-', 'sdkKb')),
  most(
    'what a page loads first',
    'CodeMirror binding',
    4,
    'kB gzip more',
    figure('sizes', '-', 'codemirrorKb'),
  ),
]

export function judge(rounds: readonly Round[]): Verdict[] {
  return BARS.map(({ value, ...bar }) => {
    const measured = median(rounds.map(value))
    const reaches = bar.sense === '≥' ? measured >= bar.bar : measured <= bar.bar
    return { ...bar, measured, holds: Number.isNaN(measured) ? null : reaches }
  })
}
