/**
 * What one client can undo in a room of several: its own changes, and nothing of what others did in between.
 */
import { beforeEach, describe, expect, it } from 'vitest'
import { textEverywhere } from './checks.ts'
import { type Member, UndoRoom } from './room.ts'

let room: UndoRoom
let ann: Member
let bob: Member

beforeEach(() => {
  room = new UndoRoom({ 'a.txt': 'one two three', 'b.txt': 'b' })
  ann = room.join('ann')
  bob = room.join('bob')
})

const everywhere = (file = 'a.txt') => textEverywhere(room, file)
const origins = (member: Member) =>
  member.effects.flatMap((effect) => (effect.type === 'text' ? [effect.origin] : []))

describe('undo', () => {
  it('reverts the last change, then the one before', () => {
    ann.replace('a.txt', 'one', '1')
    ann.replace('a.txt', 'three', '3')
    expect(ann.undo()).toBe(true)
    expect(ann.text('a.txt')).toBe('1 two three')
    expect(ann.undo()).toBe(true)
    expect(ann.text('a.txt')).toBe('one two three')
    expect(ann.undo()).toBe(false)
    expect(everywhere()).toBe('one two three')
  })

  it('is a change like any other: reported as `undo`, in one submission', () => {
    ann.replace('a.txt', 'one', '1')
    room.settle()
    ann.undo()
    expect(origins(ann)).toEqual(['local', 'undo'])
    expect(ann.replica.pending).toBe(1)
    expect(everywhere()).toBe('one two three')
    expect(origins(bob)).toEqual(['remote', 'remote'])
  })

  it('leaves nothing pending if there is nothing to undo', () => {
    expect(ann.undo()).toBe(false)
    expect(ann.replica.pending).toBe(0)
    expect(ann.replica.canTurn('undo')).toBe(false)
  })

  it('does nothing within a transaction', () => {
    ann.replace('a.txt', 'one', '1')
    ann.transact(() => expect(ann.undo()).toBe(false))
    expect(ann.undo()).toBe(true)
  })

  it('does not affect changes by others', () => {
    bob.replace('a.txt', 'one', '1')
    room.settle()
    expect(ann.replica.canTurn('undo')).toBe(false)
    expect(ann.undo()).toBe(false)
  })

  it.each([
    ['before it', 'one', 'ONE', 'ONE two three'],
    ['behind it', 'three', 'THREE', 'one two THREE'],
    ['on both sides of it', '', '> ', '> one two three'],
  ])('leaves changes by others %s', (_, was, is, left) => {
    ann.replace('a.txt', 'two', 'mine')
    room.settle()
    bob.replace('a.txt', was, is)
    room.settle()
    ann.undo()
    expect(everywhere()).toBe(left)
  })

  it('leaves what others typed into the text that it removes', () => {
    ann.replace('a.txt', 'two', 'mine')
    room.settle()
    bob.edit('a.txt', [6, '-theirs-'])
    room.settle()
    ann.undo()
    expect(everywhere()).toMatch(/^one (two-theirs-|-theirs-two) three$/)
  })

  it('restores deleted text amid changes by others at the same place', () => {
    ann.replace('a.txt', ' two', '')
    room.settle()
    bob.replace('a.txt', 'one', 'one and')
    bob.replace('a.txt', 'three', '& three')
    room.settle()
    ann.undo()
    expect(everywhere()).toMatch(/^one and.* two.*& three$|^one and two & three$/)
  })

  it('skips changes of which others left nothing', () => {
    ann.replace('a.txt', 'three', '3')
    ann.append('a.txt', '!')
    room.settle()
    bob.replace('a.txt', '!', '')
    room.settle()
    expect(ann.undo()).toBe(true)
    expect(everywhere()).toBe('one two three')
    expect(ann.undo()).toBe(false)
  })

  it('transforms consecutive changes over what others did', () => {
    ann.append('a.txt', ' A')
    ann.append('a.txt', ' B')
    room.settle()
    bob.replace('a.txt', 'one', 'the very first')
    room.settle()
    ann.append('a.txt', ' C')
    room.settle()
    bob.replace('a.txt', 'two', '2')
    room.settle()
    ann.undo()
    expect(everywhere()).toBe('the very first 2 three A B')
    ann.undo()
    ann.undo()
    expect(everywhere()).toBe('the very first 2 three')
  })

  it('is right while the change it reverts is pending and others commit first', () => {
    ann.append('a.txt', ' mine')
    bob.replace('a.txt', 'one', 'ONE')
    bob.send()
    ann.undo()
    expect(everywhere()).toBe('ONE two three')
    expect(ann.redo()).toBe(true)
    expect(everywhere()).toBe('ONE two three mine')
  })
})

