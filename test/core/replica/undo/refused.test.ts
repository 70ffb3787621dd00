/**
 * What can be undone after a refusal: everything except the refused change, and nothing of it comes back.
 */
import { beforeEach, describe, expect, it } from 'vitest'
import type { RejectCode } from '../../../../core/protocol/messages.ts'
import { refuseNext, textEverywhere } from './checks.ts'
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
const refuse = (meanwhile?: () => void, code?: RejectCode) => refuseNext(room, ann, meanwhile, code)

/** Undoes everything. @returns how many times something was undone */
function undoAll(): number {
  let times = 0
  while (ann.undo()) times++
  return times
}

describe('[S8] an edit that was refused', () => {
  it('is not undone, while changes before and after it are', () => {
    ann.append('a.txt', ' before')
    room.settle()
    ann.replace('a.txt', 'two', 'refused')
    refuse(() => ann.append('a.txt', ' after'))
    expect(everywhere()).toBe('one two three before after')
    expect(undoAll()).toBe(2)
    expect(everywhere()).toBe('one two three')
    while (ann.redo());
    expect(everywhere()).toBe('one two three before after')
  })

  it('restores what it had deleted once, and not again by undo', () => {
    ann.replace('a.txt', ' two', '')
    refuse()
    expect(ann.text('a.txt')).toBe('one two three')
    expect(ann.undo()).toBe(false)
    expect(everywhere()).toBe('one two three')
  })

  it('goes with what a later change had deleted of it', () => {
    ann.append('a.txt', 'refused')
    refuse(() => {
      ann.replace('a.txt', 'fus', '')
      ann.append('a.txt', '!')
    })
    expect(ann.text('a.txt')).toBe('one two three!')
    undoAll()
    expect(everywhere()).toBe('one two three')
  })

  it('is only the refused part of typing that was sent in parts', () => {
    ann.append('a.txt', 'ab', true)
    room.settle()
    ann.append('a.txt', 'c', true)
    refuse(() => {
      ann.append('a.txt', 'd', true)
      bob.replace('a.txt', 'one', 'ONE')
      bob.send()
    })
    expect(ann.text('a.txt')).toBe('ONE two threeabd')
    expect(undoAll()).toBe(1)
    expect(everywhere()).toBe('ONE two three')
    ann.redo()
    expect(everywhere()).toBe('ONE two threeabd')
  })

  it('goes with everything composed into it, however it would have been undone', () => {
    ann.append('a.txt', ' kept')
    const kept = ann.launch()
    ann.append('a.txt', '1')
    ann.replace('a.txt', 'one', 'ONE')
    ann.replace('a.txt', 'two', '')
    room.submit(ann.replica.client, kept)
    ann.catchUp()
    refuse()
    expect(ann.text('a.txt')).toBe('one two three kept')
    expect(undoAll()).toBe(1)
    expect(everywhere()).toBe('one two three')
  })

  it('in a transaction takes back all of it', () => {
    ann.append('b.txt', '!')
    room.settle()
    ann.transact(() => {
      ann.append('a.txt', 'refused')
      ann.append('b.txt', 'refused')
      ann.rename('b.txt', 'c.txt')
      ann.create('new', 'd.txt', '')
    })
    refuse()
    expect(ann.paths).toEqual(['a.txt', 'b.txt'])
    expect(undoAll()).toBe(1)
    expect(everywhere()).toBe('one two three')
    expect(everywhere('b.txt')).toBe('b')
  })
})

