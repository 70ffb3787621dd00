/** The size of commits: counted exactly enough that every commit fits into a journal row. */
import { describe, expect, it } from 'vitest'
import { Batch } from '../../../core/authority/batch.ts'
import { inlineBlobs } from '../../../core/model/blobs.ts'
import { entryBytes } from '../../../core/model/commit-size.ts'
import { fileOf } from '../../../core/protocol/changes.ts'
import { COMMIT_BYTES, DEFAULT_LIMITS, ROW_BYTES, SUBMISSION_BYTES } from '../../../core/protocol/limits.ts'
import type { Change, Entry } from '../../../core/protocol/messages.ts'
import { jsonBytesOf } from '../../../core/text/units.ts'
import type { Random } from '../../support/random.ts'
import { seeded } from '../../support/seeded.ts'
import { ANNA, BEN, Harness } from './support.ts'

const run = seeded()
const WORST_PATH = '"'.repeat(512)

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}

function entryOf(changes: readonly Change[], user = 'anna'): Entry<Change> {
  return { client: 'client-1', n: 1, user, changes }
}

/** Text made of everything that JSON writes in more than one byte. */
function oddText(random: Random, length: number): string {
  const letters = [
    'a',
    '"',
    '\\',
    '\n',
    '\t',
    '\u0001',
    '\u001f',
    '\u007f',
    'é',
    '語',
    '🦊',
    '\u2028',
    '\ufeff',
  ]
  return Array.from({ length: random.int(length) }, () => random.pick(letters)).join('')
}

function oddChange(random: Random): Change {
  const file = 'f'.repeat(1 + random.int(64))
  const count = () => random.pick([1, 9_999, 10_000, 99_999_999, Number.MAX_SAFE_INTEGER])
  const user = oddText(random, 20)
  return random.pick<Change>([
    { type: 'edit', file, op: [count(), oddText(random, 30), { d: count() }] },
    { type: 'create', file, path: oddText(random, 30), text: oddText(random, 200) },
    { type: 'rename', file, path: oddText(random, 30) },
    { type: 'remove', file, path: oddText(random, 30), was: oddText(random, 100) },
    { type: 'remove', file, path: '', was: { blob: `${count()}-999`, points: count(), sum: 4294967295 } },
    { type: 'chat', text: oddText(random, 200), name: oddText(random, 20) },
    { type: 'role', user, role: 'editor', name: oddText(random, 20) },
    { type: 'role', user, role: 'viewer' },
    { type: 'kick', user, at: Date.UTC(2200, 0, 1) },
    { type: 'ban', user, on: false, at: Date.UTC(2200, 0, 1), name: oddText(random, 20) },
    { type: 'guests', on: false },
    {
      type: 'invite',
      token: 't'.repeat(30),
      user,
      name: oddText(random, 20),
      role: 'viewer',
      expires: Date.UTC(2200, 0, 1),
      at: Date.UTC(2200, 0, 1),
    },
    { type: 'revoke', at: Date.UTC(2200, 0, 1) },
    { type: 'revoke', token: 't'.repeat(30), at: Date.UTC(2200, 0, 1) },
    { type: 'mode', mode: 'classroom' },
    { type: 'access', access: 'private' },
    { type: 'chatting', on: false },
    { type: 'close', closed: false },
  ])
}

describe('the bytes of a commit', () => {
  it('of a string equal its JSON', () => {
    const { random } = run
    for (let i = 0; i < 2_000; i++) {
      const text = oddText(random, 40)
      expect(jsonBytesOf(text) + 2).toBe(bytesOf(text))
    }
    const lone = '\ud800x\udc00'
    expect(jsonBytesOf(lone) + 2).toBe(bytesOf(lone))
  })

  it('never exceed the count, and are close to it', () => {
    const { random } = run
    let [counted, real] = [0, 0]
    for (let i = 0; i < 2_000; i++) {
      const changes = Array.from({ length: random.int(6) }, () => oddChange(random))
      const entry = { ...entryOf(changes, oddText(random, 20)), n: Number.MAX_SAFE_INTEGER }
      const isText = ({ type }: Change) => type === 'edit' || type === 'create'
      const sums = changes.filter(isText).map((change) => `"${fileOf(change)}":4294967295,`)
      const most = entryBytes(entry, Number.POSITIVE_INFINITY)
      const bytes = bytesOf(entry) + 1 + sums.join('').length
      expect(most).toBeGreaterThanOrEqual(bytes)
      counted += most
      real += bytes
    }
    expect(counted / real).toBeLessThan(1.3)
  })

  it('include only the reference of a blob', () => {
    const entry = entryOf([{ type: 'create', file: 'f', path: 'p', text: 'x'.repeat(100_000) }])
    const batch = new Batch(Number.MAX_SAFE_INTEGER)
    const prepared = batch.prepare(entry)
    expect(prepared?.bytes).toBeGreaterThanOrEqual(bytesOf(prepared?.written))
    expect(prepared?.bytes).toBeLessThan(500)
  })
})

