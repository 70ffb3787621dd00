import { beforeEach, describe, expect, it } from 'vitest'
import { Authority } from '../../../core/authority/authority.ts'
import { DEFAULT_POLICY } from '../../../core/model/policy.ts'
import { DEFAULT_LIMITS } from '../../../core/protocol/limits.ts'
import type { Change } from '../../../core/protocol/messages.ts'
import { chunksOf } from '../../../core/text/chunks.ts'
import { Journal } from '../../../durable-objects/journal/journal.ts'
import { JOURNAL_STEPS, migrateJournal } from '../../../durable-objects/journal/migrations.ts'
import type { Sql } from '../../../durable-objects/journal/sql.ts'
import { memoryStore } from '../../../schema/stores/memory.ts'
import { openSqlite } from '../../../verify/sim/world/sqlite.ts'
import { seeded } from '../../support/seeded.ts'

/** A journal and its authority, as in the object. */
class Harness {
  readonly sql: Sql
  readonly journal: Journal
  readonly authority: Authority
  #n = 0

  constructor(sql: Sql = openSqlite()) {
    this.sql = sql
    this.journal = new Journal(sql)
    if (!this.journal.isRoom) this.journal.create('room', 'epoch', 5, DEFAULT_POLICY, 'writer')
    this.authority = new Authority(this.journal.load(), this.journal.past(), {
      ...DEFAULT_LIMITS,
      fileBytes: 4_000_000,
    })
  }

  commit(...changes: Change[]): string {
    const base = this.authority.state.seq
    const author = {
      client: `client-${++this.#n}-${base}`,
      user: 'user',
      name: 'User',
      role: 'owner' as const,
    }
    const outcome = this.authority.submit(author, { type: 'submit', n: 1, base, changes }, 1_000)
    if (outcome.type !== 'accepted') throw new Error(JSON.stringify(outcome))
    const sealed = this.authority.seal(1_000 + base)
    const body = JSON.stringify(sealed.commit)
    this.journal.append(sealed, body)
    return body
  }

  checkpoint(): void {
    this.journal.checkpoint(this.authority.state, (work) => work())
  }

  /** What the object would know after hibernation. */
  reopen(): Harness {
    return new Harness(this.sql)
  }

  get texts(): Record<string, string> {
    const files = [...this.authority.state.files.values()]
    return Object.fromEntries(files.map((file) => [file.path, this.authority.text(file).toString()]))
  }
}

const create = (file: string, text: string): Change => ({ type: 'create', file, path: `${file}.txt`, text })
const edit = (file: string, ...op: (number | string | { d: number })[]): Change => ({
  type: 'edit',
  file,
  op,
})

/** What has to be flushed, read completely. */
function dirty(journal: Journal, again = false) {
  const batch = journal.dirty(again)
  return batch && { ...batch, files: [...batch.files], commits: [...batch.commits] }
}

let harness: Harness
const run = seeded()

beforeEach(() => {
  harness = new Harness()
})

