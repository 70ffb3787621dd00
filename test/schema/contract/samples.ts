/** Sample rows and batches, and a dump of a room through the store's interface. */

import type {
  FileStore,
  FlushBatch,
  StoredClient,
  StoredCommit,
  StoredFile,
  StoredRoom,
} from '../../../schema/store.ts'

export const CREATED_AT = 1_763_699_999_123

/** Beyond every seq. */
export const ALL = Number.MAX_SAFE_INTEGER

/** A batch with only a seq, plus `more`. */
export function batchOf(room: string, seq: number, more: Partial<FlushBatch> = {}): FlushBatch {
  return {
    room,
    epoch: 'first',
    seq,
    base: 0,
    writer: 'writer',
    takes: null,
    lineage: [],
    gaps: [],
    setAside: 0,
    cleans: false,
    isWhole: true,
    createdAt: CREATED_AT,
    policy: null,
    files: [],
    removed: [],
    moved: [],
    commits: [],
    clients: [],
    forgetsBefore: null,
    ...more,
  }
}

export function fileOf(file: string, revision: number, more: Partial<StoredFile> = {}): StoredFile {
  return { file, path: `${file}.txt`, revision, text: `text of ${file} at ${revision}`, ...more }
}

export function commitOf(seq: number, more: Partial<StoredCommit> = {}): StoredCommit {
  return { seq, at: CREATED_AT + seq, body: `{"seq":${seq}}`, blobs: null, ...more }
}

export function clientOf(client: string, n: number, seq: number): StoredClient {
  return { client, user: 'ann', n, seq }
}

/** A room with its texts and its archive. */
export interface WholeRoom extends Omit<StoredRoom, 'files'> {
  readonly files: readonly StoredFile[]
  readonly commits: readonly StoredCommit[]
}

/** Everything stored of a room, with files and clients sorted by id, which a store does not guarantee. */
export async function wholeRoom(store: FileStore, room: string): Promise<WholeRoom | null> {
  const loaded = await store.load(room)
  if (loaded === null) return null
  const ids = loaded.files.map(({ file }) => file)
  const texts = await store.texts(room, ids)
  return {
    ...loaded,
    files: loaded.files
      .map(({ bytes: _, ...row }) => ({ ...row, text: texts.get(row.file)?.text ?? null }))
      .sort(by(({ file }) => file)),
    clients: [...loaded.clients].sort(by(({ client }) => client)),
    commits: await store.commits(room, 0, ALL),
  }
}

function by<Row>(key: (row: Row) => string): (left: Row, right: Row) => number {
  return (left, right) => (key(left) < key(right) ? -1 : 1)
}