describe('redo', () => {
  it('restores what undo reverted, in order', () => {
    ann.replace('a.txt', 'one', '1')
    ann.replace('a.txt', 'two', '2')
    ann.undo()
    ann.undo()
    expect(ann.redo()).toBe(true)
    expect(ann.text('a.txt')).toBe('1 two three')
    expect(ann.redo()).toBe(true)
    expect(ann.text('a.txt')).toBe('1 2 three')
    expect(ann.redo()).toBe(false)
    ann.undo()
    expect(everywhere()).toBe('1 two three')
  })

  it('is transformed over changes by others', () => {
    ann.replace('a.txt', 'two', 'mine')
    ann.undo()
    room.settle()
    bob.replace('a.txt', 'one', 'the first')
    room.settle()
    ann.redo()
    expect(everywhere()).toBe('the first mine three')
  })

  it('is empty after a new change', () => {
    ann.replace('a.txt', 'two', 'mine')
    ann.undo()
    ann.append('a.txt', '!')
    expect(ann.replica.canTurn('redo')).toBe(false)
    expect(ann.redo()).toBe(false)
  })
})

describe('typing', () => {
  it('that continues is one undo', () => {
    for (const letter of 'abc') ann.append('a.txt', letter, true)
    ann.undo()
    expect(ann.text('a.txt')).toBe('one two three')
    ann.redo()
    expect(everywhere()).toBe('one two threeabc')
  })

  it('that continues while others type is one undo, and leaves theirs', () => {
    ann.append('a.txt', 'a', true)
    room.settle()
    bob.replace('a.txt', 'one', 'ONE')
    room.settle()
    ann.append('a.txt', 'b', true)
    room.settle()
    bob.append('a.txt', '!')
    room.settle()
    ann.replace('a.txt', 'ab', 'abc', false)
    ann.undo()
    ann.undo()
    expect(everywhere()).toBe('ONE two three!')
  })

  it.each([
    ['a pause', () => ann.append('a.txt', 'b', false)],
    ['a jump', () => ann.replace('a.txt', 'one', 'one,', true)],
    ['deleting', () => ann.replace('a.txt', 'a', '', true)],
    [
      'typing elsewhere',
      () => {
        ann.append('b.txt', '!', true)
        ann.undo()
        ann.append('a.txt', 'b', true)
      },
    ],
    [
      'a transaction',
      () => {
        ann.transact(() => ann.append('b.txt', '!'))
        ann.append('a.txt', 'b', true)
      },
    ],
  ])('is not joined across %s', (_, then) => {
    ann.append('a.txt', 'a', true)
    then()
    ann.undo()
    expect(ann.text('a.txt')).toBe('one two threea')
  })

  it('does not join an entry below an undone one', () => {
    ann.append('a.txt', 'a', true)
    ann.append('a.txt', '?', false)
    ann.undo()
    ann.append('a.txt', 'b', true)
    ann.undo()
    expect(ann.text('a.txt')).toBe('one two threea')
  })
})

describe('a transaction', () => {
  it('over several files is one undo, and one redo', () => {
    ann.transact(() => {
      ann.append('a.txt', '!')
      ann.append('b.txt', '?')
      ann.rename('b.txt', 'c.txt')
      ann.replace('a.txt', 'one', '1')
      ann.create('new', 'd.txt', 'd')
    })
    room.settle()
    expect(ann.undo()).toBe(true)
    expect(ann.paths).toEqual(['a.txt', 'b.txt'])
    expect(everywhere()).toBe('one two three')
    expect(everywhere('b.txt')).toBe('b')
    expect(ann.undo()).toBe(false)
    expect(ann.redo()).toBe(true)
    expect(everywhere()).toBe('1 two three!')
    expect(everywhere('b.txt')).toBe('b?')
    expect(room.paths.map(([path]) => path)).toEqual(['a.txt', 'c.txt', 'd.txt'])
    expect(room.text('new')).toBe('d')
  })

  it('[S2] is undone in one submission', () => {
    ann.transact(() => {
      ann.append('a.txt', '!')
      ann.rename('b.txt', 'c.txt')
    })
    room.settle()
    ann.undo()
    const submit = ann.replica.next()
    expect(submit?.changes.map(({ type }) => type)).toEqual(['rename', 'edit'])
    expect(ann.replica.pending).toBe(1)
  })

  it('that is abandoned cannot be undone', () => {
    ann.append('a.txt', '!')
    ann.replica.drafts.begin()
    ann.replace('a.txt', 'one', 'lost')
    ann.create('new', 'd.txt', 'd')
    ann.replica.drafts.abandon()
    expect(ann.text('a.txt')).toBe('one two three!')
    ann.undo()
    expect(ann.text('a.txt')).toBe('one two three')
    expect(ann.undo()).toBe(false)
  })

  it('in which paths are swapped is undone step by step', () => {
    ann.transact(() => {
      ann.rename('a.txt', 'x.txt')
      ann.rename('b.txt', 'a.txt')
      ann.rename('x.txt', 'b.txt')
    })
    room.settle()
    expect(room.paths).toEqual([
      ['a.txt', 'b.txt'],
      ['b.txt', 'a.txt'],
    ])
    ann.undo()
    room.settle()
    expect(room.paths).toEqual([
      ['a.txt', 'a.txt'],
      ['b.txt', 'b.txt'],
    ])
  })
})