describe('the journal', () => {
  it('has no tables in an object without a room', () => {
    const sql = openSqlite()
    expect(new Journal(sql).isRoom).toBe(false)
    expect(sql.exec('SELECT name FROM sqlite_master').toArray()).toEqual([])
  })

  it('has the same room after hibernation: files, texts, clients and seq', () => {
    harness.commit(create('a', 'hello 🦊'), create('b', ''))
    harness.commit(edit('a', 6, '!'))
    harness.checkpoint()
    harness.commit(edit('a', { d: 1 }, 'H'))
    harness.commit({ type: 'rename', file: 'b', path: 'c.txt' })
    const again = harness.reopen()
    expect(again.journal).toMatchObject({ isRoom: true, room: 'room', epoch: 'epoch', createdAt: 5, seq: 4 })
    expect(again.texts).toEqual({ 'a.txt': 'Hello !🦊', 'c.txt': '' })
    expect(again.journal.client('client-3-2')).toEqual({ client: 'client-3-2', user: 'user', n: 1, seq: 3 })
    expect(again.journal.client('client-1-0')).toMatchObject({ n: 1, seq: 1 })
    expect(again.journal.client('nobody')).toBeNull()
  })

  it('[C3] stores each commit byte for byte', () => {
    const bodies = [harness.commit(create('a', '"\\ \u2028 é')), harness.commit(edit('a', 'x'))]
    expect(harness.reopen().journal.log.bodies(0, 2)).toEqual(bodies)
  })

  it('[S5] returns null for a range with a hole, never fewer commits', () => {
    harness.commit(create('a', ''))
    harness.commit(edit('a', 'x'))
    harness.sql.exec('DELETE FROM commits WHERE seq = 1')
    expect(harness.journal.log.bodies(0, 2)).toBeNull()
    expect(harness.journal.log.commits(0, 2)).toBeNull()
    expect(harness.journal.log.bodies(1, 2)).toHaveLength(1)
  })

  it('[C6] stores large content beside the commit, in chunks that fit a row', () => {
    const text = '🦊'.repeat(400_000)
    const body = harness.commit(create('a', text))
    expect(body.length).toBeLessThan(500)
    const sizes = harness.sql.exec('SELECT length(CAST(body AS BLOB)) AS bytes FROM blobs').toArray()
    expect(sizes.length).toBeGreaterThan(1)
    expect(sizes.every(({ bytes }) => Number(bytes) < 2_000_000)).toBe(true)
    expect(harness.reopen().texts['a.txt']).toBe(text)
    expect(harness.journal.log.blob('1-0')).toBe(text)
    expect(harness.journal.log.blob('9-9')).toBeNull()
    expect(harness.journal.log.blob('nonsense')).toBeNull()
    harness.checkpoint()
    expect(harness.reopen().texts['a.txt']).toBe(text)
  })

  it('rejects a commit that would leave a hole, and keeps its log whole', () => {
    harness.commit(create('a', 'a'))
    const next = (seq: number) => ({ type: 'commit', seq, at: 1, entries: [], sums: {} }) as const
    const append = (seq: number) => {
      const commit = next(seq)
      harness.journal.append({ commit, blobs: new Map() }, JSON.stringify(commit))
    }
    for (const seq of [0, 1, 3]) expect(() => append(seq)).toThrow('cannot follow 1')
    append(2)
    expect(harness.journal.log.bodies(0, 2)?.length).toBe(2)
  })

  it('refuses a row that the platform would refuse', () => {
    const commit = { type: 'commit', seq: 1, at: 1, entries: [], sums: {} } as const
    const append = (units: number) =>
      harness.journal.append({ commit, blobs: new Map() }, 'é'.repeat(units / 2))
    expect(() => append(2_000_002)).toThrow('too large for a row')
    expect(harness.journal.seq).toBe(0)
  })

  it('writes only what changed to a checkpoint', () => {
    harness.commit(create('a', 'a'), create('b', 'b'))
    harness.checkpoint()
    harness.sql.exec("UPDATE texts SET body = 'untouched' WHERE file = 'b'")
    harness.commit(edit('a', 'x'))
    harness.checkpoint()
    expect(harness.reopen().texts).toEqual({ 'a.txt': 'xa', 'b.txt': 'untouched' })
  })

  it('deletes a removed file, and a longer text that a shorter one replaced', () => {
    harness.commit(create('a', 'x'.repeat(1_000_000)), create('b', 'b'))
    harness.checkpoint()
    harness.commit(edit('a', { d: 999_999 }), { type: 'remove', file: 'b' })
    harness.checkpoint()
    expect(harness.reopen().texts).toEqual({ 'a.txt': 'x' })
    expect(harness.sql.exec('SELECT count(*) AS n FROM texts').toArray()).toEqual([{ n: 1 }])
  })

  it('is the same room after every hibernation of a random run', () => {
    const { random } = run
    for (let step = 0; step < 300; step++) {
      const files = [...harness.authority.state.files.values()]
      const roll = random.int(20)
      if (files.length === 0 || roll === 0) harness.commit(create(`f${step}`, random.text(40)))
      else {
        const file = random.pick(files)
        const op = random.op(harness.authority.text(file).points)
        if (roll === 1) harness.commit({ type: 'remove', file: file.file })
        else if (roll === 2) harness.commit({ type: 'rename', file: file.file, path: `p${step}` })
        else harness.commit({ type: 'edit', file: file.file, op })
      }
      if (random.chance(0.05)) harness.checkpoint()
      if (!random.chance(0.1)) continue
      const again = harness.reopen()
      expect(again.texts).toEqual(harness.texts)
      harness = again
    }
  })
})

