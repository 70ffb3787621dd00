/** The replica against a real authority: sending, merging, refusals, transactions, stale texts. */
import { beforeEach, describe, expect, it } from 'vitest'
import { fileOf } from '../../../core/protocol/changes.ts'
import type { Change, CommittedChange, Entry, FileInfo, Welcome } from '../../../core/protocol/messages.ts'
import type { Effect } from '../../../core/replica/effects.ts'
import { Replica } from '../../../core/replica/replica.ts'
import { checksumOf } from '../../../core/text/index.ts'
import { UNRULED } from '../../support/person.ts'

const ME = 'client-me'

function welcome(over: Partial<Welcome> = {}): Welcome {
  const files: FileInfo[] = [{ file: 'f', path: 'f.txt', revision: 1 }]
  const who = { room: 'r', session: 's', user: 'me', name: 'Me', ...UNRULED }
  return {
    type: 'welcome',
    protocol: 1,
    epoch: 'e',
    seq: 1,
    n: 0,
    resumed: false,
    files,
    peers: [],
    ...who,
    ...over,
  }
}

let replica: Replica

beforeEach(() => {
  replica = new Replica(ME)
  replica.welcome(welcome())
  replica.open('f')
  replica.receiveText('f', 'hello')
})

const text = (file = 'f') => replica.text(file)?.toString()
const types = (effects: Effect[]) => effects.map(({ type }) => type)

function commit(entries: readonly Entry[], sums: Record<string, number> = {}): Effect[] {
  return replica.receive({ type: 'commit', seq: replica.seq + 1, at: 0, entries, sums })
}

function theirs(...changes: CommittedChange[]): Entry {
  return { client: 'client-them', n: 1, user: 'them', changes }
}

function mine(n: number, ...changes: CommittedChange[]): Entry {
  return { client: ME, n, user: 'me', changes }
}

const edit = (op: readonly (number | string | { d: number })[], file = 'f') =>
  ({ type: 'edit', file, op }) as const

describe('[S4] a replica', () => {
  it('sends typing at once if nothing is in flight, and composes the rest behind it', () => {
    replica.drafts.edit('f', ['1'])
    expect(replica.next()).toEqual({ type: 'submit', n: 1, base: 1, changes: [edit(['1'])] })
    replica.drafts.edit('f', [1, '2'])
    replica.drafts.edit('f', [2, '3'])
    expect(replica.next()).toBeNull()
    commit([mine(1, edit(['1']))])
    expect(replica.next()).toEqual({ type: 'submit', n: 2, base: 2, changes: [edit([1, '23'])] })
    commit([mine(2, edit([1, '23']))])
    expect(replica.pending).toBe(0)
    expect(text()).toBe('123hello')
  })

  it('[S9] sends alone what may be refused, and typing in different files separately', () => {
    replica.drafts.edit('f', ['a'])
    replica.drafts.create('g', 'g.txt', '')
    replica.open('g')
    replica.drafts.edit('g', ['b'])
    replica.drafts.edit('f', [1, 'c'])
    const sent: unknown[] = []
    for (let message = replica.next(); message !== null; message = replica.next()) {
      sent.push(message.changes.map((change) => `${change.type} ${fileOf(change)}`))
      commit([mine(message.n, ...(message.changes as Change[]))])
    }
    expect(sent).toEqual([['edit f'], ['create g'], ['edit g']])
    expect([text('f'), text('g')]).toEqual(['achello', 'b'])
  })

  it('drops typing that cancels out', () => {
    replica.drafts.edit('f', ['a'])
    replica.drafts.edit('f', [{ d: 1 }])
    expect(replica.next()).toBeNull()
  })

  it('[O4] merges commits of others with pending work: committed text goes left', () => {
    replica.drafts.edit('f', ['me'])
    replica.next()
    replica.drafts.edit('f', [2, '+'])
    const effects = commit([theirs(edit(['them']))])
    expect(text()).toBe('themme+hello')
    expect(effects).toMatchObject([{ type: 'text', op: ['them'], origin: 'remote', user: 'them' }])
    commit([mine(1, edit([4, 'me']))])
    expect(replica.next()?.changes).toEqual([edit([6, '+'])])
  })

  it('[S10] resends what was in flight with the same n, transformed to the current seq', () => {
    replica.drafts.edit('f', [5, '!'])
    replica.next()
    replica.welcome(welcome({ resumed: true, seq: 2 }))
    commit([theirs(edit(['>> ']))])
    expect(replica.next()).toEqual({ type: 'submit', n: 1, base: 2, changes: [edit([8, '!'])] })
  })
})

