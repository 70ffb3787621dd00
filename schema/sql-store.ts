/**
 * The FileStore over Postgres, whatever the driver: which statements make up a call, and what their rows mean for the
 * caller. Knows the order of things; the SQL is in flush-statements.ts and load-statements.ts, sending it is the driver's.
 */

import { checkBatch } from './flush-check.ts'
import { type FlushPart, flushParts } from './flush-parts.ts'
import { flushStatements, TEXT_MISSING } from './flush-statements.ts'
import {
  commitsOf,
  commitsStatement,
  commitsWithStatement,
  roomOf,
  roomStatements,
  textsOf,
  textsStatement,
} from './load-statements.ts'
import type { Rows, Transact } from './statement.ts'
import { type FileStore, StoreError } from './store.ts'

/** The store whose statements `transact` runs. */
export function sqlStore(transact: Transact): FileStore {
  return {
    load: async (room) => roomOf(room, await transact('read', roomStatements(room))),

    async texts(room, files) {
      if (files.length === 0) return new Map()
      const [rows = []] = await transact('read', [textsStatement(room, files)])
      return textsOf(rows)
    },

    async commits(room, after, upTo, mostBytes) {
      if (upTo <= after) return []
      const [rows = []] = await transact('read', [commitsStatement(room, after, upTo, mostBytes)])
      return commitsOf(rows)
    },

    async commitsWith(type, room, before, most) {
      const [rows = []] = await transact('read', [commitsWithStatement(type, room, before, most)])
      return commitsOf(rows).reverse()
    },

    async flush(batch) {
      checkBatch(batch)
      for (const part of flushParts(batch)) {
        const [stored] = (await write(part)).at(-1) ?? []
        if (stored?.epoch !== batch.epoch) {
          throw new StoreError('conflict', 'another room is stored under this name')
        }
        // What is newer stays newer: the other parts would change nothing either.
        if (Number(stored.seq) > batch.seq) return
      }
    },
  }

  async function write(part: FlushPart): Promise<readonly Rows[]> {
    try {
      return await transact('write', flushStatements(part))
    } catch (error) {
      const leavesTextOut = part.files.some((file) => file.text === null)
      if (leavesTextOut && error instanceof StoreError && error.sqlstate === TEXT_MISSING) {
        throw new StoreError('refused', 'a file comes without its text, and none is stored', {
          sqlstate: error.sqlstate,
        })
      }
      throw error
    }
  }
}