describe('what a flush has to write', () => {
  it('is what changed after the flushed seq, and nothing else', () => {
    harness.commit(create('a', 'a'), create('b', 'b'), create('c', 'c'))
    harness.checkpoint()
    harness.journal.flushed(1)
    const body = harness.commit(edit('a', 'x'), { type: 'remove', file: 'c' })
    harness.checkpoint()
    expect(dirty(harness.journal)).toMatchObject({
      room: 'room',
      epoch: 'epoch',
      seq: 2,
      base: 1,
      writer: 'writer',
      takes: null,
      cleans: false,
      createdAt: 5,
      policy: DEFAULT_POLICY,
      files: [{ file: 'a', path: 'a.txt', revision: 2, text: 'xa' }],
      removed: ['c'],
      commits: [{ seq: 2, at: 1_001, body, blobs: null }],
      clients: [{ client: 'client-2-1', user: 'user', n: 1, seq: 2 }],
    })
  })

  it('[R4] includes the policy, which survives checkpoint and hibernation', () => {
    const owner: Change[] = [{ type: 'role', user: 'user', role: 'owner' }]
    harness.commit(...owner)
    harness.commit({ type: 'mode', mode: 'classroom' })
    expect(new Harness(harness.sql).authority.state.policy).toMatchObject({
      owner: 'user',
      mode: 'classroom',
    })
    harness.checkpoint()
    harness.commit({ type: 'access', access: 'private' })
    expect(harness.journal.dirty()?.policy).toMatchObject({
      owner: 'user',
      mode: 'classroom',
      access: 'edit',
    })
    const { policy } = new Harness(harness.sql).authority.state
    expect(policy).toMatchObject({ owner: 'user', mode: 'classroom', access: 'private' })
  })

  it('includes an edit made while the last flush was under way', () => {
    harness.commit(create('a', 'a'))
    harness.checkpoint()
    const batch = harness.journal.dirty()
    harness.commit(edit('a', 'x'))
    harness.checkpoint()
    harness.journal.flushed(batch?.seq ?? 0)
    expect(dirty(harness.journal)).toMatchObject({ seq: 2, files: [{ text: 'xa' }] })
  })

  it('is nothing when everything is flushed, also after hibernation', () => {
    harness.commit(create('a', 'a'))
    harness.checkpoint()
    harness.journal.flushed(1)
    expect(harness.reopen().journal.dirty()).toBeNull()
  })

  it('yields the same room when restored from the store', async () => {
    harness.commit(create('a', 'large '.repeat(20_000)), create('b', 'b'))
    harness.commit(edit('b', '🦊'), { type: 'rename', file: 'b', path: 'é.txt' })
    harness.checkpoint()
    const store = memoryStore()
    const batch = harness.journal.dirty()
    if (batch === null) throw new Error('nothing to flush')
    await store.flush(batch)
    const stored = await store.load('room')
    if (stored === null) throw new Error('nothing stored')
    const sql = openSqlite()
    const journal = new Journal(sql)
    journal.restore(stored, 'heir')
    expect(journal.hasText('a')).toBe(false)
    for (const [file, text] of await store.texts('room', ['a', 'b'])) journal.fetched(file, text)
    const again = new Harness(sql)
    expect(again.texts).toEqual(harness.texts)
    expect(again.journal).toMatchObject({ epoch: 'epoch', createdAt: 5, seq: 2, flushedSeq: 2 })
    expect(again.journal.client('client-2-1')).toMatchObject({ n: 1, seq: 2 })
    expect(again.journal.log.bodies(0, 2)).toBeNull()
    again.commit(edit('b', 'x'))
    expect(again.journal.seq).toBe(3)
  })
})

