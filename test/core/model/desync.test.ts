/** Desync reports: when one is made, and what can be concluded from it. */
import { describe, expect, it } from 'vitest'
import { type DesyncReport, desyncReport } from '../../../core/model/desync-report.ts'
import { explainDesync } from '../../../core/model/explain-desync.ts'
import type { Commit, CommittedChange, Desync } from '../../../core/protocol/messages.ts'
import { checksumOf } from '../../../core/text/checksum.ts'
import type { TextOp } from '../../../core/text/op.ts'

const edit = (op: TextOp, file = 'f'): CommittedChange => ({ type: 'edit', file, op })

function commitOf(changes: readonly CommittedChange[], sums: Record<string, number>): Commit {
  const entry = { client: 'client-ben', n: 1, user: 'ben' }
  const entries = changes.map((change) => ({ ...entry, changes: [change] }))
  return { type: 'commit', seq: 7, at: 0, entries, sums }
}

/** The report of a client with these texts before and after the commit, and these edits. */
function said(before: string, text: string, ...ops: TextOp[]): Desync {
  return {
    type: 'desync',
    file: 'f',
    seq: 7,
    good: 6,
    sum: checksumOf(text),
    points: [...text].length,
    before,
    text,
    ops,
  }
}

const facts = {
  room: 'r',
  epoch: 'e',
  at: 5,
  user: 'anna',
  client: 'client-anna',
  path: 'f.txt',
  blob: () => null,
}

function reportOf(
  words: Desync,
  commit: Commit | null,
  sumBefore: number | null = null,
): DesyncReport | null {
  return desyncReport(words, { ...facts, commit, sumBefore })
}

function explain(words: Desync, commit: Commit, sumBefore?: number) {
  const report = reportOf(words, commit, sumBefore)
  if (report === null) throw new Error('no report was made')
  // Serialised, as it is when loaded from storage.
  return explainDesync(JSON.parse(JSON.stringify(report)))
}

describe('[D3] a report is not made', () => {
  it('for a commit that is not in the log', () => {
    expect(reportOf(said('a', 'b'), null)).toBeNull()
  })

  it('for a file that the commit does not mention', () => {
    expect(reportOf(said('a', 'b'), commitOf([edit(['x'], 'g')], { g: 1 }))).toBeNull()
    expect(reportOf({ ...said('a', 'b'), file: 'toString' }, commitOf([], {}))).toBeNull()
  })

  it('for a checksum that equals the one in the log', () => {
    expect(reportOf(said('a', 'xa'), commitOf([edit(['x'])], { f: checksumOf('xa') }))).toBeNull()
  })
})

describe('[D2] a report', () => {
  it('has the commit reduced to its file, with the content of blobs', () => {
    const blob = { blob: '7-0', points: 5, sum: checksumOf('["x"]') }
    const changes: CommittedChange[] = [edit(['secret'], 'g'), { type: 'edit', file: 'f', op: blob }]
    const commit = commitOf(changes, { f: 1, g: 2 })
    const report = desyncReport(said('a', 'a'), { ...facts, commit, sumBefore: null, blob: () => '["x"]' })
    expect(report?.commit).toMatchObject({ sums: { f: 1 }, entries: [{ changes: [edit(['x'])] }] })
    expect(JSON.stringify(report)).not.toContain('secret')
  })
})

describe('[D2] the cause of a desync', () => {
  const right = commitOf([edit([1, 'x']), edit([2, 'y'])], { f: checksumOf('axyb') })

  it('op: the client applied a different edit, and which', () => {
    expect(explain(said('ab', 'axbzz', [1, 'x'], [3, 'zz']), right)).toEqual({
      cause: 'op',
      message: expect.stringContaining('edit 2'),
      op: { index: 1, log: [2, 'y'], client: [3, 'zz'] },
      expected: 'axyb',
      found: 'axbzz',
      isReproduced: true,
    })
  })

  it('op: the client missed an edit', () => {
    const { cause, op, isReproduced } = explain(said('ab', 'axb', [1, 'x']), right)
    expect([cause, op?.index, op?.client, isReproduced]).toEqual(['op', 1, null, true])
  })

  it('client: the same edits gave a different text', () => {
    const { cause, expected, found } = explain(said('ab', 'ayxb', [1, 'x'], [2, 'y']), right)
    expect([cause, expected, found]).toEqual(['client', 'axyb', 'ayxb'])
  })

  it('room: its checksum does not match its own log', () => {
    const wrong = commitOf([edit([1, 'x'])], { f: checksumOf('something else') })
    expect(explain(said('ab', 'axb', [1, 'x']), wrong)).toMatchObject({ cause: 'room', isReproduced: true })
  })

  it('before: the text had already differed', () => {
    const words = said('AB', 'AxyB', [1, 'x'], [2, 'y'])
    expect(explain(words, right, checksumOf('ab'))).toMatchObject({ cause: 'before', expected: 'AxyB' })
    expect(explain(words, right, checksumOf('AB'))).toMatchObject({ cause: 'room' })
  })

  it('unknown: the report lacks something, and says what', () => {
    const { before, text, ...bare } = said('ab', 'axb', [1, 'x'])
    expect(explain(bare, right)).toMatchObject({ cause: 'unknown', isReproduced: false })
    const blob = { blob: '7-0', points: 5, sum: 1 }
    const distant = commitOf([{ type: 'edit', file: 'f', op: blob }], { f: 1 })
    expect(explain(said('ab', 'axb', [1, 'x']), distant)).toMatchObject({
      cause: 'unknown',
      message: expect.stringContaining('content of the commit'),
      isReproduced: true,
    })
  })

  it('is computed from the created text if the commit created the file', () => {
    const created = commitOf([{ type: 'create', file: 'f', path: 'f', text: 'new' }, edit([3, '!'])], {
      f: checksumOf('new!'),
    })
    const { before, ...words } = said('', 'new?', [3, '!'])
    expect(explain(words, created)).toMatchObject({ cause: 'client', expected: 'new!', found: 'new?' })
  })
})
