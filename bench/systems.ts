/** The systems: how each server is started, which adapter speaks to it, and what it guarantees. */
import type { Adapter } from './adapters/adapter.ts'
import { edgeroomAdapter } from './adapters/edgeroom.ts'
import { relayAdapter } from './adapters/relay.ts'
import { sharedbAdapter } from './adapters/sharedb.ts'
import { socketioAdapter } from './adapters/socketio.ts'
import { yjsAdapter } from './adapters/yjs.ts'

export interface System {
  readonly title: string
  /** File in servers/. */
  readonly server: string
  /** Environment variables of Edgeroom. */
  readonly vars?: Readonly<Record<string, string>>
  readonly hasDatabase?: boolean
  readonly adapter: (url: string) => Adapter
  /** What an ack of an op means. */
  readonly ack: string
  /** Whether an acked op is on disk. */
  readonly isDurable: boolean
  /** Whether concurrent edits of one text are all kept. */
  readonly isMerged: boolean
}

const EDGEROOM = {
  server: 'edgeroom.ts',
  adapter: edgeroomAdapter,
  ack: 'its commit is on disk',
  isDurable: true,
  isMerged: true,
} as const

const RELAY = { server: 'relay.ts', isMerged: false } as const

export const SYSTEMS = {
  edgeroom: { ...EDGEROOM, title: 'Edgeroom' },
  'edgeroom-saving': {
    ...EDGEROOM,
    title: 'Edgeroom, saving: COMMIT_INTERVAL_MS=33',
    vars: { COMMIT_INTERVAL_MS: '33', BENCH_ROWS: '1' },
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
  'edgeroom-large': {
    ...EDGEROOM,
    title: 'Edgeroom, MAX_FILE_BYTES=4194304',
    vars: { MAX_FILE_BYTES: '4194304' },
  },
  'edgeroom-database': { ...EDGEROOM, title: 'Edgeroom with a database', hasDatabase: true },
  relay: {
    ...RELAY,
    title: 'relay: a bare Durable Object, no state',
    adapter: (url: string) => relayAdapter(url, 'relay'),
    ack: 'it was sent on',
    isDurable: false,
  },
  row: {
    ...RELAY,
    title: 'relay + row: one SQLite row per message',
    adapter: (url: string) => relayAdapter(url, 'row'),
    ack: 'its row is on disk',
    isDurable: true,
  },
  limit: {
    ...RELAY,
    title: 'the limit: relay + row, one row and one frame per loop turn',
    adapter: (url: string) => relayAdapter(url, 'limit'),
    ack: 'its row is on disk',
    isDurable: true,
  },
  sharedb: {
    title: 'ShareDB 7, ot-text-unicode',
    server: 'sharedb.ts',
    adapter: sharedbAdapter,
    ack: 'it is in memory, merged',
    isDurable: false,
    isMerged: true,
  },
  hocuspocus: {
    title: 'Hocuspocus 4',
    server: 'hocuspocus.ts',
    adapter: (url: string) => yjsAdapter(url, 'hocuspocus'),
    ack: 'it is in memory, merged',
    isDurable: false,
    isMerged: true,
  },
  'y-partyserver': {
    title: 'y-partyserver 2 on workerd',
    server: 'y-partyserver.ts',
    adapter: (url: string) => yjsAdapter(url, 'y-partyserver'),
    ack: 'no ack; its echo: in memory, merged',
    isDurable: false,
    isMerged: true,
  },
  socketio: {
    title: 'socket.io, the whole file per key',
    server: 'socketio.ts',
    adapter: socketioAdapter,
    ack: 'the file is in memory, until the next one replaces it',
    isDurable: false,
    isMerged: false,
  },
} as const satisfies Readonly<Record<string, System>>

export type SystemName = keyof typeof SYSTEMS

export const systemOf = (name: SystemName): System => SYSTEMS[name]

export function adapterOf(name: string, url: string): Adapter {
  if (!Object.hasOwn(SYSTEMS, name)) throw new Error(`there is no system ${name}`)
  return systemOf(name as SystemName).adapter(url)
}