describe('undo of one file', () => {
  it('reverts the last change of that file, and leaves later ones of other files', () => {
    ann.append('a.txt', '!')
    ann.append('b.txt', '?')
    expect(ann.undo('a.txt')).toBe(true)
    expect(ann.text('a.txt')).toBe('one two three')
    expect(ann.text('b.txt')).toBe('b?')
    expect(ann.undo('a.txt')).toBe(false)
    expect(ann.undo()).toBe(true)
    expect(ann.text('b.txt')).toBe('b')
    expect(ann.redo('a.txt')).toBe(true)
    expect(ann.text('a.txt')).toBe('one two three!')
    expect(ann.text('b.txt')).toBe('b')
  })

  it('includes later changes of other files in the same transaction', () => {
    ann.transact(() => {
      ann.append('a.txt', '!')
      ann.append('b.txt', '?')
    })
    ann.append('b.txt', '+')
    ann.create('new', 'c.txt', '')
    room.settle()
    expect(ann.undo('a.txt')).toBe(true)
    expect(everywhere()).toBe('one two three')
    expect(everywhere('b.txt')).toBe('b')
    expect(ann.paths).toContain('c.txt')
    ann.redo()
    expect(everywhere()).toBe('one two three!')
    expect(everywhere('b.txt')).toBe('b?+')
  })

  it('reports whether there is any', () => {
    ann.append('a.txt', '!')
    expect([ann.replica.canTurn('undo', 'a.txt'), ann.replica.canTurn('undo', 'b.txt')]).toEqual([
      true,
      false,
    ])
    ann.undo()
    expect([ann.replica.canTurn('undo', 'a.txt'), ann.replica.canTurn('redo', 'a.txt')]).toEqual([
      false,
      true,
    ])
  })
})

describe('the undo history', () => {
  it('has the last 500 entries', () => {
    for (let i = 0; i < 510; i++) ann.append('a.txt', `${i},`)
    let undone = 0
    while (ann.undo()) undone++
    expect(undone).toBe(500)
    expect(everywhere()).toBe('one two three0,1,2,3,4,5,6,7,8,9,')
  })

  it('drops the oldest entries when it has too much text', () => {
    const large = 'x'.repeat(700_000)
    for (let i = 0; i < 4; i++) {
      ann.append('b.txt', large)
      ann.replace('b.txt', large, '')
    }
    let undone = 0
    while (ann.undo()) undone++
    expect(undone).toBe(4)
    expect(ann.text('b.txt')).toBe('b')
  })

  it('changes its revision whenever something else can be undone', () => {
    const revisions = new Set<number>()
    const look = () => revisions.add(ann.replica.historyRevision).size
    look()
    ann.append('a.txt', 'a', true)
    expect(look()).toBe(2)
    ann.append('a.txt', 'b', true)
    expect(look()).toBe(2)
    ann.undo()
    expect(look()).toBe(3)
    ann.redo()
    expect(look()).toBe(4)
    bob.remove('a.txt')
    room.settle()
    expect(look()).toBe(5)
  })
})

describe('[H6] undo after a fresh start', () => {
  beforeEach(() => {
    ann.append('b.txt', 'efore')
    ann.append('a.txt', ' four')
    room.settle()
  })

  it('leaves what the room had before in a text that others have changed meanwhile', () => {
    bob.append('a.txt', ' five')
    bob.send()
    ann.append('b.txt', '!')
    ann.reconnect(false)
    room.settle()
    expect([ann.undo(), ann.undo(), ann.undo()]).toEqual([true, true, false])
    expect([everywhere(), everywhere('b.txt')]).toEqual(['one two three four five', 'b'])
  })

  it('still reverts everything in a text that nobody has changed, and what is pending', () => {
    bob.append('b.txt', ' and after')
    bob.send()
    ann.append('b.txt', '!')
    ann.reconnect(false)
    room.settle()
    while (ann.undo());
    expect([everywhere(), everywhere('b.txt')]).toEqual(['one two three', 'before and after'])
  })
})
