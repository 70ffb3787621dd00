/** Tests of the chaos judge: it has to find every way in which a log can be wrong. */
import { describe, expect, it } from 'vitest'
import type { Commit } from '../../core/protocol/messages.ts'
import { type Evidence, judge, type LogRow } from '../../verify/chaos/checker.ts'
import { boundaryAfter, markerOf, markersIn } from '../../verify/chaos/markers.ts'
import { keyOf, type Submission } from '../../verify/chaos/witness.ts'

const ANN = 'ann-0001'
const BOB = 'bob-0001'

type Entry = Commit['entries'][number]

const entry = (client: string, n: number, ...changes: Entry['changes']): Entry => ({
  client,
  n,
  user: `user of ${client}`,
  changes,
})
const create = (text: string) => ({ type: 'create', file: 'f1', path: 'a.txt', text }) as const
const insert = (...op: (number | string)[]) => ({ type: 'edit', file: 'f1', op }) as const

function row(seq: number, ...entries: Entry[]): LogRow {
  return { seq, body: JSON.stringify({ type: 'commit', seq, at: seq, entries, sums: {} }), blobs: null }
}

const LOG = [
  row(1, entry('api', 0, create(''))),
  row(2, entry(ANN, 1, insert('<ann.0>'))),
  row(3, entry(BOB, 1, insert(7, '<bob.0>')), entry(ANN, 2, insert(14, '<ann.1>'))),
]
const TEXT = '<ann.0><bob.0><ann.1>'

const sent = (client: string, n: number, marker: string, seq: number): Submission => ({
  client,
  n,
  markers: [marker],
  sent: 1,
  answer: 'commit',
  seq,
})

/** Evidence without a violation, except for what a test changes. */
function evidence(otherwise: Partial<Evidence> = {}): Evidence {
  return {
    submissions: [sent(ANN, 1, '<ann.0>', 2), sent(BOB, 1, '<bob.0>', 3), sent(ANN, 2, '<ann.1>', 3)],
    commits: new Map(LOG.map(({ seq, body }) => [seq, body])),
    log: LOG,
    copies: [{ name: 'ann', texts: new Map([['a.txt', TEXT]]) }],
    fates: new Map([
      ['<ann.0>', 'present'],
      ['<bob.0>', 'present'],
      ['<ann.1>', 'present'],
    ]),
    ...otherwise,
  }
}

