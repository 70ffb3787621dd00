/**
 * Between the change of memory and the write of the row, nothing may fail but the object as a whole: what a
 * client sees acked is in the journal, whatever is in the batch. Uses fake time.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Commit } from '../../../core/protocol/messages.ts'
import { personOf } from '../../support/person.ts'
import { type Caller, ROOM, Stage } from '../room-stage.ts'

const INTERVAL_MS = 250

let stage: Stage

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) })
  stage = new Stage({ COMMIT_INTERVAL_MS: `${INTERVAL_MS}` })
  await stage.make()
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

function submit(caller: Caller, n: number, ...changes: object[]): void {
  caller.send({ type: 'submit', n, base: stage.life.journal.seq, changes })
}

const edit = (text: string) => ({ type: 'edit', file: stage.file, op: [text] })
const say = (text: string) => ({ type: 'chat', text })
const create = (path: string, text: string) => ({ type: 'create', file: path, path, text })

/** The first commit after a while is immediate; the next ones are paced. */
async function committed(caller: Caller, text: string): Promise<void> {
  submit(caller, 1, edit(text))
  await vi.advanceTimersByTimeAsync(1)
}

/** The commits that a caller received, without a gap, equal to those in the journal. */
function heard(caller: Caller, since = 1): Commit[] {
  const commits = caller.heard('commit') as unknown as Commit[]
  expect(commits.map(({ seq }) => seq)).toEqual(commits.map((_, i) => since + 1 + i))
  expect(stage.life.journal.log.bodies(since, since + commits.length)).toEqual(
    commits.map((commit) => JSON.stringify(commit)),
  )
  return commits
}

/** After hibernation the room has what was acked. */
async function wakes(expected: string, ...callers: Caller[]): Promise<void> {
  await stage.sleep(...callers)
  const late = await stage.join('client-late')
  late.send({ type: 'open', file: stage.file })
  expect(late.heard('text')).toMatchObject([{ text: expected }])
}

describe('a commit of a batch in which', () => {
  it('[C6] one edits, one chats at length and one creates a large file is complete', async () => {
    const people = [await stage.join('client-1'), await stage.join('client-2'), await stage.join('client-3')]
    const [one, two, three] = people as [Caller, Caller, Caller]
    submit(one, 1, edit('first '))
    await vi.advanceTimersByTimeAsync(INTERVAL_MS)
    submit(one, 2, edit('x'))
    submit(two, 1, say('y'.repeat(200)))
    submit(three, 1, create('large', 'z'.repeat(300_000)))
    await vi.advanceTimersByTimeAsync(INTERVAL_MS)
    submit(one, 3, edit('last '))
    await vi.advanceTimersByTimeAsync(INTERVAL_MS)
    const changes = heard(one).flatMap(({ entries }) => entries.flatMap((entry) => entry.changes))
    expect(changes).toMatchObject([
      edit('first '),
      edit('x'),
      { ...say('y'.repeat(200)), name: 'somebody' },
      { path: 'large', text: { points: 300_000 } },
      edit('last '),
    ])
    expect(stage.aborted).toBeNull()
    await wakes('last xfirst abc', one, two, three)
  })

  it('[R9] all of it is chat is complete or refused, and what follows is kept', async () => {
    const one = await stage.join('client-1')
    submit(one, 1, ...Array.from({ length: 66 }, () => say('語'.repeat(4_000))))
    submit(one, 2, edit('x'))
    await vi.advanceTimersByTimeAsync(INTERVAL_MS)
    const refused = one.heard('reject').length
    expect(heard(one).flatMap(({ entries }) => entries).length).toBe(2 - refused)
    await wakes('xabc', one)
  })
})

