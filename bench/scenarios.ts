/**
 * The scenarios: what is measured, with which systems, for how long. The bars are in bars.ts. One round takes
 * about eight and a half minutes on a quiet machine with two cores.
 */
import type { Job } from './load/job.ts'
import type { SystemName } from './systems.ts'

type Params = Job['params']

export interface Scenario {
  readonly title: string
  readonly load: string
  /** Empty if no server takes part. */
  readonly systems: readonly SystemName[]
  /** Whether the systems are measured at the same time: for what does not depend on speed. */
  readonly isTogether?: boolean
  readonly params: Params
  /** Overrides for a quick run; null if it omits the scenario. */
  readonly quick: Params | null
  /** Figures shown in the tables. */
  readonly columns: readonly string[]
}

const ALL: readonly SystemName[] = [
  'edgeroom',
  'limit',
  'row',
  'relay',
  'sharedb',
  'hocuspocus',
  'y-partyserver',
  'socketio',
]

const CLOSED_COLUMNS = ['opsPerS', 'ackP50', 'ackP99', 'cpuMsPerOp', 'serverCpu', 'generatorCpu', 'lost']
const OPEN_COLUMNS = [
  'receiptP50',
  'receiptP99',
  'cpuMsPerOp',
  'framesPerClientPerS',
  'cursorsPerClientPerS',
  'dropped',
  'lost',
]
const COST_COLUMNS = ['smallCpuMsPerOp', 'largeCpuMsPerOp', 'ratio', 'lost']
const BRIEF = { warmup: 0.2, secs: 0.5 }

/** Nobody has a cursor: what is measured is how many ops a system can merge and send on. */
const closed = (clients: number, quick: Params | null): Scenario => ({
  title: `closed loop, ${clients} ${clients === 1 ? 'client' : 'clients'} in one 10 kB file`,
  load: 'typing',
  systems: ALL,
  params: { clients, warmup: 1, secs: 2 },
  quick,
  columns: CLOSED_COLUMNS,
})

const cost = (
  title: string,
  systems: readonly SystemName[],
  params: Params,
  quick: Params | null,
): Scenario => ({
  title,
  load: 'cost',
  systems,
  params: { secs: 0.8, ...params },
  quick: quick && { secs: 0.2, ...quick },
  columns: COST_COLUMNS,
})

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  closed1: closed(1, null),
  closed8: closed(8, BRIEF),
  closed32: closed(32, null),
  closed128: closed(128, null),
  open32: {
    title: '32 people × 10 ops/s',
    load: 'typing',
    systems: ['edgeroom', 'edgeroom-33', 'row', 'sharedb', 'hocuspocus', 'y-partyserver'],
    params: { clients: 32, rate: 10, warmup: 1.5, secs: 6 },
    quick: BRIEF,
    columns: OPEN_COLUMNS,
  },
  open3: {
    title: '3 people × 5 ops/s',
    load: 'typing',
    systems: ['edgeroom', 'row'],
    params: { clients: 3, rate: 5, warmup: 1.5, secs: 10 },
    quick: null,
    columns: OPEN_COLUMNS,
  },
  programs: {
    title: '8 programs in a closed loop beside 8 people × 2 ops/s',
    load: 'typing',
    systems: ['edgeroom', 'edgeroom-0'],
    params: { clients: 8, programs: 8, rate: 2, warmup: 1.5, secs: 4 },
    quick: BRIEF,
    columns: ['opsPerS', ...OPEN_COLUMNS],
  },
  rows: {
    title: '5 editors × 3 ops/s: rows written',
    load: 'typing',
    systems: ['edgeroom-rows', 'edgeroom-250', 'edgeroom-600'],
    isTogether: true,
    // As long as the room may wait with a flush, so that it has one.
    params: { clients: 5, rate: 3, warmup: 1.5, secs: 30 },
    quick: { warmup: 0.3, secs: 3 },
    columns: ['rowsPer1000', 'framesPerClientPerS', 'cursorsPerClientPerS', 'lost'],
  },
  editors200: {
    title: '200 editors, 30 ops/s in all',
    load: 'typing',
    systems: ['edgeroom', 'row'],
    params: { clients: 200, rate: 0.15, warmup: 1.5, secs: 8 },
    quick: { clients: 40, rate: 1, ...BRIEF },
    columns: OPEN_COLUMNS,
  },
  viewers2000: {
    title: '2,000 viewers, 5 editors × 3 ops/s',
    load: 'typing',
    systems: ['edgeroom'],
    params: { clients: 5, viewers: 2000, rate: 3, warmup: 1.5, secs: 8 },
    quick: { viewers: 100, ...BRIEF },
    columns: OPEN_COLUMNS,
  },
  rooms1000: {
    title: '1,000 rooms of 3 people, 1,500 ops/s in all',
    load: 'typing',
    systems: ['edgeroom'],
    params: { rooms: 1000, clients: 3, rate: 0.5, warmup: 2, secs: 8 },
    quick: { rooms: 20, ...BRIEF },
    columns: OPEN_COLUMNS,
  },
  size: cost(
    'an op on a 1 MB file over one on a 1 kB file',
    ['edgeroom-large'],
    { smallBytes: 1000, largeBytes: 1_048_576 },
    null,
  ),
  files: cost(
    'an op in a room with 5,000 files over one in a room with one file',
    ['edgeroom'],
    { smallBytes: 1000, largeBytes: 1000, files: 5000 },
    { files: 500 },
  ),
  past: cost(
    'an op in a room with 1,000,000 ops behind it over one in a new room',
    ['edgeroom'],
    { smallBytes: 10_000, largeBytes: 10_000, past: 1_000_000 },
    { past: 10_000 },
  ),
  join: {
    title: 'late join of a file made by 20,000 single edits',
    load: 'joining',
    systems: ['edgeroom', 'sharedb', 'hocuspocus', 'y-partyserver'],
    params: { edits: 20_000, joins: 20 },
    quick: { edits: 1000, joins: 3 },
    columns: ['joinMs', 'firstJoinMs', 'joinBytes', 'bytesOverText', 'lost'],
  },
  project: {
    title: 'a project of 1,000 files, 20 MB, on a restarted server',
    load: 'project',
    systems: ['edgeroom-database'],
    params: { files: 1000, fileBytes: 20_000 },
    quick: { files: 100, fileBytes: 2000 },
    columns: ['joinMs', 'firstJoinMs', 'bytesShare', 'mbAboveEmpty', 'lost'],
  },
  waking: {
    title: 'first ack of a hibernated room with a 1 MB file',
    load: 'waking',
    systems: ['edgeroom-database'],
    params: { rooms: 8, bytes: 1_000_000 },
    quick: { rooms: 2 },
    columns: ['firstAckMs', 'slowestFirstAckMs', 'awakeAckMs', 'rooms', 'lost'],
  },
  memory: {
    title: 'memory of a live room of 10 kB with one client',
    load: 'memory',
    systems: ['edgeroom', 'relay', 'sharedb', 'hocuspocus', 'y-partyserver'],
    isTogether: true,
    params: { rooms: 200 },
    quick: { rooms: 16, looks: 2 },
    columns: ['kbPerRoom', 'lost'],
  },
  traces: {
    title: 'real traces through the authority alone',
    load: 'traces',
    systems: [],
    params: { times: 1 },
    quick: { times: 1 },
    columns: ['editsPerS', 'traces', 'lost'],
  },
  sizes: {
    title: 'what a page loads, gzipped',
    load: 'sizes',
    systems: [],
    params: {},
    quick: {},
    columns: ['sdkKb', 'sdkLaterKb', 'codemirrorKb'],
  },
}
