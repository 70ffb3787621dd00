/** Every statement of a store uses an index if the tables hold many rooms, according to Postgres's plans. */

import { beforeAll, describe, expect, it } from 'vitest'
import type { Statement } from '../../../schema/statement.ts'
import { flushPlan } from '../../../schema/statements/flush.ts'
import { flushParts } from '../../../schema/statements/flush-parts.ts'
import {
  clientStatement,
  commitsStatement,
  commitsWithStatement,
  markStatement,
  roomStatements,
  textsStatement,
} from '../../../schema/statements/load.ts'
import type { FlushBatch } from '../../../schema/store.ts'
import type { TestDatabase } from '../../support/servers/postgres.ts'
import { batchOf, clientOf, commitOf, fileOf } from './samples.ts'

/** Rooms, and rows of each kind per room: enough to make a table scan cost more than an index. */
const ROOMS = 2000
const ROWS = 10

const FILL = [
  `insert into rooms select 'many-' || r, 'first', 5, now() from generate_series(1, ${ROOMS}) r`,
  `insert into files select 'many-' || r, 'f' || n, 'p' || n, 'text', n from generate_series(1, ${ROOMS}) r, generate_series(1, ${ROWS}) n`,
  `insert into commits select 'many-' || r, n, now(), '{}' from generate_series(1, ${ROOMS}) r, generate_series(1, ${ROWS}) n`,
  `insert into clients select 'many-' || r, 'c' || n, 'ann', n, n from generate_series(1, ${ROOMS}) r, generate_series(1, ${ROWS}) n`,
  'analyze',
]

/** Declares the suite for a database whose tables it fills. */
export function describeIndexes(database: () => TestDatabase): void {
  describe('uses an index', () => {
    const room = 'many-1000'

    beforeAll(async () => {
      for (const sql of FILL) await database().query(sql)
    }, 60_000)

    async function expectIndexes(statement: Statement | undefined, ...indexes: string[]): Promise<void> {
      const { sql, params } = statement ?? expect.unreachable('there is no such statement')
      const rows = await database().query<{ 'QUERY PLAN': string }>(`explain ${sql}`, params)
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
      expect(plan).not.toContain('Seq Scan')
      for (const index of indexes) expect(plan).toContain(index)
    }

    it('to load a room', async () => {
      const [row, list, last] = roomStatements(room)
      await expectIndexes(row, 'rooms_pkey')
      await expectIndexes(list, 'files_')
      await expectIndexes(last, 'clients_pkey')
    })

    it('to read the mark of a room', async () => {
      await expectIndexes(markStatement(room), 'rooms_pkey')
    })

    it('to look up a client', async () => {
      await expectIndexes(clientStatement(room, 'c1'), 'clients_pkey')
    })

    it('to take a room over', async () => {
      const takes = { epoch: 'first', writer: null }
      const [part] = flushParts(batchOf(room, 6, { base: 5, takes, cleans: true }))
      const { statements } = flushPlan(part ?? expect.unreachable('a batch has a part'))
      for (const statement of statements) await expectIndexes(statement, '_pkey')
    })

    it('to read texts, one or many', async () => {
      await expectIndexes(textsStatement(room, ['f1']), 'files_pkey')
      const many = Array.from({ length: 500 }, (_, at) => `f${at}`)
      await expectIndexes(textsStatement(room, many), 'files_')
    })

    it('to read the archive', async () => {
      await expectIndexes(commitsStatement(room, 3, 8, {}), 'commits_pkey')
      await expectIndexes(commitsStatement(room, 3, 8, { blobs: false, bytes: 9 }), 'commits_pkey')
    })

    it('to read chat messages', async () => {
      await expectIndexes(commitsWithStatement('chat', room, 8, 50), 'commits_chat')
    })

    it('to read removals', async () => {
      await expectIndexes(commitsWithStatement('remove', room, 8, 50), 'commits_remove')
    })

    it.each<[string, Partial<FlushBatch>]>([
      ['files', { files: [fileOf('f1', 6), fileOf('new', 6)] }],
      [
        'files without their texts',
        { files: [fileOf('f1', 6, { text: null }), fileOf('f2', 6, { text: null })] },
      ],
      ['removals', { removed: ['f1', 'f2', 'nowhere'] }],
      ['moves', { moved: [fileOf('f1', 5), fileOf('f2', 5)] }],
      ['commits', { commits: [commitOf(11), commitOf(12)] }],
      ['clients', { clients: [clientOf('c1', 11, 6), clientOf('new', 1, 6)], forgetsBefore: 9 }],
    ])('to flush %s', async (_, rows) => {
      const [part] = flushParts(batchOf(room, 6, { base: 5, ...rows }))
      const { statements } = flushPlan(part ?? expect.unreachable('a batch has a part'))
      expect(statements.length).toBeGreaterThan(2)
      for (const statement of statements) await expectIndexes(statement, '_pkey')
    })

    it('to flush a part that is not the last', async () => {
      const [part] = flushParts(batchOf(room, 6, { base: 5, files: [fileOf('f1', 6)] }))
      const { statements } = flushPlan({
        ...(part ?? expect.unreachable('a batch has a part')),
        last: false,
      })
      for (const statement of statements) await expectIndexes(statement, '_pkey')
    })
  })
}
