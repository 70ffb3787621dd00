/** Removed files that are restored by clients that never had their text. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { Change, Commit } from '../../../core/protocol/messages.ts'
import { restored } from '../../../core/replica/restore.ts'
import { expectSettled, pathsEverywhere } from './undo/checks.ts'
import { type Member, UndoRoom } from './undo/room.ts'

const LONG = 'a long text\n'.repeat(100)

let room: UndoRoom
/** Has everything open. */
let ann: Member
/** Has nothing open. */
let bob: Member

beforeEach(() => {
  room = new UndoRoom({ 'a.txt': 'short', 'b.txt': LONG, 'c/d.txt': 'd' })
  ann = room.join('ann')
  bob = room.join('bob', () => false)
})

const paths = () => pathsEverywhere(room)

const reported = (member: Member) => member.effects.map(({ type }) => type)

/** Opens a file of the room and returns its text. */
function read(member: Member, path: string): string | undefined {
  const file = member.open(path)
  room.settle()
  return member.text(file)
}

describe('[S13] undoing the removal of a file that was never open here', () => {
  it.each([
    ['short', 'a.txt', 'short'],
    ['long', 'b.txt', LONG],
  ])('restores its id, its path and its %s text, and can be redone', (_, path, text) => {
    bob.remove(path)
    expect(paths()).not.toContain(path)
    expect(bob.undo()).toBe(true)
    expect(paths()).toContain(path)
    expect(room.text(path)).toBe(text)
    expect(bob.redo()).toBe(true)
    expect(paths()).not.toContain(path)
    expect(bob.undo()).toBe(true)
    expect(paths()).toContain(path)
    expect([read(ann, path), read(bob, path)]).toEqual([text, text])
    expectSettled(room)
  })

  it('restores what others typed before the room had the removal', () => {
    bob.remove('a.txt')
    ann.append('a.txt', ' and more')
    ann.send()
    room.settle()
    bob.undo()
    expect(paths()).toContain('a.txt')
    expect(room.text('a.txt')).toBe('short and more')
    expectSettled(room)
  })

  it('waits while offline, undone and redone any number of times', () => {
    bob.remove('b.txt')
    bob.undo()
    bob.redo()
    bob.undo()
    expect(bob.paths).toEqual(['a.txt', 'b.txt', 'c/d.txt'])
    expect(bob.replica.pending).toBe(4)
    expect(paths()).toEqual(['a.txt', 'b.txt', 'c/d.txt'])
    expect(room.text('b.txt')).toBe(LONG)
    expectSettled(room)
  })

  it('includes the rest of its transaction', () => {
    bob.transact(() => {
      bob.remove('a.txt')
      bob.remove('b.txt')
      bob.rename('c/d.txt', 'a.txt')
    })
    expect(paths()).toEqual(['a.txt'])
    bob.undo()
    expect(paths()).toEqual(['a.txt', 'b.txt', 'c/d.txt'])
    expect([room.text('a.txt'), room.text('b.txt')]).toEqual(['short', LONG])
    bob.redo()
    expect(paths()).toEqual(['a.txt'])
    expectSettled(room)
  })

  it('leaves an earlier rename undoable', () => {
    bob.rename('a.txt', 'z.txt')
    bob.remove('z.txt')
    room.settle()
    bob.undo()
    bob.undo()
    expect(paths()).toContain('a.txt')
    expectSettled(room)
  })

  it('puts it next to a path that is now taken, and shows it where the room will put it', () => {
    bob.remove('a.txt')
    ann.create('new', 'e.txt', '')
    room.settle()
    ann.create('other', 'a.txt', 'of ann')
    room.settle()
    bob.undo()
    expect(bob.paths).toContain('a (2).txt')
    expect(paths()).toContain('a (2).txt')
    bob.redo()
    expect(paths()).not.toContain('a (2).txt')
    expectSettled(room)
  })

  it('puts it where the room says if somebody took that path at the same time', () => {
    bob.remove('a.txt')
    room.settle()
    ann.create('other', 'a.txt', 'of ann')
    ann.send()
    bob.undo()
    expect(bob.paths).toContain('a.txt')
    expect(paths()).toEqual(['a (2).txt', 'a.txt', 'b.txt', 'c/d.txt'])
    expect(bob.replica.fileAt('a (2).txt')).toBe('a.txt')
    expectSettled(room)
  })

  it('allows opening it before the room has revived it', () => {
    bob.remove('a.txt')
    bob.undo()
    const file = bob.open('a.txt')
    expect(bob.text(file)).toBeUndefined()
    room.settle()
    expect(bob.text(file)).toBe('short')
    bob.append(file, '!')
    room.settle()
    expect([room.text('a.txt'), bob.text(file)]).toEqual(['short!', 'short!'])
    expectSettled(room)
  })

  it('ignores a text of the file from before the removal', () => {
    const asked = bob.open('a.txt')
    bob.remove('a.txt')
    bob.undo()
    bob.take()
    expect(bob.text(asked)).toBeUndefined()
    const file = bob.open('a.txt')
    room.settle()
    bob.append(file, '!')
    room.settle()
    expect([room.text('a.txt'), bob.text(file)]).toEqual(['short!', 'short!'])
    expectSettled(room)
  })

  it('shows no text from before the removal, and accepts no typing into it, if it was open', () => {
    ann.remove('a.txt')
    ann.send()
    ann.undo()
    ann.append('a.txt', ' typed')
    ann.catchUp()
    ann.remove('a.txt')
    ann.revive()
    const file = ann.open('a.txt')
    expect(ann.text(file)).toBeUndefined()
    expect(() => ann.append(file, '!')).toThrow('Open the file')
    room.settle()
    expect([room.text(file), ann.text(file)]).toEqual(['short', 'short'])
    expectSettled(room)
  })

  it('restores nothing from before the first removal if it is removed and revived again', () => {
    ann.remove('a.txt')
    ann.send()
    ann.undo()
    ann.append('a.txt', ' typed')
    ann.catchUp()
    ann.remove('a.txt')
    ann.revive()
    ann.remove('a.txt')
    ann.undo()
    room.settle()
    expect([room.text('a.txt'), ann.text('a.txt')]).toEqual(['short', 'short'])
    expectSettled(room)
  })

  it('leaves the undo of a later removal its text, whatever the room has restored in between', () => {
    ann.remove('a.txt')
    room.settle()
    const [first] = ann.replica.removed
    ann.undo()
    ann.append('a.txt', ' typed')
    room.settle()
    ann.remove('a.txt')
    ann.replica.drafts.revive(first!)
    ann.undo()
    ann.undo()
    expect(ann.text('a.txt')).toBe('short typed')
    room.settle()
    expect([room.text('a.txt'), ann.text('a.txt')]).toEqual(['short typed', 'short typed'])
    expectSettled(room)
  })

  it('leaves earlier changes undoable, once its revival and removal are undone', () => {
    ann.remove('a.txt')
    ann.send()
    ann.undo()
    ann.append('a.txt', ' typed')
    ann.catchUp()
    ann.remove('a.txt')
    ann.revive()
    ann.undo()
    expect(ann.effects.at(-1)).toMatchObject({ type: 'removed', text: '' })
    ann.undo()
    expect(ann.text('a.txt')).toBe('short typed')
    ann.undo()
    expect(ann.text('a.txt')).toBe('short')
    room.settle()
    expect([room.text('a.txt'), ann.text('a.txt')]).toEqual(['short', 'short'])
    expectSettled(room)
  })

  it('continues sending if somebody else was first, even if another creation was refused for that', () => {
    ann.remove('a.txt')
    ann.send()
    ann.undo()
    ann.take()
    bob.take()
    ann.remove('a.txt')
    bob.revive()
    bob.send()
    ann.revive()
    room.settle()
    expect([ann.replica.pending, bob.replica.pending]).toEqual([0, 0])
    expect([ann.paths, ann.unread]).toEqual([room.paths.map(([path]) => path), []])
  })

  it('has the text of the file if the room refuses its removal', () => {
    bob.remove('a.txt')
    bob.undo()
    const file = bob.open('a.txt')
    const { n } = bob.launch()
    room.refuse(bob.replica.client, n, 'forbidden')
    room.settle()
    expect([bob.text(file), bob.replica.pending]).toEqual(['short', 0])
  })

  it('has the text of the file if somebody else revives it first', () => {
    ann.remove('a.txt')
    room.settle()
    bob.revive()
    const file = bob.open('a.txt')
    ann.undo()
    ann.send()
    room.settle()
    expect([room.text('a.txt'), bob.text(file), bob.replica.pending]).toEqual(['short', 'short', 0])
  })

  it.each([
    ['short', 'a.txt', 'short'],
    ['long', 'b.txt', LONG],
  ])('keeps what was typed into its %s text if somebody else has revived it first', (_, path, text) => {
    const member = room.join('cat')
    member.remove(path)
    member.undo()
    member.send()
    bob.catchUp()
    bob.revive()
    bob.send()
    const file = bob.open(path)
    bob.catchUp()
    bob.edit(file, [{ d: 2 }])
    member.edit(path, [1, 'typed'])
    room.settle()
    expect(room.text(path)).toBe(`typed${text.slice(2)}`)
    expect([member.text(path), bob.text(path)]).toEqual([room.text(path), room.text(path)])
    expect(reported(member)).not.toContain('unsynced')
  })

  it('does nothing if somebody else has revived it', () => {
    bob.remove('a.txt')
    room.settle()
    ann.revive()
    room.settle()
    expect(bob.undo()).toBe(false)
    expect(paths()).toContain('a.txt')
    expectSettled(room)
  })

  it('is refused with everything that depends on it if the room is full', () => {
    bob.remove('a.txt')
    room.settle()
    bob.undo()
    bob.rename('a.txt', 'z.txt')
    const { n } = bob.launch()
    room.refuse(bob.replica.client, n, 'too_many_files')
    expect(paths()).not.toContain('a.txt')
    expect(bob.replica.pending).toBe(0)
    expect(bob.effects.filter(({ type }) => type === 'rejected')).toMatchObject([
      { changes: [{ change: { type: 'rename' } }] },
      { code: 'too_many_files', changes: [{ change: { type: 'revive' }, path: 'a.txt', text: null }] },
    ])
  })

  it('is dropped with a removal that somebody else made first', () => {
    bob.remove('a.txt')
    bob.undo()
    ann.remove('a.txt')
    ann.send()
    expect(paths()).not.toContain('a.txt')
    expect(bob.replica.pending).toBe(0)
    expect(bob.undo()).toBe(false)
  })
})

