/**
 * Flushes of which the database refuses a part, or whose rows another writer has written. Uses fake time.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type FlushBatch, StoreError } from '../../../schema/store.ts'
import { type Caller, ROOM, Stage } from '../room-stage.ts'

let stage: Stage

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) })
  stage = new Stage()
  await stage.make()
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

async function submit(caller: Caller, n: number, ...changes: object[]): Promise<void> {
  caller.send({ type: 'submit', n, base: stage.life.journal.seq, changes })
  await vi.advanceTimersByTimeAsync(1)
}

const create = (file: string) => ({ type: 'create', file, path: `${file}.txt`, text: `text of ${file}` })

/** Makes the database refuse every batch with one of these files, and records the batches. */
function refuse(
  ...refused: string[]
): { readonly files: string[]; readonly seq: number; readonly isWhole: boolean }[] {
  const came: { files: string[]; seq: number; isWhole: boolean }[] = []
  const { flush } = stage.truth
  vi.spyOn(stage.truth, 'flush').mockImplementation(async (batch: FlushBatch) => {
    const files = [...batch.files].map(({ file }) => file)
    const { seq } = (await stage.truth.mark(ROOM)) ?? { seq: 0 }
    came.push({ files, seq, isWhole: batch.isWhole })
    if (files.some((file) => refused.includes(file))) throw new StoreError('refused', 'it is refused')
    return flush(batch)
  })
  return came
}

describe('a file that the database refuses', () => {
  it('is found by bisection, and the seq moves once all others are stored', async () => {
    const one = await stage.join('client-1')
    await stage.life.flush()
    const ids = Array.from({ length: 200 }, (_, at) => `file-${at}`)
    await submit(one, 1, ...ids.map(create))
    const came = refuse('file-77')
    await stage.life.flush()
    expect(came.length).toBeLessThan(25)
    // A reader never sees a seq whose files are missing.
    expect(came.every(({ seq }) => seq === 1)).toBe(true)
    expect(came.map(({ isWhole }) => isWhole)).toEqual([true, ...came.slice(2).map(() => false), true])
    const stored = await stage.truth.load(ROOM)
    expect([stored?.seq, stored?.files.length]).toEqual([2, 200])
    expect(stage.life.journal.setAside).toEqual([{ file: 'file-77', message: 'it is refused' }])
    expect(await stage.truth.commits(ROOM, 1, 2)).toHaveLength(1)
  })
})

describe('a file that another writer wrote in the database', () => {
  it('is detected and set aside: the room stays loaded and reports it', async () => {
    const one = await stage.join('client-1')
    await stage.life.flush()
    // By hand, with a revision beyond the room's.
    const by = { ...(await stage.truth.mark(ROOM)), takes: null, lineage: [], gaps: [], cleans: false }
    await stage.truth.flush({
      ...{
        room: ROOM,
        epoch: by.epoch ?? '',
        writer: by.writer ?? '',
        seq: 1,
        base: 1,
        createdAt: 0,
        policy: null,
      },
      ...{ takes: null, lineage: [], gaps: [], setAside: 0, cleans: false, isWhole: false },
      ...{ removed: [], moved: [], commits: [], clients: [], forgetsBefore: null },
      files: [{ file: stage.file, path: 'a.txt', revision: 1000, text: 'by hand' }],
    })
    await submit(one, 1, { type: 'edit', file: stage.file, op: ['x'] })
    await stage.life.flush()
    expect(stage.life.journal.setAside).toMatchObject([
      { file: stage.file, message: 'another writer has written its row in the database' },
    ])
    expect(stage.log.at(-1)).toMatchObject({
      event: 'set_aside',
      room: ROOM,
      file: stage.file,
      error: 'another writer has written its row in the database',
    })
    expect((await stage.truth.texts(ROOM, [stage.file])).get(stage.file)?.text).toBe('by hand')
    one.leave()
    vi.setSystemTime(Date.now() + 10 * stage.settings.graceMs)
    await stage.life.alarm()
    expect(stage.life.journal.isRoom).toBe(true)
  })
})

