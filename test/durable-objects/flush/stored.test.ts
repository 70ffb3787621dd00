/**
 * What a room believes Postgres to have is verified: a database that went back, or that another writer
 * writes, is detected, and nothing that is here is dropped. Uses fake time.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DEFAULT_POLICY } from '../../../core/model/policy.ts'
import { chatRows, logPage } from '../../../durable-objects/room/log-pages.ts'
import { StoreError } from '../../../schema/store.ts'
import { memoryStore } from '../../../schema/stores/memory.ts'
import { batchOf, commitOf, fileOf } from '../../schema/contract/samples.ts'
import { away, type Caller, ROOM, Stage } from '../room-stage.ts'

const CLIENT = 'client-1'
const OTHER = 'client-2'
const GRACE_MS = 60_000

let stage: Stage

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) })
  stage = new Stage({ GRACE_MS: `${GRACE_MS}` })
  await stage.make()
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** Types at the start of `a.txt`, and waits for the commit. */
async function type(caller: Caller, n: number, text: string, on = stage): Promise<void> {
  const changes = [{ type: 'edit', file: on.file, op: [text] }]
  caller.send({ type: 'submit', n, base: on.life.journal.seq, changes })
  await vi.advanceTimersByTimeAsync(1)
}

/** Fires the alarm at its time, `times` times. */
async function rings(times: number, on = stage): Promise<void> {
  for (let i = 0; i < times && on.alarm !== null; i++) {
    vi.setSystemTime(Math.max(Date.now(), on.alarm))
    await on.ring()
  }
}

async function letGo(...callers: Caller[]): Promise<void> {
  for (const caller of callers) caller.leave()
  await rings(2)
  expect(stage.life.journal.isRoom).toBe(false)
}

/** What is stored: the seq, the text of `a.txt`, and the seqs of the archive. */
async function stored() {
  const room = await stage.truth.load(ROOM)
  const text = (await stage.truth.texts(ROOM, [stage.file])).get(stage.file)?.text
  const archive = await stage.truth.commits(ROOM, 0, 100)
  return { seq: room?.seq, text, archive: archive.map(({ seq }) => seq), gaps: room?.gaps }
}