describe('[C8] the text of a removed file', () => {
  const remove = (was: string): Change => ({ type: 'remove', file: 'f', path: 'p', was })

  it('stays in the commit up to 128 units, becomes a blob above, and is not kept in memory', () => {
    const batch = new Batch(7)
    const prepared = batch.prepare(entryOf([remove('x'.repeat(128)), remove('y'.repeat(129))]))
    if (prepared === null) throw new Error('it does not fit')
    batch.add(prepared)
    const { whole, commit, blobs } = batch.commit(1, {})
    expect(blobs).toEqual(new Map([['7-0', 'y'.repeat(129)]]))
    const named = { blob: '7-0', points: 129, sum: expect.any(Number) }
    expect(commit.entries[0]?.changes).toMatchObject([{ was: 'x'.repeat(128) }, { was: named }])
    expect(whole.entries).toEqual(commit.entries)
    expect(inlineBlobs(commit, () => undefined)).toEqual(commit)
  })

  it('fills a batch although little of it is in the commit', () => {
    const batch = new Batch(7)
    for (let i = 0; i < 4; i++) {
      expect(batch.isFull).toBe(false)
      const prepared = batch.prepare(entryOf([remove('x'.repeat(256 * 1024))]))
      if (prepared !== null) batch.add(prepared)
    }
    expect(batch.isFull).toBe(true)
  })
})

describe('[S11] [C6] a commit fits into its row', () => {
  it('even for a thousand creations of control characters with paths full of quotes', () => {
    const batch = new Batch(7)
    const many = Array.from(
      { length: DEFAULT_LIMITS.changes },
      (_, i): Change => ({
        type: 'create',
        file: `f${i}`.padEnd(64, 'x'),
        path: WORST_PATH,
        text: '\u0001'.repeat(195),
      }),
    )
    const prepared = batch.prepare(entryOf(many))
    if (prepared === null) throw new Error('it does not fit')
    batch.add(prepared)
    expect(batch.isFull).toBe(true)
    const { whole, commit, blobs } = batch.commit(
      1,
      Object.fromEntries(many.map((_, i) => [`f${i}`.padEnd(64, 'x'), 4294967295])),
    )
    expect(blobs.size).toBe(DEFAULT_LIMITS.changes)
    expect(bytesOf(commit)).toBeLessThan(SUBMISSION_BYTES)
    expect(inlineBlobs(commit, (blob) => blobs.get(blob))).toEqual(whole)
  })

  it('whatever the batch contained before', () => {
    expect(COMMIT_BYTES + SUBMISSION_BYTES + 200).toBeLessThan(ROW_BYTES)
  })

  it('if many connections rename at once: a full batch is sealed before it accepts more', () => {
    const harness = new Harness(Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`${i}`, 'x'])))
    const path = (i: number, round: number) => `${'"'.repeat(500)}${round}-${i}`
    let commits = 0
    for (let round = 0; round < 5; round++) {
      const author = { ...ANNA, client: `client-${round}` }
      const renames = Array.from(
        { length: 1_000 },
        (_, i): Change => ({ type: 'rename', file: `${i}`, path: path(i, round) }),
      )
      expect(harness.submit(author, renames)).toMatchObject({ type: 'accepted' })
      if (!harness.authority.isFull) continue
      expect(() => harness.submit(BEN, [{ type: 'chat', text: 'hi' }])).toThrow('sealed first')
      const { commit } = harness.authority.seal(0)
      expect(bytesOf(commit)).toBeLessThan(ROW_BYTES)
      commits++
    }
    expect(commits).toBe(5)
  })

  it('or the submission is refused without a trace', () => {
    const harness = new Harness({ f: 'text', g: '' })
    const path = (i: number) => `${'"'.repeat(500)}${i}`
    const renames = Array.from(
      { length: 1_500 },
      (_, i): Change => ({ type: 'rename', file: 'g', path: path(i) }),
    )
    const edit: Change = { type: 'edit', file: 'f', op: ['more '] }
    const outcome = harness.submit(ANNA, [edit, { type: 'remove', file: 'f' }, ...renames])
    expect(outcome).toMatchObject({ type: 'reject', code: 'submission_too_large' })
    expect([harness.authority.hasBatch, harness.text('f')]).toEqual([false, 'text'])
    // Later submissions are transformed over the batch, not over what was refused.
    expect(harness.submit(ANNA, [edit])).toMatchObject({ type: 'accepted' })
    expect(harness.submit(BEN, [{ type: 'edit', file: 'f', op: [4, '!'] }])).toMatchObject({
      type: 'accepted',
    })
    expect(harness.text('f')).toBe('more text!')
  })
})