describe('[S8] a refusal', () => {
  it('takes back only what was refused, and reports what was lost', () => {
    replica.drafts.edit('f', ['lost '])
    replica.next()
    replica.drafts.edit('f', [10, ' kept'])
    const effects = replica.rejected({ type: 'reject', n: 1, code: 'file_too_large', message: '…' })
    expect(text()).toBe('hello kept')
    expect(effects).toMatchObject([
      { type: 'text', origin: 'rollback', op: [{ d: 5 }] },
      { type: 'rejected', code: 'file_too_large', changes: [{ path: 'f.txt', text: 'lost ' }] },
    ])
    expect(replica.next()?.changes).toEqual([edit([5, ' kept'])])
  })

  it('of a creation removes the file, and hands back what was typed into it', () => {
    replica.drafts.create('g', 'g.txt', 'start')
    replica.open('g')
    replica.next()
    replica.drafts.edit('g', [5, ' and more'])
    const effects = replica.rejected({ type: 'reject', n: 1, code: 'path_taken', message: '…' })
    expect(replica.files.map(({ path }) => path)).toEqual(['f.txt'])
    expect(types(effects)).toContain('removed')
    const lost = effects.flatMap((effect) =>
      effect.type === 'rejected' ? effect.changes.map(({ text }) => text) : [],
    )
    expect(lost).toContain('start and more')
    expect(replica.pending).toBe(0)
  })

  it('by removal of the file hands back what was typed, in flight or waiting', () => {
    replica.drafts.edit('f', ['one '])
    replica.next()
    replica.drafts.create('x', 'x', '')
    replica.drafts.edit('f', ['two '])
    const effects = commit([theirs({ type: 'remove', file: 'f' })])
    expect(types(effects)).toEqual(['files', 'rejected', 'unsynced', 'removed'])
    expect(effects[1]).toMatchObject({ code: 'no_such_file', changes: [{ path: 'f.txt', text: 'one ' }] })
    expect(effects[2]).toMatchObject({
      reason: 'file_removed',
      path: 'f.txt',
      typed: ['two '],
      text: 'two one hello',
    })
    expect(replica.next()).toBeNull()
    expect(replica.rejected({ type: 'reject', n: 1, code: 'no_such_file', message: '…' })).toEqual([])
    expect(replica.next()).toMatchObject({ n: 2, changes: [{ type: 'create', file: 'x' }] })
  })
})

describe('[S6] a file that is removed and revived under its id', () => {
  it('has nothing of what was in flight at its removal, whenever the room refuses that', () => {
    replica.drafts.edit('f', [5, ' in flight'])
    replica.next()
    commit([theirs({ type: 'remove', file: 'f' })])
    commit([theirs({ type: 'create', file: 'f', path: 'f.txt', text: 'back' })])
    replica.open('f')
    replica.receiveText('f', 'back')
    replica.drafts.edit('f', [4, ' again'])
    const effects = commit([theirs(edit(['> ']))])
    expect(effects).toMatchObject([{ type: 'text', op: ['> '] }])
    expect(replica.rejected({ type: 'reject', n: 1, code: 'no_such_file', message: '…' })).toEqual([])
    expect(text()).toBe('> back again')
    expect(replica.next()).toMatchObject({ n: 2, base: 4, changes: [edit([6, ' again'])] })
  })

  it('has nothing of a transaction in flight at its removal, which is handed back as a whole', () => {
    replica.drafts.begin()
    replica.drafts.edit('f', [5, ' in flight'])
    replica.drafts.create('g', 'g.txt', 'with it')
    replica.drafts.endTransaction()
    replica.next()
    const effects = commit([
      theirs({ type: 'remove', file: 'f' }, { type: 'create', file: 'f', path: 'f.txt', text: 'back' }),
    ])
    const changes = [
      { path: 'f.txt', text: ' in flight' },
      { path: 'g.txt', text: 'with it' },
    ]
    expect(effects).toContainEqual(expect.objectContaining({ type: 'rejected', code: 'no_such_file' }))
    expect(effects).toContainEqual(
      expect.objectContaining({ changes: changes.map((change) => expect.objectContaining(change)) }),
    )
    expect(replica.files.map(({ path }) => path)).toEqual(['f.txt'])
    replica.open('f')
    replica.receiveText('f', 'back')
    expect(text()).toBe('back')
    expect(replica.pending).toBe(0)
  })
})

describe('a transaction', () => {
  it('[S2] is one submission, with one op per file', () => {
    replica.drafts.begin()
    replica.drafts.edit('f', ['a'])
    replica.drafts.rename('f.txt', 'g.txt')
    replica.drafts.edit('f', [1, 'b'])
    replica.drafts.endTransaction()
    expect(replica.next()?.changes).toEqual([edit(['ab']), { type: 'rename', file: 'f', path: 'g.txt' }])
  })

  it('that does nothing is not sent', () => {
    replica.drafts.begin()
    replica.drafts.endTransaction()
    expect(replica.pending).toBe(0)
  })

  it('that is abandoned leaves everything as it was', () => {
    replica.drafts.edit('f', ['kept '])
    replica.drafts.begin()
    replica.drafts.edit('f', ['lost '])
    replica.drafts.create('g', 'g.txt', '')
    replica.drafts.rename('f.txt', 'h.txt')
    replica.drafts.abandon()
    expect(text()).toBe('kept hello')
    expect(replica.files.map(({ path }) => path)).toEqual(['f.txt'])
    expect(replica.pending).toBe(1)
  })

  it('that is abandoned leaves nothing in a file whose creation is pending', () => {
    replica.drafts.create('g', 'g.txt', 'new')
    replica.open('g')
    replica.drafts.begin()
    replica.drafts.edit('g', ['lost '])
    replica.drafts.abandon()
    expect(text('g')).toBe('new')
  })
})