describe('[S10] a pending removal and its undo', () => {
  it('survive a reload, and a connection that does not resume', () => {
    bob.remove('b.txt')
    bob.undo()
    const saved = bob.replica.saved()
    bob.send()
    const later = restored(bob.replica.client, saved)
    expect(later.files.map(({ path }) => path)).toEqual(['a.txt', 'b.txt', 'c/d.txt'])
    later.welcome(room.welcome(later.client, false))
    // The removal is in the log, but its commit is unavailable: the room names it when the removal is
    // resent.
    const again = later.next()
    expect(again).toMatchObject({ changes: [{ type: 'remove', file: 'b.txt' }] })
    const { seq } = room.authority.state
    expect(room.authority.submit(authorOf(later.client), again!, 0)).toEqual({ type: 'ack', seq })
    later.acked(again!.n, seq)
    expect(later.next()).toMatchObject({ changes: [{ type: 'revive', file: 'b.txt', seq }] })
  })

  it('make no claim about the file to a room that no longer knows the commit', () => {
    bob.remove('b.txt')
    bob.undo()
    const welcome = room.welcome(bob.replica.client, false)
    bob.launch()
    const files = welcome.files.filter(({ path }) => path !== 'b.txt')
    bob.replica.welcome({ ...welcome, n: 7, files })
    expect(bob.replica.next()).toMatchObject({ changes: [{ type: 'revive', file: 'b.txt', seq: 0 }] })
  })
})

