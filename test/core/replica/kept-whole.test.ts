/** What undo and refusals leave intact: an abandoned transaction, a removed file, a page reload. */
import { beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS } from '../../../core/protocol/limits.ts'
import { restored } from '../../../core/replica/restore.ts'
import { type Member, UndoRoom } from './undo/room.ts'

let room: UndoRoom
let ann: Member
let bob: Member

beforeEach(() => {
  room = new UndoRoom({ a: 'hello world', q: 'quiet' })
  ann = room.join('ann')
  bob = room.join('bob')
})

/** Everything handed back to a member, in the order it was reported. */
function handedBack({ effects }: Member): string {
  const texts = effects.flatMap((effect) =>
    effect.type === 'unsynced' ? [effect] : effect.type === 'rejected' ? effect.texts : [],
  )
  return texts.flatMap(({ typed }) => typed).join(' ')
}

describe('an abandoned transaction', () => {
  it('leaves the redo stack as it was', () => {
    ann.append('a', '!')
    ann.undo()
    ann.replica.drafts.begin()
    ann.replace('a', 'hello', 'bye')
    ann.replica.drafts.abandon()
    expect(ann.redo()).toBe(true)
    expect(ann.text('a')).toBe('hello world!')
  })

  it('leaves every step undoable, even one whose text it deleted and typed over', () => {
    ann.append('a', '!')
    ann.append('a', '?')
    ann.replica.drafts.begin()
    ann.replace('a', '!?', '')
    ann.append('a', 'other')
    ann.replica.drafts.abandon()
    expect(ann.text('a')).toBe('hello world!?')
    ann.undo()
    expect(ann.text('a')).toBe('hello world!')
    ann.undo()
    expect(ann.text('a')).toBe('hello world')
  })

  it('leaves what an undo will restore beside what it was beside, wherever that is now', () => {
    ann.edit('a', ['abc'])
    ann.launch()
    ann.replace('a', 'b', '')
    ann.replace('a', 'achello world', 'X')
    ann.undo()
    bob.append('a', '!')
    bob.send()
    ann.catchUp()
    expect(ann.text('a')).toBe('!achello world')
    ann.replica.drafts.begin()
    ann.replace('a', 'hello', 'bye')
    ann.replica.drafts.abandon()
    ann.undo()
    expect(ann.text('a')).toBe('!abchello world')
    ann.checkTexts()
  })

  it('leaves a removal undoable if it restored the file', () => {
    ann.remove('a')
    room.settle()
    ann.replica.drafts.begin()
    ann.revive()
    ann.replica.drafts.abandon()
    expect(ann.undo()).toBe(true)
    room.settle()
    expect(room.text('a')).toBe('hello world')
  })
})

describe('[S6] a file removed by somebody else', () => {
  it('hands back nothing of other text that an undo restored or removed', () => {
    ann.append('q', ' kept')
    ann.launch()
    ann.transact(() => {
      ann.remove('a')
      ann.replace('q', 'iet kept', 'other')
    })
    ann.undo()
    bob.remove('a')
    bob.send()
    ann.catchUp()
    expect(ann.text('q')).toBe('quiet kept')
    expect(handedBack(ann)).toBe('')
    const changes = ann.effects.flatMap((effect) => (effect.type === 'rejected' ? effect.changes : []))
    expect(changes.flatMap(({ change, text }) => (change.type === 'edit' ? [text] : []))).toEqual(['other'])
  })

  it('hands back exactly what was typed, whatever was undone before', () => {
    ann.append('a', 'one')
    ann.launch()
    ann.edit('a', [5, 'TWO'])
    ann.edit('a', [7, { d: 1 }])
    ann.undo()
    ann.replace('a', 'ld', '')
    bob.remove('a')
    bob.send()
    ann.catchUp()
    expect(handedBack(ann).split(' ').sort()).toEqual(['O', 'TW', 'one'])
  })

  it('has the room’s text when revived, however its removal became known here', () => {
    ann.remove('a')
    bob.append('a', ', all')
    bob.send()
    ann.send()
    ann.reconnect(false)
    bob.catchUp()
    bob.revive()
    bob.send()
    ann.catchUp()
    expect(ann.replica.text('a')).toBeUndefined()
    ann.open('a')
    room.settle()
    expect(ann.text('a')).toBe('hello world, all')
  })
})

describe('a file that was removed, restored, and removed again by undo', () => {
  it('comes back if its first removal is undone too', () => {
    ann.remove('a')
    room.settle()
    ann.revive()
    expect(ann.undo()).toBe(true)
    expect(ann.undo()).toBe(true)
    room.settle()
    expect(room.text('a')).toBe('hello world')
  })
})

describe('an undo that would exceed the size of a file', () => {
  it('does nothing, and later changes are sent', () => {
    room = new UndoRoom({ a: 'hello world', q: 'quiet' }, { ...DEFAULT_LIMITS, fileBytes: 16 })
    ann = room.join('ann')
    bob = room.join('bob')
    ann.append('q', '12345')
    ann.remove('q')
    bob.append('q', ' as a mou')
    bob.send()
    ann.catchUp()
    expect(() => ann.undo()).toThrow(expect.objectContaining({ code: 'file_too_large' }))
    ann.append('a', '!')
    room.settle()
    expect(ann.replica.pending).toBe(0)
    expect(room.text('a')).toBe('hello world!')
  })
})

describe('[S8] a submission that is refused after a page reload', () => {
  it('is taken back together with its undo', () => {
    ann.replace('a', 'hello ', '')
    ann.launch()
    ann.undo()
    ann.append('a', '!')
    const again = restored('client-ann', ann.replica.saved())
    again.welcome(room.welcome('client-ann', true))
    const submit = again.next()
    again.rejected({ type: 'reject', n: submit?.n ?? 0, code: 'forbidden', message: '' })
    expect(again.text('a')?.toString()).toBe('hello world!')
    expect(again.pending).toBe(1)
  })
})
