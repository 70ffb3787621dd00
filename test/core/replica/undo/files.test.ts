/** Undo of creations, renames and removals, also when others change the same files. */
import { beforeEach, describe, expect, it } from 'vitest'
import { expectSettled, pathsEverywhere } from './checks.ts'
import { type Member, UndoRoom } from './room.ts'

let room: UndoRoom
let ann: Member
let bob: Member

beforeEach(() => {
  room = new UndoRoom({ 'a.txt': 'a', 'b.txt': 'b' })
  ann = room.join('ann')
  bob = room.join('bob')
})

const paths = () => pathsEverywhere(room)

describe('a creation', () => {
  it('is undone by a removal, and redone with what was typed since', () => {
    ann.create('new', 'c.txt', 'c')
    ann.open('c.txt')
    ann.append('new', '1')
    room.settle()
    ann.append('new', '2')
    ann.undo()
    ann.undo()
    expect(ann.text('new')).toBe('c')
    ann.undo()
    expect(paths()).toEqual(['a.txt', 'b.txt'])
    ann.redo()
    expect(ann.text('new')).toBe('c')
    ann.redo()
    ann.redo()
    expect(paths()).toEqual(['a.txt', 'b.txt', 'c.txt'])
    expect([ann.text('new'), room.text('new')]).toEqual(['c12', 'c12'])
    expectSettled(room)
  })

  it('of a file that was never opened is redone with the text it had', () => {
    ann.create('new', 'c.txt', 'long ago')
    room.settle()
    expect(ann.text('new')).toBeUndefined()
    ann.undo()
    expect(paths()).toEqual(['a.txt', 'b.txt'])
    ann.redo()
    expect(paths()).toEqual(['a.txt', 'b.txt', 'c.txt'])
    expect(room.text('new')).toBe('long ago')
    ann.undo()
    expect(paths()).toEqual(['a.txt', 'b.txt'])
    expectSettled(room)
  })

  it('is undone while it is pending', () => {
    ann.create('new', 'c.txt', 'c')
    ann.undo()
    ann.redo()
    ann.undo()
    expect(paths()).toEqual(['a.txt', 'b.txt'])
    ann.redo()
    expect(paths()).toEqual(['a.txt', 'b.txt', 'c.txt'])
    expectSettled(room)
  })

  it('undone while it is in flight is redone with what others have typed in it meanwhile', () => {
    ann.create('new', 'c.txt', 'c')
    const submit = ann.launch()
    ann.undo()
    room.submit('client-ann', submit)
    bob.catchUp()
    bob.open('c.txt')
    bob.catchUp()
    bob.append('new', '!')
    bob.send()
    ann.catchUp()
    ann.redo()
    expect(paths()).toEqual(['a.txt', 'b.txt', 'c.txt'])
    expect(room.text('new')).toBe('c!')
    expectSettled(room)
  })

  it('stays if others have typed in the file since', () => {
    ann.append('a.txt', '!')
    ann.create('new', 'c.txt', '')
    room.settle()
    bob.open('c.txt')
    room.settle()
    bob.append('new', 'theirs')
    room.settle()
    ann.undo()
    expect(paths()).toEqual(['a.txt', 'b.txt', 'c.txt'])
    expect(room.text('a.txt')).toBe('a')
    expect(ann.undo()).toBe(false)
  })

  it('[H6] stays after a fresh start, since others may have typed in the file meanwhile', () => {
    ann.append('a.txt', '!')
    ann.create('new', 'c.txt', '')
    room.settle()
    bob.open('c.txt')
    room.settle()
    bob.append('new', 'theirs')
    bob.send()
    ann.reconnect(false)
    ann.undo()
    room.settle()
    expect(paths()).toEqual(['a.txt', 'b.txt', 'c.txt'])
    expect(room.text('new')).toBe('theirs')
    expect(ann.undo()).toBe(false)
  })

  it('and removal in one transaction leave nothing to undo', () => {
    ann.append('a.txt', '!')
    ann.transact(() => {
      ann.create('new', 'c.txt', '')
      ann.rename('c.txt', 'd.txt')
      ann.remove('d.txt')
    })
    ann.undo()
    room.settle()
    expect(room.text('a.txt')).toBe('a')
  })
})

