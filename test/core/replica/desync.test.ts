/**
 * A copy that diverges from the room: detected at that very commit, reported, healed, and nothing typed is
 * lost.
 */
import { describe, expect, it } from 'vitest'
import { desyncReport } from '../../../core/model/desync-report.ts'
import { explainDesync } from '../../../core/model/explain-desync.ts'
import { decodeClientMessage } from '../../../core/protocol/decode-client.ts'
import { DEFAULT_LIMITS, REPORT_UNITS, VIEWER_REPORT_UNITS } from '../../../core/protocol/limits.ts'
import type { Change, Commit, Desync, Welcome } from '../../../core/protocol/messages.ts'
import type { Effect } from '../../../core/replica/effects.ts'
import { viewerReport } from '../../../core/replica/evidence.ts'
import { Replica } from '../../../core/replica/replica.ts'
import type { TextOp } from '../../../core/text/op.ts'
import { seeded } from '../../support/seeded.ts'
import { ANNA, BEN, Harness } from '../authority/support.ts'

const FILE = 'f'

/** Anna's replica and the room, with a channel between them that can damage commits. */
class Pair {
  readonly harness: Harness
  readonly replica = new Replica(ANNA.client)
  readonly reports: Desync[] = []
  readonly commits: Commit<Change>[] = []
  readonly effects: Effect[] = []
  /** Points of the room's text as of the last commit. */
  committedPoints: number
  #wanted = false
  #bens = 0

  constructor(text: string) {
    this.harness = new Harness({ [FILE]: text })
    this.committedPoints = [...text].length
    const { seq } = this.harness.authority.state
    const files = [{ file: FILE, path: FILE, revision: seq }]
    const welcome = {
      type: 'welcome',
      epoch: 'e',
      seq,
      n: 0,
      resumed: false,
      files,
      user: ANNA.user,
      peers: [],
    }
    this.replica.welcome(welcome as unknown as Welcome)
    this.replica.open(FILE)
    this.replica.receiveText(FILE, text)
  }

  get local(): string | undefined {
    return this.replica.text(FILE)?.toString()
  }

  get room(): string | undefined {
    return this.harness.text(FILE)
  }

  /** Sends the next submission to the room, which accepts it. */
  submit(): void {
    const message = this.replica.next()
    if (message !== null)
      expect(this.harness.authority.submit(ANNA, message, 1_000)).toMatchObject({ type: 'accepted' })
  }

  /** Ben edits the latest committed text; each time as a new client, so that he need not wait for an ack. */
  ben(...op: TextOp): void {
    const author = { ...BEN, client: `${BEN.client}-${++this.#bens}` }
    expect(this.harness.edit(author, FILE, op)).toMatchObject({ type: 'accepted' })
  }

  /** The room commits; the commit arrives here damaged. */
  commit(damage: (op: TextOp, client: string) => TextOp | null = (op) => op): void {
    if (!this.harness.authority.hasBatch) return
    const commit = this.harness.seal()
    this.commits.push(commit)
    this.committedPoints = [...(this.room ?? '')].length
    const entries = commit.entries.map((entry) => {
      const changes = entry.changes.flatMap((change): Change[] => {
        const op = change.type === 'edit' ? damage(change.op, entry.client) : null
        return op === null ? [] : [{ ...change, type: 'edit', op } as Change]
      })
      return { ...entry, changes }
    })
    this.#take(this.replica.receive({ ...commit, entries }))
  }

  /** The requested text arrives. */
  heal(): void {
    if (!this.#wanted) return
    this.#wanted = false
    this.#take(this.replica.receiveText(FILE, this.room ?? ''))
  }

  explain(said: Desync) {
    const at = (seq: number) => this.commits.find((commit) => commit.seq === seq) ?? null
    const facts = { room: 'r', epoch: 'e', at: 0, user: ANNA.user, client: ANNA.client, path: FILE }
    const sumBefore = at(said.seq - 1)?.sums[FILE] ?? null
    const report = desyncReport(said, { ...facts, commit: at(said.seq), sumBefore, blob: () => null })
    return report === null ? null : explainDesync(report)
  }

  #take(effects: readonly Effect[]): void {
    this.effects.push(...effects)
    for (const effect of effects) {
      if (effect.type !== 'desync') continue
      this.reports.push(effect.report)
      this.#wanted = true
    }
  }
}

const dropped = (op: TextOp): TextOp => op.flatMap((part) => (typeof part === 'string' ? [] : [part]))