describe('a database that went back', () => {
  it('is detected by the next flush, which writes everything that is here', async () => {
    const one = await stage.join(CLIENT)
    await stage.life.flush()
    const back = stage.truth.snapshot()
    await type(one, 1, 'b')
    await type(one, 2, 'c')
    await stage.life.flush()
    back()
    await type(one, 3, 'd')
    await stage.life.flush()
    expect(await stored()).toEqual({ seq: 4, text: 'dcbabc', archive: [1, 2, 3, 4], gaps: [] })
    expect(stage.life.journal.flushedSeq).toBe(4)
    expect(stage.log).toMatchObject([{ event: 'database_went_back', room: ROOM, flushed: 3, stored: 1 }])
    await letGo(one)
  })

  it('is detected by the next flush if the row is gone', async () => {
    const one = await stage.join(CLIENT)
    await type(one, 1, 'b')
    await stage.life.flush()
    stage.truth.lose(ROOM)
    await type(one, 2, 'c')
    await stage.life.flush()
    expect(await stored()).toEqual({ seq: 3, text: 'cbabc', archive: [1, 2, 3], gaps: [] })
  })

  it('is detected before the room is evicted, even if nothing was edited since', async () => {
    const one = await stage.join(CLIENT)
    await stage.life.flush()
    const back = stage.truth.snapshot()
    await type(one, 1, 'b')
    await stage.life.flush()
    back()
    one.leave()
    await rings(1)
    expect(stage.life.journal.isRoom).toBe(true)
    await rings(2)
    expect(stage.life.journal.isRoom).toBe(false)
    expect(await stored()).toMatchObject({ seq: 2, text: 'babc', archive: [1, 2] })
  })

  it('is detected by a requested flush, even if nothing was edited since', async () => {
    const one = await stage.join(CLIENT)
    const back = stage.truth.snapshot()
    await type(one, 1, 'b')
    await stage.life.save()
    back()
    await stage.life.save()
    expect(await stored()).toMatchObject({ seq: 2, text: 'babc', archive: [1, 2] })
    expect(stage.life.journal.marks.rewrites).toBe(false)
    stage.before = (call) => (call === 'mark' ? away() : Promise.resolve())
    await expect(stage.life.save()).rejects.toMatchObject({ kind: 'unavailable' })
  })

  it('is treated the same if it went back to what another instance of the object wrote', async () => {
    const one = await stage.join(CLIENT)
    await stage.life.flush()
    const back = stage.truth.snapshot()
    await type(one, 1, 'b')
    await letGo(one)
    const again = await stage.join(CLIENT)
    again.send({ type: 'open', file: stage.file })
    await vi.advanceTimersByTimeAsync(0)
    back()
    await type(again, 2, 'c')
    await stage.life.flush()
    // What came in between is lost, which is recorded.
    expect(await stored()).toEqual({ seq: 3, text: 'cbabc', archive: [1, 3], gaps: [{ after: 1, upTo: 2 }] })
    await letGo(again)
    await stage.join(CLIENT)
    expect(stage.life.journal.marks.gaps).toEqual([{ after: 1, upTo: 2 }])
    // Readers of the history are told about it.
    const pageBefore = (before: number) => {
      const page = { type: 'chat', before, most: 10 } as const
      return logPage(stage.life.journal, stage.truth, page, chatRows)
    }
    expect(await pageBefore(4)).toEqual({ rows: [], more: false, gaps: [{ after: 1, upTo: 2 }] })
    expect(await pageBefore(2)).toEqual({ rows: [], more: false })
  })

  it('[H6] gives the room a new epoch if its last commit is lost', async () => {
    const one = await stage.join(CLIENT)
    await stage.life.flush()
    const back = stage.truth.snapshot()
    await type(one, 1, 'b')
    await letGo(one)
    const again = await stage.join(CLIENT)
    again.send({ type: 'open', file: stage.file })
    await vi.advanceTimersByTimeAsync(0)
    const { epoch } = stage.life.journal
    back()
    await stage.life.save()
    expect(await stored()).toMatchObject({ seq: 2, archive: [1], gaps: [{ after: 1, upTo: 2 }] })
    await letGo(again)
    // Nothing distinguishes this commit 2 from one in another history of the room.
    const [welcome] = (await stage.join(OTHER, { since: 2, epoch })).heard('welcome')
    expect(welcome).toMatchObject({ seq: 2, resumed: false })
    expect(welcome?.epoch).not.toBe(epoch)
  })

  it('[H6] starts a client afresh whose history was lost', async () => {
    stage = new Stage({ TAIL_COMMITS: '1' })
    await stage.make()
    const one = await stage.join(CLIENT)
    await stage.life.flush()
    const back = stage.truth.snapshot()
    for (let n = 1; n < 6; n++) await type(one, n, 'x')
    await stage.life.flush()
    const { tail, seq, epoch } = stage.life.journal
    expect(tail).toBeGreaterThan(2)
    back()
    await type(one, 6, 'y')
    await stage.life.flush()
    expect(stage.life.journal.marks.gaps).toEqual([{ after: 1, upTo: tail }])
    await stage.sleep()
    const asked = vi.fn(async () => {})
    stage.before = asked
    const late = await stage.join(OTHER, { since: 2, epoch })
    expect(late.heard('welcome')).toMatchObject([{ resumed: false, seq: seq + 1 }])
    expect(asked).not.toHaveBeenCalled()
  })

  it('does not replace a text that was never here with an older one', async () => {
    const one = await stage.join(CLIENT)
    await stage.life.flush()
    const back = stage.truth.snapshot()
    await type(one, 1, 'b')
    await letGo(one)
    const again = await stage.join(CLIENT)
    back()
    again.send({ type: 'open', file: stage.file })
    await vi.advanceTimersByTimeAsync(0)
    expect(again.heard('text')).toEqual([])
    again.send({
      type: 'submit',
      n: 2,
      base: 2,
      changes: [{ type: 'rename', file: stage.file, path: 'b.txt' }],
    })
    await vi.advanceTimersByTimeAsync(1)
    await stage.life.flush().catch(() => {})
    // The old text is not mistaken for the new revision, and the room stays.
    expect((await stage.truth.texts(ROOM, [stage.file])).get(stage.file)).toEqual({
      revision: 1,
      text: 'abc',
    })
    expect(stage.life.journal.setAside).toMatchObject([{ file: stage.file, message: /neither here nor/ }])
    for (const caller of [again]) caller.leave()
    vi.setSystemTime(Date.now() + 2 * GRACE_MS)
    await stage.life.alarm()
    expect(stage.life.journal.isRoom).toBe(true)
  })
})

