/**
 * The systems: how each server is started, and what it guarantees. Which adapter speaks to it is in
 * adapters/registry.ts: what reads results must not need the packages of the other systems.
 */

export interface System {
  readonly title: string
  /** File in servers/. */
  readonly server: string
  /** Environment variables of Edgeroom. */
  readonly vars?: Readonly<Record<string, string>>
  readonly hasDatabase?: boolean
  /** What an ack of an op means. */
  readonly ack: string
  /** Whether an acked op is on disk. */
  readonly isDurable: boolean
  /** Whether concurrent edits of one text are all kept. */
  readonly isMerged: boolean
}

const EDGEROOM = {
  server: 'edgeroom.ts',
  ack: 'its commit is on disk',
  isDurable: true,
  isMerged: true,
} as const

const RELAY = { server: 'relay.ts', isMerged: false } as const

export const SYSTEMS = {
  edgeroom: { ...EDGEROOM, title: 'Edgeroom' },
  'edgeroom-33': {
    ...EDGEROOM,
    title: 'Edgeroom, COMMIT_INTERVAL_MS=33',
    vars: { COMMIT_INTERVAL_MS: '33' },
  },
  'edgeroom-0': {
    ...EDGEROOM,
    title: 'Edgeroom without any window: COMMIT_INTERVAL_MS=0',
    vars: { COMMIT_INTERVAL_MS: '0' },
  },
  'edgeroom-rows': {
    ...EDGEROOM,
    title: 'Edgeroom with a database, rows counted',
    vars: { BENCH_ROWS: '1' },
    hasDatabase: true,
  },
  'edgeroom-250': {
    ...EDGEROOM,
    title: 'the same, COMMIT_INTERVAL_MS=250',
    vars: { COMMIT_INTERVAL_MS: '250', BENCH_ROWS: '1' },
    hasDatabase: true,
  },
  'edgeroom-600': {
    ...EDGEROOM,
    title: 'the same, COMMIT_INTERVAL_MS=600',
    vars: { COMMIT_INTERVAL_MS: '600', BENCH_ROWS: '1' },
    hasDatabase: true,
  },
  'edgeroom-large': {
    ...EDGEROOM,
    title: 'Edgeroom, MAX_FILE_BYTES=4194304',
    vars: { MAX_FILE_BYTES: '4194304' },
  },
  'edgeroom-database': { ...EDGEROOM, title: 'Edgeroom with a database', hasDatabase: true },
  relay: {
    ...RELAY,
    title: 'relay: a bare Durable Object, no state',
    ack: 'it was sent on',
    isDurable: false,
  },
  row: {
    ...RELAY,
    title: 'relay + row: one SQLite row per op',
    ack: 'its row is on disk',
    isDurable: true,
  },
  limit: {
    ...RELAY,
    title: 'the limit: relay + row, one row and one frame per loop turn',
    ack: 'its row is on disk',
    isDurable: true,
  },
  sharedb: {
    title: 'ShareDB 7, ot-text-unicode',
    server: 'sharedb.ts',
    ack: 'it is in memory, merged',
    isDurable: false,
    isMerged: true,
  },
  hocuspocus: {
    title: 'Hocuspocus 4',
    server: 'hocuspocus.ts',
    ack: 'it is in memory, merged',
    isDurable: false,
    isMerged: true,
  },
  'y-partyserver': {
    title: 'y-partyserver 2 on workerd',
    server: 'y-partyserver.ts',
    ack: 'no ack; its echo: in memory, merged',
    isDurable: false,
    isMerged: true,
  },
  socketio: {
    title: 'socket.io, the whole file per key',
    server: 'socketio.ts',
    ack: 'the file is in memory, until the next one replaces it',
    isDurable: false,
    isMerged: false,
  },
} as const satisfies Readonly<Record<string, System>>

export type SystemName = keyof typeof SYSTEMS

export const systemOf = (name: SystemName): System => SYSTEMS[name]