describe('the judge', () => {
  it('accepts the text that the room added to a removal', () => {
    const removal = row(4, entry(BOB, 2, { type: 'remove', file: 'f1', path: 'a.txt', was: TEXT }))
    const gone = {
      submissions: [...evidence().submissions, { ...sent(BOB, 2, '', 4), markers: [] }],
      log: [...LOG, removal],
      copies: [{ name: 'ann', texts: new Map() }],
      fates: new Map(),
    }
    expect(judge(evidence(gone))).toEqual([])
    const other = row(4, entry(BOB, 2, { type: 'remove', file: 'f1', path: 'a.txt', was: 'other' }))
    expect(judge(evidence({ ...gone, log: [...LOG, other] }))).toEqual([
      'the log cannot be applied: Error: the removal in commit 4 carries another text than the file had',
    ])
  })

  it('finds nothing wrong with a log that keeps the promise', () => {
    expect(judge(evidence())).toEqual([])
  })

  it('finds a gap in the log', () => {
    expect(judge(evidence({ log: [LOG[0]!, LOG[2]!] }))).toContain('the log has commit 3 instead of 2')
  })

  it('finds an acked submission that is lost, even if all texts agree', () => {
    const log = [
      LOG[0]!,
      row(2, entry(ANN, 1, insert('<ann.0>'))),
      row(3, entry(BOB, 1, insert(7, '<bob.0>'))),
    ]
    const copies = [{ name: 'ann', texts: new Map([['a.txt', '<ann.0><bob.0>']]) }]
    expect(judge(evidence({ log, copies, commits: new Map(), fates: new Map([]) }))).toContain(
      `${keyOf(ANN, 2)} was acked (commit, seq 3) but is not in the log: <ann.1>`,
    )
  })

  it('finds a submission that is in the log twice', () => {
    const log = [...LOG, row(4, entry(ANN, 2, insert(21, '<ann.1>')))]
    expect(judge(evidence({ log }))).toContain(`${keyOf(ANN, 2)} is in the log twice: in 3 and in 4`)
    expect(judge(evidence({ log }))).toContain('<ann.1> should be present but occurs 2 times')
  })

  it('finds a commit that was seen and then changed', () => {
    const log = [
      LOG[0]!,
      LOG[1]!,
      row(3, entry(ANN, 2, insert(7, '<ann.1>')), entry(BOB, 1, insert(7, '<bob.0>'))),
    ]
    expect(judge(evidence({ log })).join()).toContain('commit 3 was seen in another form than in the log')
    const seen = new Map([...evidence().commits, [4, LOG[2]!.body]])
    expect(judge(evidence({ commits: seen })).join()).toContain('commit 4 was seen but is not in the log')
  })

  it('finds a refused submission that was committed', () => {
    const submissions = [...evidence().submissions].map((submission) =>
      submission.client === BOB ? { ...submission, answer: 'reject' as const, seq: null } : submission,
    )
    expect(judge(evidence({ submissions }))).toEqual([`${keyOf(BOB, 1)} was refused but is in commit 3`])
  })

  it('finds a submission that nobody sent, and one with other content than was sent', () => {
    const [first, ...others] = [...evidence().submissions]
    expect(judge(evidence({ submissions: others }))).toEqual([
      `${keyOf(ANN, 1)} is in commit 2 but was never sent`,
    ])
    const other = { ...first!, markers: ['<ann.7>'] }
    expect(judge(evidence({ submissions: [other, ...others] }))).toEqual([
      `${keyOf(ANN, 1)} was sent with <ann.7> but is in the log with <ann.0>`,
    ])
  })

  it('finds an ack with the wrong seq', () => {
    const submissions = [...evidence().submissions].map((each) =>
      each.seq === 2 ? { ...each, seq: 3 } : each,
    )
    expect(judge(evidence({ submissions }))).toEqual([`${keyOf(ANN, 1)} was acked in 3 but is in 2`])
  })

  it('finds a text that differs from the log, and extra and missing files', () => {
    const copy = (name: string, texts: Record<string, string>) => ({
      name,
      texts: new Map(Object.entries(texts)),
    })
    const copies = [copy('bob', { 'a.txt': '<ann.0><ann.1><bob.0>' }), copy('Postgres', { 'b.txt': TEXT })]
    expect(judge(evidence({ copies }))).toEqual([
      'bob: a.txt differs at unit 8: "bob.0><ann.1>" expected, "ann.1><bob.0>" there',
      'Postgres does not have a.txt',
      'Postgres has b.txt, which the log does not have',
    ])
  })

  it('finds a marker that was removed and is still there, and one that nobody typed', () => {
    const fates = new Map([...evidence().fates, ['<bob.0>', 'gone'] as const])
    fates.delete('<ann.0>')
    expect(judge(evidence({ fates }))).toEqual([
      '<bob.0> should be gone but occurs 1 times',
      '<ann.0> was never typed',
    ])
  })

  it('fills in blobs before it reads the log, and reports missing ones', () => {
    const large = {
      type: 'create',
      file: 'f1',
      path: 'a.txt',
      text: { blob: '1-0', points: 7, sum: 1866028544 },
    }
    const log = [row(1, entry('api', 0, large as unknown as Entry['changes'][number]))]
    expect(judge(evidence({ log })).join()).toContain('a text of commit 1 is missing')
  })
})

describe('markers', () => {
  it('are found in text and in data, long ones without their filling', () => {
    const long = markerOf('pa0', 3, 40)
    expect(long).toHaveLength(42)
    expect(markersIn(`<pa0.1>${long}x`)).toEqual(['<pa0.1>', '<pa0.3>'])
    expect(markersIn([{ op: [3, '<pb.1><pb.2>'] }])).toEqual(['<pb.1>', '<pb.2>'])
  })

  it('are never split by one that is typed between them', () => {
    const text = '<pa.1><pa.2>'
    expect([0, 1, 6, 7, 12].map((unit) => boundaryAfter(text, unit))).toEqual([0, 6, 6, 12, 12])
  })
})