describe('what a message may need', () => {
  /** Statements that the journal runs during `work`. */
  function statementsOf(work: (journal: Journal) => void): string[] {
    const statements: string[] = []
    const journal = new Journal({
      exec: (statement, ...bindings) => {
        statements.push(statement)
        return harness.sql.exec(statement, ...bindings)
      },
    })
    journal.load()
    statements.length = 0
    work(journal)
    return statements
  }

  it('is whether a text is here, which reads no commits', () => {
    harness.commit(create('a', 'a'))
    harness.checkpoint()
    harness.commit(create('b', 'b'))
    for (let i = 0; i < 20; i++) harness.commit(edit('a', 'x'))
    const answers: boolean[] = []
    const statements = statementsOf((journal) => {
      for (const file of ['a', 'b', 'c']) answers.push(journal.hasText(file))
    })
    expect(answers).toEqual([true, true, false])
    expect(statements.filter((statement) => statement.includes('commits'))).toEqual([])
    harness.checkpoint()
    expect([harness.journal.hasText('b'), harness.reopen().journal.hasText('b')]).toEqual([true, true])
  })

  it('[S5] is the commits after a seq, none of which are read if they are too large', () => {
    for (let i = 0; i < 6; i++) harness.commit(create(`f${i}`, 'x'.repeat(1024 * 1024)))
    const { journal } = harness
    expect(journal.log.bytes(0, 6)).toBeGreaterThan(6 * 1024 * 1024)
    const statements = statementsOf((journal) => expect(journal.log.commits(0, 6)).toBeNull())
    expect(statements.filter((statement) => /SELECT body/.test(statement))).toEqual([])
    expect(journal.log.commits(3, 6)).toHaveLength(3)
    const lent = Array.from({ length: 6 }, (_, i) => ({
      seq: i + 1,
      at: 0,
      body: '{}',
      blobs: { x: 'x'.repeat(1e6) },
    }))
    harness.checkpoint()
    journal.flushed(6)
    journal.prune(0)
    expect(journal.log.with(lent).commits(0, 6)).toBeNull()
  })

  it('[D2] is the checksum before a commit, found without searching the whole log', () => {
    harness.commit(create('a', 'a'))
    for (let i = 0; i < 300; i++) harness.commit({ type: 'chat', text: 'hello' })
    harness.commit(edit('a', 'x'))
    harness.commit(edit('a', 'y'))
    const { reports, seq } = harness.journal
    expect(reports.sumBefore('a', seq)).toEqual(expect.any(Number))
    expect(reports.sumBefore('a', seq - 1)).toBeNull()
  })
})

it('[R9] finds chat messages among other commits, page by page', () => {
  const say = (text: string): Change => ({ type: 'chat', text })
  harness.commit(create('a', 'in JSON it says "type":"chat" and "type":"chat"'))
  for (const text of ['one', 'two', 'three']) {
    harness.commit(say(text))
    harness.commit(edit('a', 'x'))
  }
  const seqs = (before: number, most: number) =>
    harness.journal.log.bodiesWith('chat', before, most).map((body) => JSON.parse(body).seq)
  expect(seqs(100, 10)).toEqual([2, 4, 6])
  expect(seqs(100, 2)).toEqual([4, 6])
  expect(seqs(4, 2)).toEqual([2])
})