describe('a commit that fails', () => {
  /** Makes sealing the next batch throw. */
  function failing<T extends object>(target: T, method: keyof T & string): void {
    vi.spyOn(target, method as never).mockImplementation((() => {
      throw new Error('injected')
    }) as never)
  }

  it.each([
    ['its checksums', () => failing(stage.life.live!.authority, 'seal')],
    ['its JSON', () => failing(JSON, 'stringify')],
    ['its row', () => failing(stage.life.journal, 'append')],
  ])('[C2] before its row is written aborts the object, which sends nothing more: in %s', async (_, fail) => {
    const one = await stage.join('client-1')
    const two = await stage.join('client-2')
    await committed(one, 'w')
    submit(one, 2, edit('x'))
    const [before, after] = [one.frames.length, two.frames.length]
    fail()
    expect(() => stage.life.live?.sealNow()).toThrow('injected')
    vi.restoreAllMocks()
    expect(stage.aborted).toContain('injected')
    submit(two, 1, edit('y'))
    await vi.advanceTimersByTimeAsync(INTERVAL_MS)
    expect([one.frames.length, two.frames.length]).toEqual([before, after])
    await wakes('wabc', one, two)
  })

  it('[C2] as it becomes durable, the object is aborted, and who waits for it is not left waiting', async () => {
    stage.synced = () => Promise.reject(new Error('the disk is gone'))
    const owner = personOf('owner', { role: 'owner' })
    const saying = [{ type: 'chat', text: 'hello', name: 'owner' }] as const
    const committing = stage.life.visit(ROOM, async (live) => live?.commit(owner, saying))
    const failed = expect(committing).rejects.toThrow('the disk is gone')
    await vi.advanceTimersByTimeAsync(INTERVAL_MS)
    await failed
    expect(stage.aborted).toContain('the disk is gone')
  })

  it('[C6] halfway through its content leaves nothing behind', async () => {
    const one = await stage.join('client-1')
    await committed(one, 'w')
    // Smaller than what seals a batch: the test decides when to commit.
    submit(one, 2, create('large', 'z'.repeat(40_000)), create('larger', 'z'.repeat(1_000_000)))
    stage.refuses = 'commits'
    expect(() => stage.life.live?.sealNow()).toThrow('cannot be written')
    stage.refuses = null
    await stage.sleep(one)
    const again = await stage.join('client-2')
    submit(again, 1, create('short', 'v'.repeat(40_000)))
    await vi.advanceTimersByTimeAsync(INTERVAL_MS)
    expect(stage.life.journal.log.blob('3-0')).toBe('v'.repeat(40_000))
    again.send({ type: 'blob', blob: '3-1' })
    expect(again.heard('error')).toMatchObject([{ code: 'no_such_blob' }])
  })
})

describe('a text in several chunks', () => {
  it('that is fetched from the store is stored completely or not at all', async () => {
    const text = 'line\n'.repeat(200_000)
    const one = await stage.join('client-1')
    submit(one, 1, create('large', text))
    await vi.advanceTimersByTimeAsync(INTERVAL_MS)
    one.leave()
    for (let i = 0; i < 2; i++) {
      vi.setSystemTime(Math.max(Date.now(), stage.alarm ?? 0))
      await stage.ring()
    }
    expect(stage.life.journal.isRoom).toBe(false)
    stage.refuses = 'texts'
    stage.takes = 1
    const two = await stage.join('client-2')
    two.send({ type: 'open', file: 'large' })
    await vi.advanceTimersByTimeAsync(INTERVAL_MS)
    expect(two.heard('error')).toMatchObject([{ code: 'text_unavailable' }])
    expect(stage.life.journal.hasText('large')).toBe(false)
    stage.refuses = null
    const three = await stage.join('client-3')
    three.send({ type: 'open', file: 'large' })
    await vi.advanceTimersByTimeAsync(INTERVAL_MS)
    expect(three.heard('text')).toMatchObject([{ text }])
  })
})

describe('a commit that is written', () => {
  it('[T5] is sent to everybody except a socket that fails', async () => {
    const people = [await stage.join('client-1'), await stage.join('client-2'), await stage.join('client-3')]
    const [one, broken, three] = people as [Caller, Caller, Caller]
    await vi.advanceTimersByTimeAsync(INTERVAL_MS)
    broken.failToSend()
    submit(one, 1, edit('x'))
    await vi.advanceTimersByTimeAsync(INTERVAL_MS)
    expect([heard(one).length, heard(three).length]).toEqual([1, 1])
    expect(broken.closed?.code).toBe(1011)
    expect(stage.aborted).toBeNull()
  })

  it('is sent even if the checkpoint after it cannot be written', async () => {
    const one = await stage.join('client-1')
    stage.refuses = 'clients'
    for (let n = 1; n <= 520; n++) {
      submit(one, n, edit('x'))
      stage.life.live?.sealNow()
    }
    expect(heard(one).length).toBe(520)
    expect([one.closed, stage.aborted]).toEqual([null, null])
    expect(stage.log.at(-1)).toMatchObject({ event: 'failed', task: 'checkpoint' })
    stage.refuses = null
    submit(one, 521, edit('x'))
    stage.life.live?.sealNow()
    expect(stage.life.journal.checkpointSeq).toBe(522)
    await wakes(`${'x'.repeat(521)}abc`, one)
  })
})
