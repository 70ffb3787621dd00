/**
 * A FileStore in memory, for simulators and tests. It has the same contract as the Postgres store, checked
 * by the same suite: a part of a flush is all or nothing, and nothing is written if the row is not what the
 * flush expects.
 */

import { checkedBatch } from '../statements/flush-check.ts'
import { conflict, type FoundRow, partVerdict } from '../statements/flush-fence.ts'
import { type FlushPart, flushParts } from '../statements/flush-parts.ts'
import {
  CLIENTS_AT_LOAD,
  type FileStore,
  type Gap,
  type StoredClient,
  type StoredCommit,
  type StoredFileInfo,
  type StoredRoom,
  StoreError,
} from '../store.ts'

interface Row {
  epoch: string
  readonly createdAt: number
  seq: number
  writer: string | null
  parts: number
  lineage: readonly string[]
  gaps: readonly Gap[]
  setAside: number
  policy: StoredRoom['policy']
  readonly files: Map<string, StoredFileInfo & { readonly text: string }>
  /** With when they were stored, Unix ms. */
  readonly clients: Map<string, StoredClient & { readonly storedAt: number }>
  readonly commits: Map<number, StoredCommit>
}

export interface MemoryStoreOptions {
  /** Clients loaded with a room; default: as from Postgres. */
  readonly clientsAtLoad?: number
  /** UTF-16 units of a part of a flush; default: as in Postgres. */
  readonly partUnits?: number
  /** Called before each part of a flush but the first; if it throws, the flush stops there. */
  readonly betweenParts?: () => void
}

/** A store with additional operations for its owner. */
export interface MemoryStore extends FileStore {
  /** Takes a snapshot; the returned function restores it. */
  snapshot(): () => void
  /** Deletes a room with all of its rows. */
  lose(room: string): void
}