describe('[S13] a file removed while the client was here', () => {
  it('is listed, newest first, with its remover, until it is back', () => {
    ann.remove('a.txt')
    room.settle()
    bob.remove('b.txt')
    room.settle()
    const of = (path: string, seq: number, user: string) => ({ file: path, path, seq, user, at: 0 })
    const both = [of('b.txt', 3, 'client-bob'), of('a.txt', 2, 'client-ann')]
    expect([ann.replica.removed, bob.replica.removed]).toEqual([both, both])
    bob.revive()
    room.settle()
    expect([ann.replica.removed, bob.replica.removed]).toEqual([both.slice(1), both.slice(1)])
  })

  it('can be restored by anybody, which is undone like any other change', () => {
    ann.remove('b.txt')
    room.settle()
    bob.revive()
    expect(bob.paths).toContain('b.txt')
    expect(paths()).toContain('b.txt')
    expect([read(ann, 'b.txt'), read(bob, 'b.txt')]).toEqual([LONG, LONG])
    bob.undo()
    expect(paths()).not.toContain('b.txt')
    bob.redo()
    expect(paths()).toContain('b.txt')
    expectSettled(room)
  })

  it('is not removed by undo if others have typed in it since', () => {
    ann.remove('b.txt')
    room.settle()
    bob.revive()
    room.settle()
    const file = ann.open('b.txt')
    room.settle()
    ann.append(file, 'of ann')
    room.settle()
    expect(bob.undo()).toBe(false)
    expect(paths()).toContain('b.txt')
  })

  it('cannot be restored if it already exists', () => {
    ann.remove('b.txt')
    room.settle()
    const [removed] = bob.replica.removed
    bob.revive()
    expect(() => bob.replica.drafts.revive(removed!)).toThrow(
      expect.objectContaining({ code: 'file_exists' }),
    )
  })

  it('cannot be restored while its creation is pending, whose path somebody else has taken', () => {
    ann.remove('a.txt')
    ann.send()
    ann.undo()
    bob.catchUp()
    bob.create('other', 'a.txt', '')
    bob.send()
    ann.catchUp()
    const [removed] = ann.replica.removed
    expect(() => ann.replica.drafts.revive(removed!)).toThrow(
      expect.objectContaining({ code: 'file_exists' }),
    )
    expect(ann.text('a.txt')).toBe('short')
    room.settle()
    expect(ann.text('a.txt')).toBeUndefined()
    ann.revive()
    expect(paths()).toContain('a (2).txt')
  })

  it('is not listed if its removal is older than rooms that store the content', () => {
    const change: Change = { type: 'remove', file: 'a.txt' }
    const entries = [{ client: 'client-old', n: 1, user: 'old', changes: [change] }]
    const commit: Commit<Change> = { type: 'commit', seq: 2, at: 0, entries, sums: {} }
    bob.hear({ type: 'commit', commit })
    bob.catchUp()
    expect([bob.paths.includes('a.txt'), bob.replica.removed]).toEqual([false, []])
  })
})