describe('an unavailable text', () => {
  async function cold(): Promise<Caller> {
    const one = await stage.join('client-1')
    one.leave()
    for (let i = 0; i < 2; i++) {
      vi.setSystemTime(Math.max(Date.now(), stage.alarm ?? 0))
      await stage.ring()
    }
    expect(stage.life.journal.isRoom).toBe(false)
    return stage.join('client-1')
  }

  it('[X3] is reported by an error and sent once available, without closing the session', async () => {
    const one = await cold()
    stage.before = () => Promise.reject(new StoreError('unavailable', 'no answer'))
    one.send({ type: 'open', file: stage.file })
    await vi.advanceTimersByTimeAsync(5_000)
    expect(one.closed).toBeNull()
    expect(one.heard('error')).toMatchObject([{ code: 'text_unavailable', about: stage.file }])
    stage.before = async () => {}
    await vi.advanceTimersByTimeAsync(30_000)
    expect(one.heard('text')).toMatchObject([{ file: stage.file, text: 'abc' }])
  })

  it('[X3] is fetched together with those of all other files opened at the same time', async () => {
    const one = await stage.join('client-1')
    const ids = Array.from({ length: 1_200 }, (_, at) => `file-${at}`)
    await submit(one, 1, ...ids.slice(0, 600).map(create))
    await submit(one, 2, ...ids.slice(600).map(create))
    one.leave()
    const late = await cold()
    const asked = vi.spyOn(stage.truth, 'texts')
    for (const file of [...ids, ...ids]) late.send({ type: 'open', file })
    await vi.advanceTimersByTimeAsync(10)
    expect(late.heard('text').map(({ file, text }) => [file, text])).toEqual(
      ids.map((file) => [file, `text of ${file}`]),
    )
    expect(asked.mock.calls.map(([, files]) => files.length)).toEqual([500, 500, 200])
    expect(late.closed).toBeNull()
  })

  it('makes a submission that needs it wait in its place', async () => {
    const one = await cold()
    stage.before = () => Promise.reject(new StoreError('unavailable', 'no answer'))
    await submit(one, 1, { type: 'edit', file: stage.file, op: ['x'] })
    await vi.advanceTimersByTimeAsync(5_000)
    expect([one.closed, one.heard('commit')]).toEqual([null, []])
    stage.before = async () => {}
    await vi.advanceTimersByTimeAsync(30_000)
    expect(one.heard('commit')).toMatchObject([{ seq: 2 }])
  })

  it('makes what follows such a submission wait too, but no longer', async () => {
    const one = await cold()
    stage.before = () => Promise.reject(new StoreError('unavailable', 'no answer'))
    await submit(one, 1, { type: 'edit', file: stage.file, op: ['x'] })
    one.send({ type: 'open', file: stage.file })
    await vi.advanceTimersByTimeAsync(100)
    stage.before = async () => {}
    const two = await stage.join('client-2')
    two.send({ type: 'open', file: stage.file })
    await vi.advanceTimersByTimeAsync(100)
    // The text is here by now, fetched for somebody else.
    expect(two.heard('text')).toMatchObject([{ text: 'abc' }])
    expect([one.heard('commit'), one.heard('text')]).toEqual([[], []])
    await vi.advanceTimersByTimeAsync(30_000)
    expect(one.heard('commit')).toMatchObject([{ seq: 2 }])
    expect(one.heard('text')).toMatchObject([{ text: 'xabc' }])
  })

  it('[X3] is reported as lost at once if its row is gone', async () => {
    const one = await cold()
    vi.spyOn(stage.truth, 'texts').mockResolvedValue(new Map())
    one.send({ type: 'open', file: stage.file })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(one.heard('error')).toMatchObject([{ code: 'text_lost', about: stage.file }])
    expect(stage.truth.texts).toHaveBeenCalledTimes(1)
    await submit(one, 1, { type: 'edit', file: stage.file, op: ['x'] })
    expect(one.heard('reject')).toMatchObject([{ n: 1, code: 'no_such_file' }])
    expect(one.closed).toBeNull()
  })
})

describe('[H6] a client with a different history', () => {
  it('starts afresh if the room has another commit at its seq, and resumes if it has the same', async () => {
    const one = await stage.join('client-1')
    await submit(one, 1, { type: 'edit', file: stage.file, op: ['x'] })
    const { epoch } = stage.life.journal
    const at = stage.life.journal.log.committedAt(2) ?? 0
    const welcome = async (hello: object) => {
      const caller = await stage.join('client-9', { epoch, ...hello })
      return caller.heard('welcome')[0]
    }
    expect(await welcome({ since: 2, at })).toMatchObject({ resumed: true, at })
    expect(await welcome({ since: 2, at: at + 1 })).toMatchObject({
      resumed: false,
      files: [{ path: 'a.txt' }],
    })
    expect(await welcome({ since: 2 })).toMatchObject({ resumed: true })
    expect(await welcome({ since: 3, at })).toMatchObject({ resumed: false })
  })

  it('is recognized even if the commit is only in the archive', async () => {
    const one = await stage.join('client-1')
    await submit(one, 1, { type: 'edit', file: stage.file, op: ['x'] })
    const { epoch } = stage.life.journal
    const ats = [1, 2].map((seq) => stage.life.journal.log.committedAt(seq) ?? 0)
    one.leave()
    for (let i = 0; i < 2; i++) {
      vi.setSystemTime(Math.max(Date.now(), stage.alarm ?? 0))
      await stage.ring()
    }
    expect(stage.life.journal.isRoom).toBe(false)
    const wanted = vi.spyOn(stage.truth, 'commits')
    for (const [since, at, resumed] of [
      [1, ats[0], true],
      [1, (ats[0] ?? 0) + 1, false],
      [2, ats[1], true],
      [2, (ats[1] ?? 0) + 1, false],
    ]) {
      const caller = await stage.join('client-9', { epoch, since, at })
      await vi.advanceTimersByTimeAsync(1)
      expect(caller.heard('welcome')[0]).toMatchObject({ resumed })
    }
    // A hello needs no blobs, and no more than can be sent.
    for (const [, , , asked] of wanted.mock.calls)
      expect(asked).toMatchObject({ blobs: false, bytes: 4194304 })
  })
})