describe('a journal of which Postgres has a part', () => {
  it('flushes a renamed file without its text if that is not here', async () => {
    const sql = openSqlite()
    const files = [{ file: 'a', path: 'a.txt', revision: 3, bytes: 9 }]
    new Journal(sql).restore(
      {
        room: 'room',
        epoch: 'epoch',
        seq: 7,
        createdAt: 5,
        policy: null,
        writer: 'writer',
        lineage: [],
        gaps: [],
        setAside: 0,
        lastAt: null,
        hasMore: false,
        hasMoreClients: false,
        files,
        clients: [],
      },
      'heir',
    )
    const again = new Harness(sql)
    again.commit({ type: 'rename', file: 'a', path: 'b.txt' })
    again.checkpoint()
    expect(dirty(again.journal)?.files).toEqual([{ file: 'a', path: 'b.txt', revision: 8, text: null }])
  })

  it('prunes old commits only if Postgres has them, and only from time to time', () => {
    harness.commit(create('a', ''))
    for (let i = 0; i < 19; i++) harness.commit(edit('a', 'x'))
    harness.checkpoint()
    harness.journal.prune(5)
    expect(harness.journal.log.bodies(0, 20)).toHaveLength(20)
    harness.journal.flushed(12)
    harness.journal.prune(5)
    expect(harness.journal).toMatchObject({ tail: 12, seq: 20 })
    harness.journal.flushed(20)
    harness.journal.prune(5)
    expect(harness.journal.tail).toBe(12)
    harness.journal.prune(4)
    expect(harness.reopen().journal).toMatchObject({ tail: 16, seq: 20 })
    expect(harness.journal.log.bodies(10, 20)).toBeNull()
    expect(harness.reopen().texts).toEqual({ 'a.txt': 'x'.repeat(19) })
  })

  it('[C3] reads archived commits passed to it as if they were here', () => {
    const bodies = [harness.commit(create('a', 'large '.repeat(20_000))), harness.commit(edit('a', 'x'))]
    for (let i = 0; i < 8; i++) bodies.push(harness.commit(edit('a', 'y')))
    harness.checkpoint()
    harness.journal.flushed(10)
    expect(harness.journal.dirty()).toBeNull()
    const stored = bodies.slice(0, 8).map((body, index) => ({
      seq: index + 1,
      at: 0,
      body,
      blobs: index === 0 ? { '1-0': 'large '.repeat(20_000) } : null,
    }))
    harness.journal.prune(2)
    expect(harness.journal.log.bodies(0, 10)).toBeNull()
    expect(harness.journal.log.with(stored).bodies(0, 10)).toEqual(bodies)
    expect(harness.journal.log.with(stored).commits(0, 10)).toHaveLength(10)
    expect(harness.journal.log.with(stored.slice(1)).bodies(0, 10)).toBeNull()
    expect(harness.journal.log.bodies(0, 10)).toBeNull()
  })

  it('sets a refused file aside until it changes or is retried', () => {
    harness.commit(create('a', 'a'), create('b', 'b'))
    harness.checkpoint()
    harness.journal.unflushed.refused('a', 'no')
    harness.journal.flushed(1)
    expect(harness.journal.dirty()).toBeNull()
    expect(dirty(harness.journal, true)?.files).toMatchObject([{ file: 'a' }])
    expect(harness.reopen().journal.setAside).toEqual([{ file: 'a', message: 'no' }])
    harness.commit({ type: 'remove', file: 'a' })
    harness.checkpoint()
    expect(harness.journal.setAside).toEqual([])
  })
})

describe('a large text', () => {
  const LARGE = 'Grüße, 世界 😀 and some plain words\n'.repeat(30_000)
  const rowsOf = (file: string) =>
    harness.sql.exec('SELECT part, body FROM texts WHERE file = ? ORDER BY part', file).toArray()
  /** Statements that read or write bodies, from now on. */
  function watched(): { reads: number; writes: number; again: Harness } {
    const seen = { reads: 0, writes: 0 }
    const { exec } = harness.sql
    const sql: Sql = {
      exec: (statement, ...bindings) => {
        if (statement.startsWith('SELECT body FROM texts')) seen.reads++
        if (statement.startsWith('INSERT OR REPLACE INTO texts')) seen.writes++
        return exec(statement, ...bindings)
      },
    }
    return Object.assign(seen, { again: new Harness(sql) })
  }

  beforeEach(() => {
    harness.commit(create('a', LARGE))
    harness.checkpoint()
  })

  it('is read as far as an edit touches it, and written as far as it has changed', () => {
    expect(rowsOf('a').length).toBeGreaterThan(5)
    const seen = watched()
    const { again } = seen
    again.commit(edit('a', 500_000, 'x'))
    again.commit(edit('a', 500_001, 'y'))
    expect([seen.reads, seen.writes]).toEqual([1, 0])
    again.checkpoint()
    expect([seen.reads, seen.writes]).toEqual([1, 1])
    expect(again.texts['a.txt']).toBe(harness.reopen().texts['a.txt'])
    expect(harness.reopen().texts['a.txt']?.replace('xy', '')).toBe(LARGE)
  })

  it('loses nothing when its chunks move to other rows, whatever is loaded', () => {
    const { again } = watched()
    // The first chunks go, and two more come: those behind move up, without having been loaded.
    again.commit(edit('a', { d: 400_000 }))
    again.checkpoint()
    const kept = LARGE.slice([...LARGE].slice(0, 400_000).join('').length)
    expect(again.reopen().texts['a.txt']).toBe(kept)
    again.commit(edit('a', LARGE))
    again.checkpoint()
    expect(again.texts['a.txt']).toBe(LARGE + kept)
    expect(again.reopen().texts['a.txt']).toBe(LARGE + kept)
  })

  it('becomes small and large again', () => {
    const file = harness.authority.state.files.get('a')
    const points = file?.text == null ? [] : chunksOf(file.text).map(({ points }) => points)
    const [first = 0, second = 0, ...rest] = points
    // Only its second chunk remains, which is then the second again.
    harness.commit(edit('a', { d: first }, second, { d: rest.reduce((sum, one) => sum + one, 0) }))
    harness.checkpoint()
    expect(rowsOf('a')).toHaveLength(1)
    harness.commit(edit('a', LARGE.slice(0, 100_000)))
    harness.checkpoint()
    expect(rowsOf('a')).toHaveLength(2)
    expect(harness.reopen().texts['a.txt']).toBe(harness.texts['a.txt'])
  })

  it('is written again if the transaction failed that wrote it', () => {
    harness.commit(edit('a', 500_000, 'x'))
    const fails = (work: () => void) => {
      harness.sql.exec('SAVEPOINT failing')
      work()
      harness.sql.exec('ROLLBACK TO failing')
      harness.sql.exec('RELEASE failing')
      throw new Error('the disk fails')
    }
    expect(() => harness.journal.checkpoint(harness.authority.state, fails)).toThrow('the disk fails')
    harness.commit(edit('a', 500_000, 'y'))
    harness.checkpoint()
    expect(harness.reopen().texts['a.txt']).toBe(harness.texts['a.txt'])
  })

  it('that older code stored in larger chunks is read as a whole', () => {
    harness.sql.exec("UPDATE files SET outline = NULL WHERE file = 'a'")
    const again = harness.reopen()
    expect(again.texts['a.txt']).toBe(LARGE)
    again.commit(edit('a', 'x'))
    again.checkpoint()
    expect(again.reopen().texts['a.txt']).toBe(`x${LARGE}`)
  })
})