describe('[S6] a file that is removed and revived while open', () => {
  it('is a different text, and nothing typed before gets into it', () => {
    ann.append('a.txt', ' in flight')
    ann.launch()
    ann.append('a.txt', ', waiting')
    bob.remove('a.txt')
    bob.send()
    bob.undo()
    bob.catchUp()
    bob.send()
    ann.catchUp()
    expect(ann.text('a.txt')).toBeUndefined()
    expect(reported(ann)).toEqual(expect.arrayContaining(['rejected', 'unsynced', 'removed']))
    expect(read(ann, 'a.txt')).toBe('short')
    ann.append('a.txt', ' again')
    room.refuse(ann.replica.client, 1, 'no_such_file')
    room.settle()
    expect([room.text('a.txt'), ann.text('a.txt'), read(bob, 'a.txt')]).toEqual(Array(3).fill('short again'))
    expect([ann.replica.pending, bob.replica.pending]).toEqual([0, 0])
  })
})

function authorOf(client: string) {
  return { client, user: client, name: client, role: null }
}

describe('[S13] [S6] a revival in flight, while others bring the file back and remove it again', () => {
  it.each(['before', 'after'])('is taken back only if it reaches the room %s that removal', (order) => {
    ann.remove('a.txt')
    room.settle()
    bob.transact(() => {
      bob.revive()
      bob.create('new', 'n.txt', 'text')
    })
    const submit = bob.launch()
    ann.undo()
    ann.send()
    if (order === 'before') room.submit('client-bob', submit)
    ann.catchUp()
    ann.remove('a.txt')
    ann.send()
    if (order === 'after') {
      bob.catchUp()
      expect(reported(bob)).not.toContain('rejected')
      room.submit('client-bob', submit)
    }
    room.settle()
    expect(reported(bob).includes('rejected')).toBe(order === 'before')
    const made = order === 'before' ? [] : ['a.txt', 'n.txt']
    expect(paths()).toEqual([...made, 'b.txt', 'c/d.txt'].sort())
    expect(bob.replica.pending).toBe(0)
  })
})

describe('[S8] typing in a file that was revived here, removed and created again by undo', () => {
  const handedBack = () =>
    ann.effects.flatMap((effect) => {
      if (effect.type === 'unsynced') return effect.typed
      return effect.type === 'rejected' ? effect.texts.flatMap(({ typed }) => typed) : []
    })

  beforeEach(() => {
    ann.remove('a.txt')
    room.settle()
    ann.revive()
    ann.undo()
    ann.undo()
    ann.append('a.txt', ' and more')
  })

  it('is handed back when others bring the file back and remove it again', () => {
    bob.revive()
    bob.remove('a.txt')
    while (bob.send() || bob.take());
    ann.catchUp()
    expect(handedBack()).toEqual([' and more'])
    expect(ann.replica.pending).toBe(0)
  })

  it('is handed back when the room refuses the revival', () => {
    const { n } = ann.launch()
    room.refuse(ann.replica.client, n, 'past_gone')
    ann.catchUp()
    expect(handedBack()).toEqual([' and more'])
    expect(ann.replica.pending).toBe(0)
  })

  it('is handed back in all its submissions', () => {
    ann.transact(() => {
      ann.append('a.txt', ' in a transaction')
      ann.rename('b.txt', 'e.txt')
    })
    ann.append('a.txt', ' at last')
    const { n } = ann.launch()
    room.refuse(ann.replica.client, n, 'past_gone')
    ann.catchUp()
    expect(handedBack().sort()).toEqual([' and more at last', ' in a transaction'])
    expect(ann.paths).not.toContain('e.txt')
    expect(ann.replica.pending).toBe(0)
  })
})
