/**
 * The performance bars: for each, the value of one round, which is a figure or the ratio of two figures of
 * that round. Judged by judge.ts.
 */

import type { Figures } from './load/job.ts'
import type { SystemName } from './systems.ts'

/** Figures of one round by scenario and system; `-` is the system if none takes part. */
export type Round = Readonly<Record<string, Readonly<Record<string, Figures>>>>

/** NaN if it was not measured. */
type Value = (round: Round) => number

export interface Bar {
  readonly row: string
  readonly label: string
  readonly sense: '≥' | '≤'
  readonly bar: number
  readonly unit: string
  readonly value: Value
}

const PEERS: readonly SystemName[] = ['sharedb', 'hocuspocus', 'y-partyserver']

const figure =
  (scenario: string, system: SystemName | '-', name: string): Value =>
  (round) =>
    round[scenario]?.[system]?.[name] ?? Number.NaN

const over =
  (above: Value, below: Value): Value =>
  (round) =>
    above(round) / below(round)

/** The least of several values; NaN unless all were measured. */
const least =
  (values: readonly Value[]): Value =>
  (round) =>
    Math.min(...values.map((value) => value(round)))

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

type Most = readonly [label: string, bar: number, unit: string, value: Value]

/** Bars of a scenario that are not to be exceeded. */
const atMost = (row: string, bars: readonly Most[]): Bar[] =>
  bars.map(([label, bar, unit, value]) => ({ row, label, sense: '≤', bar, unit, value }))

const own = (scenario: string, name: string): Value => figure(scenario, 'edgeroom', name)
const overRow = (scenario: string, name: string): Value =>
  over(own(scenario, name), figure(scenario, 'row', name))
const openCpu = (system: SystemName) => figure('open32', system, 'cpuMsPerOp')
const cheapestPeer = least(PEERS.map(openCpu))
const project = (name: string) => figure('project', 'edgeroom-database', name)
const joinMs = (system: SystemName) => figure('join', system, 'joinMs')

export const BARS: readonly Bar[] = [
  ...atMost('32 people × 10 ops/s', [
    ['CPU per op over relay + row’s', 0.5, '×', over(openCpu('edgeroom'), openCpu('row'))],
    ['CPU per op over the cheapest peer’s', 0.9, '×', over(openCpu('edgeroom'), cheapestPeer)],
    ['the same with a 33 ms window', 0.7, '×', over(openCpu('edgeroom-33'), cheapestPeer)],
    ['p50 to the others', 12, 'ms', own('open32', 'receiptP50')],
    ['p99 to the others', 30, 'ms', own('open32', 'receiptP99')],
  ]),
  ...atMost('3 people × 5 ops/s', [
    ['p50 to the others over relay + row’s', 1.1, '×', overRow('open3', 'receiptP50')],
    ['p99 to the others over relay + row’s', 1.1, '×', overRow('open3', 'receiptP99')],
  ]),
  ...against('closed loop against the limit', 'limit', { 1: 0.9, 8: 0.85, 32: 0.85, 128: 0.85 }),
  ...against('against relay + row', 'row', { 1: 0.7 }),
  ...against('against Hocuspocus', 'hocuspocus', { 8: 0.55, 32: 0.9, 128: 1.6 }),
  ...against('against ShareDB', 'sharedb', { 8: 2.7, 32: 8, 128: 35 }),
  ...against('against y-partyserver', 'y-partyserver', { 8: 1.4, 32: 8, 128: 35 }),
  {
    row: '8 programs in a closed loop beside 8 people × 2 ops/s',
    label: 'ops/s over those without any window',
    sense: '≥',
    bar: 0.9,
    unit: '×',
    value: over(own('programs', 'opsPerS'), figure('programs', 'edgeroom-0', 'opsPerS')),
  },
  ...atMost('200 editors, 30 ops/s in all', [
    ['p99 to the others over relay + row’s', 1, '×', overRow('editors200', 'receiptP99')],
    ['CPU per op over relay + row’s', 0.6, '×', overRow('editors200', 'cpuMsPerOp')],
  ]),
  ...atMost('2,000 viewers, 5 editors typing', [
    ['dropped', 0, '', own('viewers2000', 'dropped')],
    ['p99 to the others', 150, 'ms', own('viewers2000', 'receiptP99')],
  ]),
  ...atMost('an op on a 1 MB file', [
    ['CPU over a 1 kB file', 1.5, '×', figure('size', 'edgeroom-large', 'ratio')],
  ]),
  ...atMost('an op in a room with 5,000 files', [['CPU over one file', 1.2, '×', own('files', 'ratio')]]),
  ...atMost('an op with 1,000,000 ops behind it', [['CPU over a new room', 1.2, '×', own('past', 'ratio')]]),
  ...atMost('1,000 rooms of 3 people typing', [
    [
      'CPU per op over one room’s',
      1.2,
      '×',
      over(own('rooms1000', 'cpuMsPerOp'), own('open3', 'cpuMsPerOp')),
    ],
  ]),
  ...atMost('5 editors × 3 ops/s, rows per 1,000 ops', [
    ['by default', 1050, '', figure('rows', 'edgeroom-rows', 'rowsPer1000')],
    ['with a 250 ms interval', 300, '', figure('rows', 'edgeroom-250', 'rowsPer1000')],
    ['with a 600 ms interval', 165, '', figure('rows', 'edgeroom-600', 'rowsPer1000')],
  ]),
  ...atMost('late join of a file made by 20,000 edits', [
    ['bytes over its text', 1.1, '×', own('join', 'bytesOverText')],
    ['time over ShareDB’s', 1, '×', over(joinMs('edgeroom'), joinMs('sharedb'))],
    ['time over Hocuspocus’s', 0.2, '×', over(joinMs('edgeroom'), joinMs('hocuspocus'))],
    ['time over y-partyserver’s', 0.2, '×', over(joinMs('edgeroom'), joinMs('y-partyserver'))],
  ]),
  ...atMost('a project of 1,000 files, 20 MB', [
    ['list and first file', 50, 'ms', project('joinMs')],
    ['list and first file, object not in memory', 50, 'ms', project('firstJoinMs')],
    ['bytes over all texts', 0.05, '×', project('bytesShare')],
    ['memory above an empty room, 10 open', 32, 'MB', project('mbAboveEmpty')],
  ]),
  ...atMost('a hibernated room with a 1 MB file', [
    ['first ack', 15, 'ms', figure('waking', 'edgeroom-database', 'firstAckMs')],
  ]),
  ...atMost('memory of a live room of 10 kB', [['resident memory', 330, 'kB', own('memory', 'kbPerRoom')]]),
  {
    row: 'real traces through the authority',
    label: 'edits',
    sense: '≥',
    bar: 200_000,
    unit: '/s',
    value: figure('traces', '-', 'editsPerS'),
  },
  ...atMost('what a page loads first', [
    ['SDK with the OT code', 12, 'kB gzip', figure('sizes', '-', 'sdkKb')],
    ['CodeMirror binding', 4, 'kB gzip more', figure('sizes', '-', 'codemirrorKb')],
  ]),
]
