/**
 * A FileStore in memory, for simulators and tests. It keeps the very contract of the Postgres store, which the same
 * suite checks: one flush is all or nothing, and an older one changes nothing.
 */

import { checkBatch } from './flush-check.ts'
import {
  type FileStore,
  type FlushBatch,
  type StoredClient,
  type StoredCommit,
  type StoredFileInfo,
  type StoredRoom,
  StoreError,
} from './store.ts'

interface Row {
  readonly epoch: string
  readonly createdAt: number
  seq: number
  policy: StoredRoom['policy']
  readonly files: Map<string, StoredFileInfo & { readonly text: string }>
  readonly clients: Map<string, StoredClient>
  readonly commits: Map<number, StoredCommit>
}

/** An empty store. Nothing is shared with the caller: what goes in and comes out is copied row by row. */
export function memoryStore(): FileStore {
  const rows = new Map<string, Row>()

  function flushInto(row: Row, batch: FlushBatch): void {
    row.seq = batch.seq
    row.policy = structuredClone(batch.policy)
    for (const file of batch.files) {
      const stored = row.files.get(file.file)
      if (stored !== undefined && stored.revision >= file.revision) continue
      const text = file.text ?? stored?.text
      if (text !== undefined) row.files.set(file.file, { ...file, text })
    }
    for (const file of batch.removed) row.files.delete(file)
    for (const commit of batch.commits) {
      if (!row.commits.has(commit.seq)) row.commits.set(commit.seq, structuredClone(commit))
    }
    for (const client of batch.clients) {
      const stored = row.clients.get(client.client)
      if (stored === undefined || stored.n < client.n) row.clients.set(client.client, { ...client })
    }
  }

  return {
    async load(room): Promise<StoredRoom | null> {
      const row = rows.get(room)
      if (row === undefined) return null
      return {
        room,
        epoch: row.epoch,
        seq: row.seq,
        createdAt: row.createdAt,
        policy: structuredClone(row.policy),
        files: [...row.files.values()].map(({ file, path, revision, text }) => {
          return { file, path, revision, bytes: new TextEncoder().encode(text).length }
        }),
        clients: [...row.clients.values()].map((client) => ({ ...client })),
      }
    },

    async texts(room, files) {
      const found = new Map<string, string>()
      for (const file of files) {
        const stored = rows.get(room)?.files.get(file)
        if (stored !== undefined) found.set(file, stored.text)
      }
      return found
    },

    async commits(room, after, upTo, mostBytes = Number.POSITIVE_INFINITY) {
      const range = [...(rows.get(room)?.commits.values() ?? [])].filter(
        ({ seq }) => after < seq && seq <= upTo,
      )
      const texts = range.flatMap(({ body, blobs }) => [body, blobs === null ? '' : JSON.stringify(blobs)])
      if (new TextEncoder().encode(texts.join('')).length > mostBytes) return []
      return range.sort((left, right) => left.seq - right.seq).map((commit) => structuredClone(commit))
    },

    async commitsWith(type, room, before, most) {
      return [...(rows.get(room)?.commits.values() ?? [])]
        .filter(({ seq, body }) => seq < before && body.includes(`"type":"${type}"`))
        .sort((left, right) => left.seq - right.seq)
        .slice(-most)
        .map((commit) => structuredClone(commit))
    },

    async flush(batch): Promise<void> {
      checkBatch(batch)
      const stored = rows.get(batch.room)
      if (stored !== undefined && stored.epoch !== batch.epoch) {
        throw new StoreError('conflict', 'another room is stored under this name')
      }
      if (stored !== undefined && stored.seq > batch.seq) return
      const row = stored ?? {
        epoch: batch.epoch,
        createdAt: batch.createdAt,
        seq: batch.seq,
        policy: null,
        files: new Map(),
        clients: new Map(),
        commits: new Map(),
      }
      if (batch.files.some(({ file, text }) => text === null && !row.files.has(file))) {
        throw new StoreError('refused', 'a file comes without its text, and none is stored')
      }
      flushInto(row, batch)
      rows.set(batch.room, row)
    },
  }
}
