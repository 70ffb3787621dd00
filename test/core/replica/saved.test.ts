/** A client that is saved and restored: its work continues, and nothing is committed twice. */
import { expect, it } from 'vitest'
import type { CommittedChange, Entry, Welcome } from '../../../core/protocol/messages.ts'
import type { Effect } from '../../../core/replica/effects.ts'
import { Replica } from '../../../core/replica/replica.ts'
import { restored } from '../../../core/replica/restore.ts'
import { UNRULED } from '../../support/person.ts'

const ME = 'client-me'

function welcome(over: Partial<Welcome> = {}): Welcome {
  const files = [{ file: 'f', path: 'f.txt', revision: 1 }]
  const who = { room: 'r', session: 's', user: 'me', name: 'Me', ...UNRULED }
  const at = { epoch: 'e', seq: 1, n: 0, resumed: false, files, peers: [] }
  return { type: 'welcome', protocol: 1, ...at, ...who, ...over }
}

/** A client that has `f.txt` open. */
function client(): Replica {
  const replica = new Replica(ME)
  replica.welcome(welcome())
  replica.open('f')
  replica.receiveText('f', 'hello')
  return replica
}

/** The client as restored by its next life. */
function again(replica: Replica): Replica {
  return restored(ME, replica.saved())
}

const text = (replica: Replica, file = 'f') => replica.text(file)?.toString()
const edit = (op: readonly (number | string | { d: number })[]) => ({ type: 'edit', file: 'f', op }) as const

function commit(replica: Replica, client: string, n: number, ...changes: CommittedChange[]): Effect[] {
  const entries: Entry[] = [{ client, n, user: 'somebody', changes }]
  return replica.receive({ type: 'commit', seq: replica.seq + 1, at: 0, entries, sums: {} })
}

it('a restored replica has its texts and files, with what was typed, created and renamed', () => {
  const before = client()
  before.drafts.edit('f', [5, '!'])
  before.drafts.create('g', 'g.txt', 'new')
  before.drafts.rename('f.txt', 'h.txt')
  const after = again(before)
  expect([text(after), text(after, 'g')]).toEqual(['hello!', 'new'])
  expect(after.files.map(({ path }) => path)).toEqual(['g.txt', 'h.txt'])
  expect(after.pending).toBe(3)
})

it('hands back everything that a merge leaves out, even if the parts of an edit order it differently', () => {
  const before = client()
  before.drafts.edit('f', [1, 'BA', 2, 'Z', 1, 'DC'])
  const saved = before.saved()
  const parts = [
    [1, 'A', 2, 'Z', 1, 'C'],
    [2, 'B', 5, 'D'],
  ]
  const after = restored(ME, { ...saved, items: saved.items.map((item) => ({ ...item, parts })) })
  expect(text(after)).toBe('hBAelZlDCo')
  after.welcome(welcome({ seq: 2 }))
  const effects = after.receiveText('f', 'Xllo')
  const handedBack = effects.flatMap((effect) => (effect.type === 'unsynced' ? effect.typed : []))
  for (const typed of 'ABCDZ') expect(`${text(after)} ${handedBack.join(' ')}`).toContain(typed)
})

it('has what was typed into a file that it created and the room now has', () => {
  const before = client()
  before.drafts.create('g', 'g.txt', 'new')
  before.open('g')
  before.next()
  before.drafts.edit('g', [3, '!'])
  const after = again(before)
  after.welcome(welcome({ resumed: true, seq: 2, n: 1 }))
  commit(after, ME, 1, { type: 'create', file: 'g', path: 'g.txt', text: 'new' })
  after.open('g')
  expect(text(after, 'g')).toBe('new!')
  expect(after.next()).toMatchObject({ n: 2, changes: [{ type: 'edit', file: 'g', op: [3, '!'] }] })
})

it('[S10] sends pending submissions with their old numbers, one after another', () => {
  const before = client()
  before.drafts.edit('f', ['1'])
  const sent = before.next()
  before.drafts.edit('f', [1, '2'])
  const after = again(before)
  after.welcome(welcome({ resumed: true }))
  expect(after.next()).toEqual(sent)
  commit(after, ME, 1, edit(['1']))
  expect(after.next()).toEqual({ type: 'submit', n: 2, base: 2, changes: [edit([1, '2'])] })
})