describe('a change undone before it was refused', () => {
  it('is not restored twice', () => {
    ann.replace('a.txt', 'two', 'a very large text')
    refuse(() => {
      ann.undo()
      expect(ann.text('a.txt')).toBe('one two three')
    })
    expect(ann.text('a.txt')).toBe('one two three')
    expect(ann.replica.pending).toBe(0)
    expect([ann.undo(), ann.redo()]).toEqual([false, false])
    expect(everywhere()).toBe('one two three')
  })

  it('is not restored twice if it had been redone', () => {
    ann.replace('a.txt', 'two', '2')
    refuse(() => {
      ann.undo()
      ann.redo()
      ann.append('a.txt', '!')
    })
    expect(ann.text('a.txt')).toBe('one two three!')
    undoAll()
    expect(everywhere()).toBe('one two three')
  })

  it.each([
    ['creation', () => ann.create('new', 'c.txt', ''), ['a.txt', 'b.txt']],
    ['rename', () => ann.rename('a.txt', 'c.txt'), ['a.txt', 'b.txt']],
    ['removal', () => ann.remove('a.txt'), ['a.txt', 'b.txt']],
  ])('is reported once, for a %s', (_, change, left) => {
    change()
    refuse(() => {
      ann.undo()
      ann.redo()
      ann.undo()
    }, 'forbidden')
    expect(ann.paths).toEqual(left)
    expect(ann.replica.pending).toBe(0)
    expect(ann.effects.filter(({ type }) => type === 'rejected')).toHaveLength(1)
    expect(everywhere()).toBe('one two three')
  })

  it('keeps what was typed since in a file whose removal was undone', () => {
    ann.remove('a.txt')
    refuse(() => {
      ann.undo()
      ann.append('a.txt', ' since')
    }, 'forbidden')
    expect(ann.text('a.txt')).toBe('one two three since')
    expect(everywhere()).toBe('one two three since')
    ann.undo()
    expect(everywhere()).toBe('one two three')
  })
})

describe('an undo that was refused', () => {
  it('leaves what it would have undone, and is dropped', () => {
    ann.append('a.txt', ' first')
    ann.append('a.txt', ' second')
    room.settle()
    ann.undo()
    refuse()
    expect(ann.text('a.txt')).toBe('one two three first second')
    expect(ann.redo()).toBe(false)
    expect(ann.undo()).toBe(true)
    expect(everywhere()).toBe('one two three second')
  })

  it('of a removal leaves the file removed, and returns what was typed since', () => {
    ann.remove('a.txt')
    room.settle()
    ann.undo()
    refuse(() => ann.append('a.txt', ' since'), 'too_many_files')
    expect(ann.paths).toEqual(['b.txt'])
    expect(ann.effects.filter(({ type }) => type === 'rejected')).toMatchObject([
      { code: 'too_many_files', changes: [{ path: 'a.txt', text: 'one two three since' }] },
    ])
    expect([ann.undo(), ann.redo()]).toEqual([false, false])
  })
})

it('[S8] a step that undid several keeps what it undid of those that were not refused', () => {
  const room = new UndoRoom({ 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c' })
  const [ann, bob] = [room.join('ann'), room.join('bob')]
  ann.transact(() => {
    ann.append('a.txt', '1')
    ann.append('b.txt', '1')
  })
  ann.transact(() => {
    ann.append('b.txt', '2')
    ann.append('c.txt', '2')
  })
  ann.undo('a.txt')
  bob.remove('a.txt')
  bob.send()
  room.settle()
  expect([room.text('b.txt'), room.text('c.txt')]).toEqual(['b', 'c'])
  expect([ann.text('b.txt'), ann.text('c.txt')]).toEqual(['b', 'c'])
  expect(ann.redo()).toBe(true)
  room.settle()
  expect([room.text('b.txt'), room.text('c.txt')]).toEqual(['b2', 'c2'])
})

describe('[S8] text that was replaced by something that is taken back', () => {
  let room: UndoRoom
  let ann: Member

  beforeEach(() => {
    room = new UndoRoom({ a: 'hello', z: 'z' })
    ann = room.join('ann')
  })

  it('is undone as if that had never been done, although it was replaced in two places', () => {
    ann.replace('a', 'lo', 'X')
    ann.replace('a', 'X', 'abcX')
    ann.replica.drafts.begin()
    ann.replace('a', 'labc', '')
    ann.replace('a', 'X', 'Y')
    ann.replica.drafts.abandon()
    expect(ann.text('a')).toBe('helabcX')
    ann.undo()
    expect(ann.text('a')).toBe('helX')
    ann.undo()
    expect(textEverywhere(room, 'a')).toBe('hello')
  })

  it('comes back in its order, also where others have typed beside it', () => {
    const bob = room.join('bob')
    ann.replace('a', 'o', 'xyo')
    ann.replace('a', 'yo', '')
    bob.append('a', '1234')
    bob.send()
    bob.catchUp()
    ann.transact(() => {
      ann.append('a', '!')
      ann.append('z', '!')
    })
    bob.remove('z')
    bob.send()
    ann.catchUp()
    expect(ann.text('a')).toBe('hellx1234')
    ann.undo()
    expect(textEverywhere(room, 'a')).toBe('hellxyo1234')
  })
})