it('stores a room without any commit, too', async () => {
  stage = new Stage({ GRACE_MS: `${GRACE_MS}` })
  await stage.life.start()
  await stage.life.visit(ROOM, () => stage.life.make(ROOM, [], DEFAULT_POLICY, Date.now()))
  await rings(5)
  expect(stage.life.journal.isRoom).toBe(false)
  expect(await stage.truth.load(ROOM)).toMatchObject({ seq: 0, files: [] })
  expect(stage.log).toEqual([])
})

it('reports what is wrong with rows that were changed by hand, and does not load them', async () => {
  const one = await stage.join(CLIENT)
  await letGo(one)
  const { load } = stage.truth
  vi.spyOn(stage.truth, 'load').mockImplementation(async (room) => {
    const found = await load(room)
    return found && { ...found, policy: { members: { bob: 'editor' } } }
  })
  await expect(stage.join(OTHER)).rejects.toMatchObject({ kind: 'refused' })
  expect(stage.life.journal.isRoom).toBe(false)
  const error = expect.stringMatching(/changed by hand: rooms.policy: members\["bob"\] must be an object/)
  expect(stage.log).toMatchObject([{ event: 'failed', room: ROOM, task: 'load', error }])
})

describe('two writers of one room', () => {
  it('are a conflict: the second one gets an error, and keeps everything', async () => {
    const one = await stage.join(CLIENT)
    await letGo(one)
    const other = new Stage({ GRACE_MS: `${GRACE_MS}` }, stage.truth)
    await other.life.start()
    other.file = stage.file
    const [here, there] = [await stage.join(CLIENT), await other.join(OTHER)]
    await type(here, 1, 'here ')
    await type(there, 1, 'there ', other)
    await stage.life.flush()
    await expect(other.life.flush()).rejects.toMatchObject({ kind: 'conflict' })
    expect(other.life.flushError).toMatchObject({
      kind: 'conflict',
      message: 'another writer writes this room',
    })
    const advice = expect.stringContaining('Another writer')
    expect(other.log.at(-1)).toMatchObject({ event: 'flush_failed', kind: 'conflict', failures: 1, advice })
    there.leave()
    await rings(20, other)
    expect(other.life.journal).toMatchObject({ isRoom: true, seq: 2, flushedSeq: 1 })
    expect(await stored()).toMatchObject({ seq: 2, text: 'here abc' })
    expect(other.alarm).toBeGreaterThan(Date.now())
  })

  it('are detected before the room is evicted, even if everything was flushed', async () => {
    const one = await stage.join(CLIENT)
    await stage.life.flush()
    const other = new Stage({}, stage.truth)
    await other.life.start()
    other.file = stage.file
    const there = await other.join(OTHER)
    await type(there, 1, 'there ', other)
    await other.life.flush()
    one.leave()
    await rings(5)
    expect(stage.life.journal.isRoom).toBe(true)
    expect(stage.life.flushError).toMatchObject({ kind: 'conflict' })
  })
})