describe('a stale text', () => {
  it('[C5] is detected by its checksum, fetched, and pending work is transformed', () => {
    replica.drafts.edit('f', [5, ' me'])
    const effects = commit([theirs(edit(['x']))], { f: checksumOf('something else') })
    expect(types(effects)).toContain('desync')
    expect(replica.wanted).toEqual(['f'])
    expect(replica.next()).toBeNull()
    expect(replica.receiveText('f', 'hello there')).toMatchObject([{ type: 'text', origin: 'resync' }])
    expect(text()).toContain('hello')
    expect(text()).toContain(' me')
    expect(replica.wanted).toEqual([])
    expect(replica.next()?.base).toBe(2)
  })

  it('[H6] after a welcome that does not resume is replaced, with pending work applied', () => {
    replica.drafts.edit('f', ['mine '])
    replica.welcome(welcome({ seq: 40 }))
    expect(replica.next()).toBeNull()
    replica.receiveText('f', 'hello world')
    expect(text()).toBe('mine hello world')
    expect(replica.next()).toEqual({ type: 'submit', n: 1, base: 40, changes: [edit(['mine '])] })
  })

  it('[S3] includes what was in flight if the welcome says that it was committed', () => {
    replica.drafts.edit('f', ['mine '])
    replica.next()
    replica.drafts.edit('f', [10, '!'])
    replica.welcome(welcome({ seq: 40, n: 1 }))
    replica.receiveText('f', 'mine hello world')
    expect(text()).toBe('mine hello world!')
    expect(replica.next()).toMatchObject({ n: 2, changes: [edit([16, '!'])] })
  })

  it('[H6] of a removed file is closed, and pending work on it is handed back', () => {
    replica.drafts.edit('f', ['mine '])
    const effects = replica.welcome(welcome({ seq: 40, files: [] }))
    expect(types(effects)).toEqual(['policy', 'files', 'unsynced', 'removed'])
  })
})

describe('a copy that lost track of the room', () => {
  it('[C5] reports it, and is right again after a fresh start, with pending work applied', () => {
    replica.drafts.edit('f', [5, ' mine'])
    replica.next()
    expect(() => commit([theirs(edit(['> '])), theirs(edit([90, 'x']))])).toThrow('op')
    replica.welcome(welcome({ seq: 40 }))
    expect(types(replica.receiveText('f', 'hello there'))).toEqual(['text'])
    expect(text()).toContain('hello')
    expect(text()).toContain(' mine')
    expect(replica.next()).toMatchObject({ n: 1, base: 40 })
  })
})

describe('[C6] a large change by somebody else', () => {
  const blob = { blob: '2-0', points: 1, sum: 1 }

  it('is fetched if its file is open here, and skipped otherwise', () => {
    const commitWith = (file: string) => {
      const change: CommittedChange = { type: 'edit', file, op: blob }
      return { type: 'commit', seq: 2, at: 0, entries: [theirs(change)], sums: {} } as const
    }
    expect(replica.blobsNeeded(commitWith('f'))).toEqual(['2-0'])
    expect(replica.blobsNeeded(commitWith('other'))).toEqual([])
  })

  it('whose content is no longer stored causes the whole text to be fetched', () => {
    const effects = commit([theirs({ type: 'edit', file: 'f', op: blob })])
    expect(types(effects)).toEqual(['stale'])
    expect(replica.wanted).toEqual(['f'])
  })
})

describe('positions', () => {
  it('[P1] refer to the committed text for others, and to the local text here', () => {
    replica.drafts.edit('f', [2, 'XX'])
    expect(replica.toCommitted('f', 6)).toBe(4)
    expect(replica.toCommitted('f', 3)).toBe(2)
    expect(replica.toLocal('f', 4)).toBe(6)
    expect(replica.toLocal('f', 2)).toBe(2)
  })
})

describe('chat', () => {
  const say = (...texts: string[]) => {
    for (const text of texts) replica.drafts.propose({ type: 'chat', text })
  }

  it('[R9] in one transaction is sent as one message per submission, in order, or not at all', () => {
    replica.drafts.begin()
    say('one', 'two', 'three')
    replica.drafts.endTransaction()
    replica.drafts.begin()
    say('four', 'five')
    replica.drafts.abandon()
    say('six')
    const said = replica.saved().items.map(({ changes }) => changes)
    expect(said).toEqual(['one', 'two', 'three', 'six'].map((text) => [{ type: 'chat', text }]))
  })
})