describe('[D1] a copy that received a damaged commit', () => {
  it('keeps what was typed before the damage, while in flight, during the fetch and after it', () => {
    const pair = new Pair('hello')
    pair.replica.drafts.edit(FILE, [5, '<flying>'])
    pair.submit()
    pair.replica.drafts.edit(FILE, ['<waiting>'])
    pair.ben(2, 'BEN')
    pair.commit((op, client) => (client.startsWith(BEN.client) ? [1, 'BN'] : op))
    expect(pair.reports).toHaveLength(1)
    pair.replica.drafts.edit(FILE, ['<meanwhile>'])
    expect(pair.replica.next()).toBeNull()
    pair.ben('again ')
    pair.commit()
    pair.heal()
    pair.replica.drafts.edit(FILE, ['<after>'])
    for (let i = 0; i < 3; i++) {
      pair.submit()
      pair.commit()
    }
    expect(pair.replica.pending).toBe(0)
    expect(pair.local).toBe(pair.room)
    for (const token of ['<flying>', '<waiting>', '<meanwhile>', '<after>', 'BEN', 'again '])
      expect(pair.local?.split(token)).toHaveLength(2)
    expect(pair.effects.filter(({ type }) => type === 'desync')).toHaveLength(1)
    expect(pair.reports).toHaveLength(1)
  })

  it('reports everything needed to replay it, in a message that the room accepts', () => {
    const pair = new Pair('hello')
    pair.ben(2, 'BEN')
    pair.commit((op) => [...op.slice(0, -1), 'BN'])
    const [report] = pair.reports
    expect(report).toMatchObject({ file: FILE, seq: 2, good: 1, points: 7, before: 'hello', text: 'heBNllo' })
    expect(report?.ops).toEqual([[2, 'BN']])
    expect(decodeClientMessage(JSON.stringify(report), DEFAULT_LIMITS)).toEqual(report)
    expect(pair.explain(report as Desync)).toMatchObject({
      cause: 'op',
      op: { index: 0, log: [2, 'BEN'], client: [2, 'BN'] },
      expected: 'heBENllo',
      found: 'heBNllo',
      isReproduced: true,
    })
  })

  it('reports an edit that does not fit as a desync, and continues', () => {
    const pair = new Pair('hello')
    pair.replica.drafts.edit(FILE, [5, ' mine'])
    pair.ben(5, '!')
    pair.commit(() => [99, 'x'])
    expect(pair.local).toBe('hello mine')
    expect(pair.explain(pair.reports[0] as Desync)).toMatchObject({
      cause: 'op',
      found: 'hello',
      isReproduced: true,
    })
    pair.heal()
    pair.submit()
    pair.commit()
    expect([pair.local, pair.room]).toEqual(['hello! mine', 'hello! mine'])
  })

  it.each([
    ['altered', (op: TextOp) => dropped(op)],
    ['lost', () => null],
  ])('is not affected by an ack whose edit was %s: it knows what it sent', (_, damage) => {
    const pair = new Pair('hello')
    pair.replica.drafts.edit(FILE, [5, ' mine'])
    pair.submit()
    pair.replica.drafts.edit(FILE, [10, '!'])
    pair.commit(damage)
    expect(pair.reports).toEqual([])
    pair.submit()
    pair.commit()
    expect([pair.local, pair.room, pair.replica.pending]).toEqual(['hello mine!', 'hello mine!', 0])
  })

  it('omits texts that are too large from its report, but has their size and checksum', () => {
    const pair = new Pair('x'.repeat(REPORT_UNITS))
    pair.ben('BEN')
    pair.commit(() => ['BN'])
    const [report] = pair.reports
    expect(report).toMatchObject({ points: REPORT_UNITS + 2, ops: [['BN']] })
    expect([report?.before, report?.text]).toEqual([undefined, undefined])
    expect(pair.explain(report as Desync)).toMatchObject({ cause: 'unknown', isReproduced: false })
    pair.heal()
    expect(pair.local === pair.room).toBe(true)
  })
})

describe('[D2] the report of a viewer', () => {
  const report = (op: string): Desync => ({
    ...{ type: 'desync', file: FILE, seq: 3, good: 2, sum: 1, points: 9 },
    ...{ before: 'x'.repeat(REPORT_UNITS - 2), text: 'the text', ops: [[op]] },
  })

  it('has no texts', () => {
    const sent = viewerReport(report('hello'))
    expect(sent).toMatchObject({ file: FILE, seq: 3, good: 2, sum: 1, points: 9, ops: [['hello']] })
    expect(Object.keys(sent)).not.toEqual(expect.arrayContaining(['before']))
    expect(Object.keys(sent)).not.toEqual(expect.arrayContaining(['text']))
  })

  it.each([100, VIEWER_REPORT_UNITS - 200, VIEWER_REPORT_UNITS, REPORT_UNITS - 10])(
    'is accepted by the room, with %i units of edits',
    (units) => {
      const sent = viewerReport(report('x'.repeat(units)))
      expect(decodeClientMessage(JSON.stringify(sent), DEFAULT_LIMITS, 'viewer')).toEqual(sent)
    },
  )
})

describe('[D1] random typing and damage', () => {
  const run = seeded()

  it('loses and duplicates no character, and each report reproduces its desync', () => {
    const { random } = run
    let desyncs = 0
    for (let round = 0; round < 60; round++) {
      const pair = new Pair('the text that everybody begins with')
      const typed: string[] = []
      const fresh = () => {
        const character = String.fromCodePoint(0x4e00 + typed.length)
        typed.push(character)
        return character
      }
      const insert = (points: number): TextOp => {
        const at = random.int(points + 1)
        return at === 0 ? [fresh()] : [at, fresh()]
      }
      const damage = (op: TextOp): TextOp | null => {
        const roll = random.int(8)
        if (roll === 0) return dropped(op)
        if (roll === 1) return null
        if (roll === 2) return [1_000, 'misfit']
        if (roll === 3) return [{ d: 2 }]
        return op
      }
      for (let step = 0; step < 40; step++) {
        const roll = random.int(6)
        if (roll < 2) pair.replica.drafts.edit(FILE, insert(pair.replica.text(FILE)?.points ?? 0))
        else if (roll === 2) pair.ben(...insert(pair.committedPoints))
        else if (roll === 3) pair.submit()
        else if (roll === 4) pair.commit(damage)
        else {
          pair.commit(damage)
          pair.heal()
        }
      }
      for (let i = 0; pair.replica.pending > 0 || i === 0; i++) {
        expect(i).toBeLessThan(100)
        pair.commit()
        pair.heal()
        pair.submit()
      }
      expect(pair.local).toBe(pair.room)
      for (const character of typed) expect(pair.local?.split(character)).toHaveLength(2)
      for (const report of pair.reports) {
        // An invalid op cannot be included in the report.
        const cause = report.ops === undefined ? 'client' : 'op'
        expect(pair.explain(report)).toMatchObject({ cause, isReproduced: true })
      }
      desyncs += pair.reports.length
    }
    expect(desyncs).toBeGreaterThan(100)
  })
})