describe('a flush in parts that was interrupted before the storage was lost', () => {
  it('leaves nothing that is trusted later: its commits are deleted, and nobody resumes into them', async () => {
    let breaks = false
    const truth = memoryStore({
      partUnits: 1,
      betweenParts: () => {
        if (breaks) throw new Error('the connection broke')
      },
    })
    stage = new Stage({ GRACE_MS: `${GRACE_MS}` }, truth)
    await stage.make()
    const one = await stage.join(CLIENT)
    await stage.life.flush()
    const { epoch } = stage.life.journal
    await type(one, 1, 'lost ')
    await type(one, 2, 'lost ')
    breaks = true
    await stage.life.flush().catch(() => {})
    breaks = false
    expect(await stored()).toMatchObject({ seq: 1, archive: [1, 2] })
    await stage.loseStorage()
    const again = await stage.join(OTHER, { since: 1, epoch })
    expect(again.heard('welcome')).toMatchObject([{ seq: 1, resumed: false }])
    again.send({ type: 'open', file: stage.file })
    await vi.advanceTimersByTimeAsync(0)
    await type(again, 1, 'new ')
    await stage.life.flush()
    const archive = await truth.commits(ROOM, 0, 100)
    expect(archive.map(({ body }) => JSON.parse(body).entries[0].client)).toEqual(['api', OTHER])
    expect(await stored()).toMatchObject({ seq: 2, text: 'new abc' })
  })
})

