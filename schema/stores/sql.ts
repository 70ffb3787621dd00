/**
 * The FileStore over Postgres with any driver: which statements make up a call, and what their rows mean for
 * the caller. The SQL is in ../statements; sending it is up to the driver.
 */

import type { Rows, Statement, Transact } from '../statement.ts'
import { flushPlan, TEXT_MISSING } from '../statements/flush.ts'
import { checkedBatch } from '../statements/flush-check.ts'
import { conflict, partVerdict } from '../statements/flush-fence.ts'
import { type FlushPart, flushParts } from '../statements/flush-parts.ts'
import {
  clientOf,
  clientStatement,
  commitsOf,
  commitsStatement,
  commitsWithStatement,
  foundOf,
  markOf,
  markStatement,
  roomOf,
  roomStatements,
  textsOf,
  textsStatement,
} from '../statements/load.ts'
import { type FileStore, StoreError } from '../store.ts'

/** The store that runs its statements with `run`. */
export function sqlStore(run: Transact): FileStore {
  const transact: Transact = async (access, statements) => {
    const answers = await run(access, statements)
    if (answers.length === statements.length) return answers
    // Something other than the database answered: no rows must not be taken for "no such room".
    throw new StoreError('unavailable', 'the database gave an unexpected answer')
  }
  return {
    load: async (room) => roomOf(room, await transact('read', roomStatements(room))),

    async mark(room) {
      const [rows = []] = await transact('read', [markStatement(room)])
      return markOf(rows)
    },

    async client(room, client) {
      const [rows = []] = await transact('read', [clientStatement(room, client)])
      return clientOf(rows)
    },

    async texts(room, files) {
      if (files.length === 0) return new Map()
      const [rows = []] = await transact('read', [textsStatement(room, files)])
      return textsOf(rows)
    },

    async commits(room, after, upTo, wanted = {}) {
      if (upTo <= after) return []
      const [rows = []] = await transact('read', [commitsStatement(room, after, upTo, wanted)])
      return commitsOf(rows)
    },

    async commitsWith(type, room, before, most) {
      const [rows = []] = await transact('read', [commitsWithStatement(type, room, before, most)])
      return commitsOf(rows).reverse()
    },

    async flush(batch) {
      const skipped: string[] = []
      for (const part of flushParts(checkedBatch(batch))) {
        const { found, skipped: others, statements } = flushPlan(part)
        const answers = await write(part, statements)
        const row = foundOf(answers[found] ?? [])
        const { stored } = row
        const verdict = partVerdict(row, part)
        if (verdict === 'conflict') throw conflict(stored, batch)
        if (verdict === 'behind') return { type: 'behind', stored }
        // What is newer stays newer: the other parts would change nothing either.
        if (verdict === 'newer') break
        for (const at of others) for (const { file } of answers[at] ?? []) skipped.push(String(file))
      }
      return { type: 'written', skipped }
    },
  }

  async function write(part: FlushPart, statements: readonly Statement[]): Promise<readonly Rows[]> {
    try {
      return await transact('write', statements)
    } catch (error) {
      const leavesTextOut = part.files.some((file) => file.text === null)
      if (leavesTextOut && error instanceof StoreError && error.sqlstate === TEXT_MISSING) {
        throw new StoreError('refused', 'a file was flushed without its text, and none is stored', {
          sqlstate: error.sqlstate,
        })
      }
      throw error
    }
  }
}
