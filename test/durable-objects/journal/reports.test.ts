import { beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_POLICY } from '../../../core/model/policy.ts'
import type { Commit } from '../../../core/protocol/messages.ts'
import { Journal } from '../../../durable-objects/journal/journal.ts'
import { JOURNAL_STEPS, migrateJournal } from '../../../durable-objects/journal/migrations.ts'
import type { Sql } from '../../../durable-objects/journal/sql.ts'
import { openSqlite } from '../../../verify/sim/world/sqlite.ts'

const MEBI = 1024 * 1024

let sql: Sql
let journal: Journal

beforeEach(() => {
  sql = openSqlite()
  journal = new Journal(sql)
  journal.create('room', 'epoch', 0, DEFAULT_POLICY, 'writer')
})

const reports = () => new Journal(sql).reports.all()

function append(seq: number, sums: Record<string, number>, text = ''): void {
  const changes = Object.keys(sums).map((file) => ({ type: 'edit', file, op: [text] }) as const)
  const entries = [{ client: 'client-1', n: seq, user: 'u', changes }]
  const commit: Commit = { type: 'commit', seq, at: 0, entries, sums }
  journal.append({ commit, blobs: new Map() }, JSON.stringify(commit))
}

describe('[D4] reports of desyncs', () => {
  it('survive hibernation, oldest first, whatever their size', () => {
    const large = JSON.stringify('🦊'.repeat(MEBI / 2))
    journal.reports.add('ann', '"one"')
    journal.reports.add('ben', large)
    expect(reports()).toEqual(['"one"', large])
    const rows = sql.exec('SELECT length(CAST(body AS BLOB)) AS bytes FROM desyncs').toArray()
    expect(rows.every(({ bytes }) => Number(bytes) < 2_000_000)).toBe(true)
  })

  it('are never more than twenty: the oldest is deleted', () => {
    for (let i = 0; i < 30; i++) journal.reports.add('ann', String(i))
    expect(reports()).toEqual(Array.from({ length: 20 }, (_, i) => String(i + 10)))
  })

  it('never take more than 4 Mi units', () => {
    for (let i = 0; i < 8; i++) journal.reports.add('ann', `${i}`.repeat(MEBI - 1))
    expect(reports().map((body) => body[0])).toEqual(['4', '5', '6', '7'])
  })

  it('are not displaced by another user’s junk', () => {
    journal.reports.add('ann', '"true"')
    for (let i = 0; i < 30; i++) journal.reports.add('junk', `"${'j'.repeat(MEBI / 2)}"`)
    for (let i = 0; i < 30; i++) journal.reports.add('junk', '"small"')
    journal.reports.add('ben', '"true as well"')
    expect(reports()).toEqual(expect.arrayContaining(['"true"', '"true as well"']))
    expect(reports()).toHaveLength(20)
  })

  it('can be stored by an object from before reports existed', () => {
    const older = openSqlite()
    migrateJournal(older, JOURNAL_STEPS.slice(0, 2))
    older.exec("INSERT INTO meta (key, value) VALUES ('room', 'r'), ('epoch', 'e')")
    const { reports } = new Journal(older)
    reports.add('ann', '"new"')
    expect(reports.all()).toEqual(['"new"'])
  })
})

describe('the checksum that a text had before a commit', () => {
  it('is that of the last earlier commit that changed it', () => {
    append(1, { f: 11, g: 12 })
    append(2, { f: 21 })
    append(3, { g: 32 }, 'which speaks of "f":99 and \\"f\\":99')
    append(4, { f: 41 })
    expect(journal.reports.sumBefore('f', 4)).toBe(21)
    expect(journal.reports.sumBefore('f', 2)).toBe(11)
    expect(journal.reports.sumBefore('g', 4)).toBe(32)
  })

  it('is unknown if no available commit has it', () => {
    append(1, { f: 11 })
    expect(journal.reports.sumBefore('f', 1)).toBeNull()
    expect(journal.reports.sumBefore('other', 9)).toBeNull()
  })
})