/** An empty store. Nothing is shared with the caller: rows are copied in and out. */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  const { partUnits, betweenParts = () => {}, clientsAtLoad = CLIENTS_AT_LOAD } = options
  let rows = new Map<string, Row>()

  function newRow({ epoch, createdAt, writer, policy }: FlushPart): Row {
    const none = {
      seq: 0,
      parts: 0,
      lineage: [],
      gaps: [],
      setAside: 0,
      files: new Map(),
      clients: new Map(),
      commits: new Map(),
    }
    return { epoch, createdAt, writer, policy, ...none }
  }

  /**
   * Writes a part, all or nothing. Returns the row as it was found, and the files of the part whose stored
   * revision differs.
   */
  function write(part: FlushPart): { readonly found: FoundRow; readonly skipped: string[] } {
    const known = rows.get(part.room)
    const row = known ?? (part.base === 0 && part.number === 0 ? newRow(part) : undefined)
    const stored = row === undefined ? null : { epoch: row.epoch, seq: row.seq, writer: row.writer }
    const found = { stored, parts: row?.parts ?? 0 }
    if (row === undefined || partVerdict(found, part) !== 'write') return { found, skipped: [] }
    if (part.files.some(({ file, text }) => text === null && !row.files.has(file))) {
      throw new StoreError('refused', 'a file was flushed without its text, and none is stored')
    }
    rows.set(part.room, row)
    if (part.number === 0 && (part.cleans || (part.takes !== null && row.writer !== part.writer))) clean(row)
    // A delayed flush may predate a loss of data in the database that a later flush with the same seq has
    // repaired.
    const knowsLess = row.seq === part.seq && part.base < row.seq && row.writer === part.writer
    row.epoch = part.epoch
    row.writer = part.writer
    row.lineage = [...part.lineage]
    row.parts = part.last ? 0 : part.number + 1
    for (const file of part.files) {
      const stored = row.files.get(file.file)
      if (stored !== undefined && stored.revision >= file.revision) continue
      const text = file.text ?? stored?.text
      if (text !== undefined) row.files.set(file.file, { ...file, text })
    }
    for (const file of part.removed) row.files.delete(file)
    for (const { file, path, revision } of part.moved) {
      const stored = row.files.get(file)
      if (stored?.revision === revision) row.files.set(file, { ...stored, path })
    }
    for (const commit of part.commits) {
      if (!row.commits.has(commit.seq)) row.commits.set(commit.seq, structuredClone(commit))
    }
    const storedAt = Date.now()
    if (part.last && part.forgetsBefore !== null)
      for (const [client, stored] of [...row.clients])
        if (stored.storedAt < part.forgetsBefore) row.clients.delete(client)
    for (const client of part.clients) {
      const stored = row.clients.get(client.client)
      if (stored === undefined || stored.n < client.n) row.clients.set(client.client, { ...client, storedAt })
    }
    if (part.last) {
      if (row.seq < part.seq) row.gaps = part.gaps.map((gap) => ({ ...gap }))
      row.seq = part.seq
      row.policy = structuredClone(part.policy)
      row.setAside = knowsLess ? Math.max(row.setAside, part.setAside) : part.setAside
    }
    const isOther = ({ file, revision }: StoredFileInfo) => {
      const stored = row.files.get(file)
      return stored !== undefined && stored.revision !== revision
    }
    return { found, skipped: part.files.filter(isOther).map(({ file }) => file) }
  }

  function clean(row: Row): void {
    for (const seq of [...row.commits.keys()]) if (seq > row.seq) row.commits.delete(seq)
    for (const file of [...row.files.values()])
      if (file.revision > row.seq) row.files.set(file.file, { ...file, revision: row.seq })
  }

  return {
    async load(room): Promise<StoredRoom | null> {
      const row = rows.get(room)
      if (row === undefined) return null
      const { epoch, seq, createdAt, writer } = row
      const revisions = [...row.files.values()].map(({ revision }) => revision)
      return {
        room,
        epoch,
        seq,
        writer,
        lineage: [...row.lineage],
        gaps: row.gaps.map((gap) => ({ ...gap })),
        setAside: row.setAside,
        lastAt: row.commits.get(seq)?.at ?? null,
        hasMore: [...row.commits.keys(), ...revisions].some((above) => above > seq),
        createdAt,
        policy: structuredClone(row.policy),
        files: [...row.files.values()].map(({ file, path, revision, text }) => {
          return { file, path, revision, bytes: new TextEncoder().encode(text).length }
        }),
        clients: [...row.clients.values()].slice(0, clientsAtLoad).map(clientOf),
        hasMoreClients: row.clients.size > clientsAtLoad,
      }
    },

    async client(room, client) {
      const stored = rows.get(room)?.clients.get(client)
      return stored === undefined ? null : clientOf(stored)
    },

    async mark(room) {
      const row = rows.get(room)
      return row === undefined ? null : { epoch: row.epoch, seq: row.seq, writer: row.writer }
    },

    async texts(room, files) {
      const found = new Map<string, { revision: number; text: string }>()
      for (const file of files) {
        const stored = rows.get(room)?.files.get(file)
        if (stored !== undefined) found.set(file, { revision: stored.revision, text: stored.text })
      }
      return found
    },

    async commits(room, after, upTo, { blobs = true, bytes = Number.POSITIVE_INFINITY } = {}) {
      const run = [...(rows.get(room)?.commits.values() ?? [])]
        .filter(({ seq }) => after < seq && seq <= upTo)
        .sort((left, right) => left.seq - right.seq)
        .map((commit) => structuredClone(blobs ? commit : { ...commit, blobs: null }))
      const texts = run.flatMap(({ body, blobs }) => [body, blobs === null ? '' : JSON.stringify(blobs)])
      return new TextEncoder().encode(texts.join('')).length > bytes ? [] : run
    },

    async commitsWith(type, room, before, most) {
      return [...(rows.get(room)?.commits.values() ?? [])]
        .filter(({ seq, body }) => seq < before && body.includes(`"type":"${type}"`))
        .sort((left, right) => left.seq - right.seq)
        .slice(-most)
        .map((commit) => structuredClone(commit))
    },

    async flush(batch) {
      const skipped: string[] = []
      for (const part of flushParts(checkedBatch(batch), partUnits)) {
        if (part.number > 0) betweenParts()
        const { found, skipped: others } = write(part)
        const verdict = partVerdict(found, part)
        if (verdict === 'conflict') throw conflict(found.stored, batch)
        if (verdict === 'behind') return { type: 'behind', stored: found.stored }
        if (verdict === 'newer') break
        skipped.push(...others)
      }
      return { type: 'written', skipped }
    },

    snapshot() {
      const copy = structuredClone(rows)
      return () => {
        rows = structuredClone(copy)
      }
    },

    lose(room) {
      rows.delete(room)
    },
  }
}

function clientOf({ client, user, n, seq }: StoredClient): StoredClient {
  return { client, user, n, seq }
}