describe('a rename', () => {
  it('is undone although the file was removed since, and brought back by somebody else', () => {
    ann.rename('a.txt', 'c.txt')
    ann.remove('c.txt')
    room.settle()
    bob.revive()
    room.settle()
    expect(ann.undo()).toBe(true)
    expect(paths()).toEqual(['a.txt', 'b.txt'])
    expectSettled(room)
  })

  it('is undone although the file came back and what was typed in it is not at hand', () => {
    ann.rename('a.txt', 'z.txt')
    ann.append('a.txt', '!')
    ann.remove('z.txt')
    room.settle()
    bob.revive()
    room.settle()
    expect(ann.undo()).toBe(true)
    expect(paths()).toEqual(['a.txt', 'b.txt'])
    expect(room.text('a.txt')).toBe('a!')
    expectSettled(room)
  })

  it('is undone and redone', () => {
    ann.rename('a.txt', 'src/a.txt')
    room.settle()
    ann.undo()
    expect(paths()).toEqual(['a.txt', 'b.txt'])
    ann.redo()
    expect(paths()).toEqual(['b.txt', 'src/a.txt'])
    expectSettled(room)
  })

  it('into a folder of its own name is undone', () => {
    ann.rename('a.txt', 'a.txt/deep')
    room.settle()
    ann.undo()
    expect(paths()).toEqual(['a.txt', 'b.txt'])
    expectSettled(room)
  })

  it('stays if the old path is taken, and the rest of its transaction is undone', () => {
    ann.transact(() => {
      ann.rename('a.txt', 'c.txt')
      ann.append('b.txt', '!')
    })
    room.settle()
    bob.create('other', 'a.txt', '')
    room.settle()
    ann.undo()
    expect(paths()).toEqual(['a.txt', 'b.txt', 'c.txt'])
    expect(room.text('b.txt')).toBe('b')
    expectSettled(room)
  })

  it('stays if somebody else has renamed the file since', () => {
    ann.rename('a.txt', 'c.txt')
    room.settle()
    bob.rename('c.txt', 'd.txt')
    room.settle()
    expect(ann.undo()).toBe(false)
    expect(paths()).toEqual(['b.txt', 'd.txt'])
  })
})