it('[S3] learns what was committed while it was away', () => {
  const before = client()
  before.drafts.edit('f', ['1'])
  before.next()
  const after = again(before)
  after.welcome(welcome({ resumed: true, seq: 3, n: 1 }))
  commit(after, 'client-them', 1, edit(['> ']))
  commit(after, ME, 1, edit([2, '1']))
  expect([text(after), after.pending]).toEqual(['> 1hello', 0])
})

it('[H6] does not apply twice what was committed on a text that was stale when saved', () => {
  const before = client()
  before.welcome(welcome({ seq: 2 }))
  before.drafts.edit('f', ['> '])
  const after = again(before)
  after.welcome(welcome({ seq: 3, n: 1 }))
  after.receiveText('f', '> hello')
  expect([text(after), after.pending]).toEqual(['> hello', 0])
})

it('[S3] accepts what was committed if more had been typed than was saved', () => {
  const before = client()
  before.drafts.edit('f', ['one '])
  const after = again(before)
  before.drafts.edit('f', [4, 'two '])
  expect(before.next()).toMatchObject({ n: 1, changes: [edit(['one two '])] })
  after.drafts.edit('f', [9, '!'])
  after.welcome(welcome({ resumed: true, seq: 2, n: 1 }))
  commit(after, ME, 1, edit(['one two ']))
  expect(text(after)).toBe('one two hello!')
  expect(after.next()?.changes).toEqual([edit([13, '!'])])
})

it('[S3] reuses no number that an earlier life may have assigned after the copy was saved', () => {
  const before = client()
  before.drafts.edit('f', ['1'])
  const copy = before.saved()
  before.drafts.create('g', 'g.txt', '')
  before.drafts.edit('f', [1, '2'])
  const after = restored(ME, copy)
  after.drafts.edit('f', [1, '3'])
  after.welcome(welcome({ resumed: true, seq: 4, n: 3 }))
  commit(after, ME, 1, edit(['1']))
  commit(after, ME, 2, { type: 'create', file: 'g', path: 'g.txt', text: '' })
  commit(after, ME, 3, edit([1, '2']))
  expect(text(after)).toBe('123hello')
  expect(after.next()?.n).toBeGreaterThan(3)
})

it('takes back what the room refused earlier, when the log moves past it', () => {
  const before = client()
  before.drafts.rename('f.txt', 'taken.txt')
  const copy = before.saved()
  const after = restored(ME, copy)
  after.welcome(welcome({ resumed: true, seq: 2, n: 2 }))
  commit(after, ME, 2, edit(['later ']))
  expect(after.pending).toBe(0)
  expect(after.files.map(({ path }) => path)).toEqual(['f.txt'])
  expect(text(after)).toBe('later hello')
})

it('[H6] merges pending work into a text whose past is gone', () => {
  const before = client()
  before.drafts.edit('f', [5, ' there'])
  const after = again(before)
  after.welcome(welcome({ seq: 90 }))
  expect(after.wanted).toEqual(['f'])
  after.receiveText('f', 'Oh, hello')
  expect(text(after)).toBe('Oh, hello there')
  expect(after.next()).toMatchObject({ n: 1, base: 90, changes: [edit([9, ' there'])] })
})

it('[H6] returns what cannot be merged, and keeps the rest', () => {
  const before = client()
  before.drafts.edit('f', [{ d: 5 }, 'goodbye'])
  before.drafts.create('g', 'g.txt', '')
  before.drafts.edit('f', [7, '!'])
  const after = again(before)
  after.welcome(welcome({ seq: 90 }))
  const effects = after.receiveText('f', 'good day')
  expect(text(after)).toBe('good day')
  expect(effects).toMatchObject([
    { type: 'text', origin: 'resync' },
    { type: 'unsynced', reason: 'conflict', path: 'f.txt', text: 'goodbye!', typed: ['goodbye!'] },
  ])
  expect(after.next()?.changes).toMatchObject([{ type: 'create', path: 'g.txt' }])
})

it('does not save an open transaction', () => {
  const before = client()
  before.drafts.begin()
  before.drafts.edit('f', ['half'])
  expect(again(before).pending).toBe(0)
  before.drafts.endTransaction()
  expect(again(before).pending).toBe(1)
})