describe('a room whose storage is lost while the database lacks some files', () => {
  /** Creates a file beside `a.txt`, and flushes it. */
  async function create(caller: Caller, n: number, path: string): Promise<void> {
    const changes = [{ type: 'create', file: `file-${n}`, path, text: 'new' }]
    caller.send({ type: 'submit', n, base: stage.life.journal.seq, changes })
    await vi.advanceTimersByTimeAsync(1)
    await stage.life.flush()
  }

  /** Loses the storage, and reconnects as a client that has everything the room had. */
  async function comeBack() {
    const { epoch, seq } = stage.life.journal
    const at = stage.life.journal.log.committedAt(seq)
    expect((await stage.truth.load(ROOM))?.seq).toBe(seq)
    await stage.loseStorage()
    const caller = await stage.join(OTHER, { since: seq, epoch, at })
    return { caller, welcome: caller.heard('welcome')[0], epoch, seq }
  }

  it('[H6] starts everybody afresh if the text of one was lost', async () => {
    await letGo(await stage.join(CLIENT))
    const one = await stage.join(CLIENT)
    stage.truth.lose(ROOM)
    await create(one, 1, 'b.txt')
    expect(stage.life.journal.setAside).toMatchObject([{ file: stage.file }])
    const { welcome, epoch } = await comeBack()
    expect(welcome).toMatchObject({ resumed: false, files: [{ path: 'b.txt' }] })
    expect(welcome?.epoch).not.toBe(epoch)
    expect(stage.log.at(-1)).toMatchObject({ event: 'repaired', room: ROOM, setAside: 1, isCut: false })
  })

  it('[H6] starts everybody afresh if the database had refused one, and resumes from then on', async () => {
    const truth = memoryStore()
    let refuses = true
    const flush: typeof truth.flush = async (batch) => {
      if (refuses && [...batch.files].some(({ path }) => path === 'bad.txt'))
        throw new StoreError('refused', 'a trigger refuses it')
      return truth.flush(batch)
    }
    stage = new Stage({ GRACE_MS: `${GRACE_MS}` }, { ...truth, flush })
    await stage.make()
    await create(await stage.join(CLIENT), 1, 'bad.txt')
    const { caller, welcome } = await comeBack()
    expect(welcome).toMatchObject({ resumed: false, files: [{ path: 'a.txt' }] })
    refuses = false
    await create(caller, 2, 'good.txt')
    expect((await comeBack()).welcome).toMatchObject({ resumed: true })
  })

  it('[H6] starts everybody afresh if another writer had written the row of one', async () => {
    const truth = memoryStore()
    const flush: typeof truth.flush = async (batch) => {
      const answer = await truth.flush(batch)
      const skipped = [...batch.files].map(({ file }) => file)
      return answer.type === 'written' ? { ...answer, skipped } : answer
    }
    stage = new Stage({ GRACE_MS: `${GRACE_MS}` }, { ...truth, flush })
    await stage.make()
    await create(await stage.join(CLIENT), 1, 'b.txt')
    expect((await comeBack()).welcome).toMatchObject({ resumed: false })
  })

  it('[H6] renames a file that was set aside and whose path is taken by now', async () => {
    const truth = memoryStore()
    const flush: typeof truth.flush = async (batch) => {
      if (batch.base > 0 && [...batch.files].some(({ file }) => file === stage.file))
        throw new StoreError('refused', 'a trigger refuses it')
      return truth.flush(batch)
    }
    stage = new Stage({ GRACE_MS: `${GRACE_MS}` }, { ...truth, flush })
    await stage.make()
    const one = await stage.join(CLIENT)
    await stage.life.flush()
    const rename = [{ type: 'rename', file: stage.file, path: 'b.txt' }]
    one.send({ type: 'submit', n: 1, base: stage.life.journal.seq, changes: rename })
    await vi.advanceTimersByTimeAsync(1)
    await create(one, 2, 'A.txt')
    const before = await truth.load(ROOM)
    expect(before).toMatchObject({ setAside: 1, files: [{ path: 'a.txt' }, { path: 'A.txt' }] })
    const { welcome } = await comeBack()
    const files = [
      { file: stage.file, path: 'a (2).txt', revision: 1 },
      { path: 'A.txt', revision: before?.seq },
    ]
    expect(welcome).toMatchObject({ resumed: false, files })
    expect(await truth.load(ROOM)).toMatchObject({ setAside: 0, files })
    const moved = [{ file: stage.file, path: 'a (2).txt' }]
    expect(stage.log.at(-1)).toMatchObject({ event: 'repaired', room: ROOM, moved })
  })

  it('[H6] renames files that share a path in the database, even if nothing else is wrong', async () => {
    const truth = memoryStore()
    const rows = ['one', 'two'].map((file, at) => fileOf(file, at + 1, { path: 'a.txt', text: file }))
    await truth.flush(batchOf(ROOM, 2, { files: rows, commits: [commitOf(1), commitOf(2)] }))
    stage = new Stage({}, truth)
    await stage.life.start()
    const welcome = (await stage.join(CLIENT)).heard('welcome')[0]
    const files = [
      { file: 'one', path: 'a (2).txt' },
      { file: 'two', path: 'a.txt' },
    ]
    expect(welcome).toMatchObject({ files })
    expect(welcome?.epoch).not.toBe('first')
    expect((await truth.texts(ROOM, ['one', 'two'])).get('one')?.text).toBe('one')
  })

  it('[H6] resumes if what was set aside is stored by now', async () => {
    const truth = memoryStore()
    let refuses = true
    const flush: typeof truth.flush = async (batch) => {
      if (refuses && [...batch.files].length > 0) throw new StoreError('refused', 'a trigger refuses it')
      return truth.flush(batch)
    }
    stage = new Stage({ GRACE_MS: `${GRACE_MS}` }, { ...truth, flush })
    await stage.make()
    await create(await stage.join(CLIENT), 1, 'b.txt')
    expect((await truth.load(ROOM))?.setAside).toBe(2)
    refuses = false
    await stage.life.save()
    expect((await truth.load(ROOM))?.setAside).toBe(0)
    expect((await comeBack()).welcome).toMatchObject({ resumed: true })
  })
})

describe('a database that loses the room between two parts of a flush', () => {
  it('is behind, and gets everything again', async () => {
    let loses = true
    const truth = memoryStore({
      partUnits: 1,
      betweenParts: () => {
        if (loses) truth.lose(ROOM)
        loses = false
      },
    })
    stage = new Stage({ GRACE_MS: `${GRACE_MS}` }, truth)
    await stage.make()
    const one = await stage.join(CLIENT)
    await type(one, 1, 'kept ')
    await stage.life.flush()
    expect(await stored()).toMatchObject({ seq: 2, archive: [1, 2], text: 'kept abc' })
    one.leave()
  })
})