describe('a removal', () => {
  it('that follows a removal and a revival in one transaction is undone', () => {
    ann.remove('a.txt')
    room.settle()
    const [removed] = ann.replica.removed
    bob.revive()
    room.settle()
    ann.transact(() => {
      ann.remove('a.txt')
      ann.replica.drafts.revive(removed!)
      ann.remove('a.txt')
    })
    expect(ann.undo()).toBe(true)
    expect(paths()).toEqual(['a.txt', 'b.txt'])
    expectSettled(room)
  })

  it('is undone with id, path and text, and then the earlier edits can be undone', () => {
    ann.append('a.txt', '1')
    ann.append('a.txt', '2')
    ann.remove('a.txt')
    room.settle()
    expect(paths()).toEqual(['b.txt'])
    ann.undo()
    expect(paths()).toEqual(['a.txt', 'b.txt'])
    expect([ann.text('a.txt'), room.text('a.txt')]).toEqual(['a12', 'a12'])
    ann.undo()
    ann.undo()
    room.settle()
    expect(room.text('a.txt')).toBe('a')
    ann.redo()
    ann.redo()
    ann.redo()
    expect(paths()).toEqual(['b.txt'])
    ann.undo()
    room.settle()
    expect(room.text('a.txt')).toBe('a12')
    expectSettled(room)
  })

  it('is undone while pending, with what others typed before the room had it', () => {
    ann.remove('a.txt')
    bob.append('a.txt', ' of bob')
    bob.send()
    ann.undo()
    ann.append('a.txt', ' of ann')
    room.settle()
    expect(paths()).toEqual(['a.txt', 'b.txt'])
    expect(ann.text('a.txt')).toBe(room.text('a.txt'))
    expect(room.text('a.txt')).toContain(' of bob')
    expect(room.text('a.txt')).toContain(' of ann')
    expectSettled(room)
  })

  it('is undone after the room has it, with what others typed before that', () => {
    ann.remove('a.txt')
    bob.append('a.txt', ' of bob')
    bob.send()
    ann.send()
    ann.catchUp()
    ann.undo()
    room.settle()
    expect(room.text('a.txt')).toBe('a of bob')
    expectSettled(room)
  })

  it('is undone and redone while pending', () => {
    ann.append('a.txt', '!')
    ann.remove('a.txt')
    ann.undo()
    ann.append('a.txt', '?')
    ann.undo()
    ann.undo()
    ann.redo()
    ann.redo()
    expect(paths()).toEqual(['a.txt', 'b.txt'])
    expect([ann.text('a.txt'), room.text('a.txt')]).toEqual(['a!?', 'a!?'])
    expectSettled(room)
  })

  it('in a transaction is undone with the rest', () => {
    ann.transact(() => {
      ann.append('a.txt', '!')
      ann.rename('a.txt', 'c.txt')
      ann.remove('c.txt')
      ann.append('b.txt', '?')
    })
    room.settle()
    ann.undo()
    expect(paths()).toEqual(['a.txt', 'b.txt'])
    expect([room.text('a.txt'), room.text('b.txt')]).toEqual(['a', 'b'])
    ann.redo()
    expect(paths()).toEqual(['b.txt'])
    expect(room.text('b.txt')).toBe('b?')
    expectSettled(room)
  })

  it('stays if the path is taken, including everything typed in the file', () => {
    ann.append('a.txt', '!')
    ann.remove('a.txt')
    room.settle()
    bob.create('other', 'a.txt', 'of bob')
    room.settle()
    expect(ann.undo()).toBe(false)
    expect(ann.replica.canTurn('undo')).toBe(false)
    expect(room.text('other')).toBe('of bob')
  })

  it('by somebody else leaves nothing to undo in the file, except the rest of a transaction', () => {
    ann.append('b.txt', '1')
    ann.transact(() => {
      ann.append('a.txt', '!')
      ann.append('b.txt', '2')
    })
    ann.append('a.txt', '?')
    room.settle()
    bob.remove('a.txt')
    room.settle()
    expect(ann.replica.canTurn('undo', 'a.txt')).toBe(false)
    ann.undo()
    room.settle()
    expect(room.text('b.txt')).toBe('b1')
  })

  it('by both clients is not undone by one of them', () => {
    ann.remove('a.txt')
    bob.remove('a.txt')
    bob.send()
    ann.undo()
    ann.append('a.txt', ' typed')
    expect(ann.paths).toEqual(['a.txt', 'b.txt'])
    expect(paths()).toEqual(['b.txt'])
    expect(ann.replica.pending).toBe(0)
    expect(ann.effects.filter(({ type }) => type === 'rejected')).toMatchObject([
      { code: 'no_such_file', changes: [{ change: { type: 'remove' }, path: 'a.txt' }] },
    ])
    expect(ann.effects.filter(({ type }) => type === 'unsynced')).toMatchObject([
      { reason: 'file_removed', path: 'a.txt', text: 'a typed', typed: [' typed'] },
    ])
    expect(ann.undo()).toBe(false)
  })

  it('refuses pending changes of the file at once, since they do not apply to one revived under its id', () => {
    ann.append('b.txt', '!')
    ann.launch()
    ann.transact(() => {
      ann.append('a.txt', ' of ann')
      ann.append('b.txt', '?')
    })
    bob.remove('a.txt')
    bob.send()
    bob.catchUp()
    bob.undo()
    bob.send()
    ann.catchUp()
    expect(ann.effects.filter(({ type }) => type === 'rejected')).toMatchObject([
      {
        code: 'no_such_file',
        changes: [
          { path: 'a.txt', text: ' of ann' },
          { path: 'b.txt', text: '?' },
        ],
      },
    ])
    expect(ann.text('b.txt')).toBe('b!')
    ann.open('a.txt')
    ann.catchUp()
    expect(ann.text('a.txt')).toBe('a')
    expect(ann.undo()).toBe(true)
    expect([ann.text('b.txt'), ann.undo()]).toEqual(['b', false])
  })

  it.each([true, false])(
    'is undone with the edit of its transaction, on the text that the room brings back (undone before: %s)',
    (isUndoneBefore) => {
      ann.transact(() => {
        ann.append('a.txt', ' typed')
        ann.remove('a.txt')
      })
      if (isUndoneBefore) ann.undo()
      bob.edit('a.txt', ['bob: '])
      bob.send()
      ann.send()
      ann.reconnect(false)
      if (!isUndoneBefore) ann.undo()
      expect(paths()).toEqual(['a.txt', 'b.txt'])
      expect([room.text('a.txt'), ann.text('a.txt')]).toEqual(['bob: a', 'bob: a'])
      expectSettled(room)
      ann.redo()
      room.settle()
      expect(room.text('a.txt')).toBeUndefined()
    },
  )

  it('is undone with the text that it removed, whatever came back in between', () => {
    ann.remove('a.txt')
    room.settle()
    ann.undo()
    ann.replace('a.txt', 'a', 'mine')
    ann.remove('a.txt')
    ann.revive()
    ann.undo()
    ann.undo()
    ann.append('a.txt', '!')
    expect(paths()).toEqual(['a.txt', 'b.txt'])
    expect([room.text('a.txt'), ann.text('a.txt')]).toEqual(['mine!', 'mine!'])
    expectSettled(room)
  })

  it('leaves nothing to undo in the text once somebody else has brought the file back and changed it', () => {
    ann.append('a.txt', ' and more')
    ann.append('b.txt', '!')
    ann.remove('a.txt')
    room.settle()
    bob.revive()
    bob.open('a.txt')
    room.settle()
    bob.replace('a.txt', 'a and more', '')
    room.settle()
    ann.open('a.txt')
    room.settle()
    expect([ann.undo('a.txt'), ann.undo()]).toEqual([false, true])
    room.settle()
    expect([room.text('a.txt'), room.text('b.txt')]).toEqual(['', 'b'])
    expectSettled(room)
  })

  it('leaves the text to undo if somebody else has brought the file back as it was', () => {
    ann.append('a.txt', '!')
    ann.remove('a.txt')
    room.settle()
    bob.revive()
    room.settle()
    ann.open('a.txt')
    room.settle()
    expect(ann.undo()).toBe(true)
    room.settle()
    expect(room.text('a.txt')).toBe('a')
    expectSettled(room)
  })

  it('undone by one client may be repeated by another', () => {
    ann.remove('a.txt')
    room.settle()
    ann.undo()
    room.settle()
    bob.remove('a.txt')
    expect(paths()).toEqual(['b.txt'])
    expect([ann.undo(), ann.redo()]).toEqual([false, false])
    expect(bob.undo()).toBe(true)
    expect(paths()).toEqual(['a.txt', 'b.txt'])
    expect(room.text('a.txt')).toBe('a')
    expectSettled(room)
  })
})