describe('the tables of the journal', () => {
  it('refuse to start if an applied step was edited', () => {
    const sql = openSqlite()
    migrateJournal(sql)
    const [first, ...rest] = JOURNAL_STEPS
    const edited = { name: first?.name ?? '', statements: [...(first?.statements ?? []), 'SELECT 1'] }
    expect(() => migrateJournal(sql, [edited, ...rest])).toThrow('was edited after it had been applied')
  })

  it('are rewritten for a room of older code, with everything in them', () => {
    const older = openSqlite()
    migrateJournal(older, JOURNAL_STEPS.slice(0, 7))
    older.exec("INSERT INTO meta (key, value) VALUES ('room', 'r'), ('epoch', 'e'), ('checkpoint', 8)")
    older.exec("INSERT INTO files VALUES ('a', 'a.txt', 8, 3, 5, 7), ('b', 'b.txt', 2, 1, 0, 0)")
    older.exec("INSERT INTO texts VALUES ('a', 0, 'words'), ('b', 0, '')")
    older.exec("INSERT INTO clients VALUES ('client-1', 'ann', 4, 8), ('client-2', 'ben', 1, 2)")
    const journal = new Journal(older)
    expect(journal.load().files.list()).toEqual([
      { file: 'a', path: 'a.txt', revision: 8 },
      { file: 'b', path: 'b.txt', revision: 2 },
    ])
    expect(journal.load().files.get('a')).toMatchObject({ created: 3 })
    expect(journal.load().files.bytesOf('a')).toBe(5)
    expect(journal.text('a').toString()).toBe('words')
    expect(journal.client('client-2')).toEqual({ client: 'client-2', user: 'ben', n: 1, seq: 2 })
    expect(older.exec('SELECT stored FROM files ORDER BY file').toArray()).toEqual([
      { stored: 7 },
      { stored: 0 },
    ])
    // An index beside the table would be billed as a second row.
    for (const table of ['files', 'clients', 'texts', 'meta'])
      expect(() => older.exec(`SELECT rowid FROM ${table}`)).toThrow('no such column')
  })

  it('refuse to start under older code', () => {
    const sql = openSqlite()
    migrateJournal(sql, [...JOURNAL_STEPS, { name: 'one more', statements: ['CREATE TABLE more (a)'] }])
    expect(() => migrateJournal(sql)).toThrow('written by newer code')
  })

  it('are extended by appended steps', () => {
    const sql = openSqlite()
    migrateJournal(sql)
    migrateJournal(sql, [...JOURNAL_STEPS, { name: 'one more', statements: ['CREATE TABLE more (a)'] }])
    expect(sql.exec("SELECT name FROM sqlite_master WHERE name = 'more'").toArray()).toHaveLength(1)
  })
})
