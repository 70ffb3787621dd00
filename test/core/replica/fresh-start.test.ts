/**
 * A welcome that does not resume, while removals and revivals are pending: none of them stays pending
 * forever.
 */
import { describe, expect, it } from 'vitest'
import { type Member, UndoRoom } from './undo/room.ts'

const FIRST = [
  ['a file of the room, closed', { open: false, made: false, acked: true }],
  ['a file of the room, open', { open: true, made: false, acked: true }],
  ['a file created here, closed, whose creation was not acked', { open: false, made: true, acked: false }],
  ['a file created here, open, whose creation was not acked', { open: true, made: true, acked: false }],
  ['a file created here, closed', { open: false, made: true, acked: true }],
  ['a file created here, open', { open: true, made: true, acked: true }],
] as const

const THEN = [
  ['removed', 1, false],
  ['removed and restored', 2, false],
  ['removed, restored and removed', 3, false],
  ['removed, brought back, removed and restored', 4, false],
  ['edited, removed and restored', 2, true],
] as const

describe('[H6] a fresh start with a pending removal or revival', () => {
  const cases = FIRST.flatMap(([first, how]) =>
    THEN.map(([then, turns, edits]) => ({ first, how, then, turns, edits })),
  )
  it.each(cases.filter(({ how, edits }) => how.open || !edits))(
    'leaves nothing pending of $first that was $then',
    ({ how, turns, edits }) => {
      const room = new UndoRoom({ 'a.txt': 'of the room', 'b.txt': 'b' })
      const ann = room.join('ann', () => false)
      const path = how.made ? 'new.txt' : 'a.txt'
      if (how.made) ann.create('new', path, 'made here')
      if (how.open) ann.open(path)
      if (how.acked) room.settle()
      const file = how.made ? 'new' : 'a.txt'
      if (!how.acked) ann.send()
      if (edits) ann.append(file, ' and more')
      const before = edits
        ? `${how.made ? 'made here' : 'of the room'} and more`
        : how.made
          ? 'made here'
          : 'of the room'
      ann.remove(path)
      for (let turn = 1; turn < turns; turn++) expect(turn % 2 === 1 ? ann.undo() : ann.redo()).toBe(true)
      ann.reconnect(false)
      room.settle()
      expect(ann.replica.pending).toBe(0)
      expect(ann.unread).toEqual([])
      expect(room.text(file)).toBe(turns % 2 === 0 ? before : undefined)
      expect(ann.paths).toEqual(room.paths.map(([at]) => at))
      ann.checkTexts()
      if (turns % 2 === 1) return
      ann.open(path)
      room.settle()
      expect(ann.text(file)).toBe(before)
    },
  )
})

describe('[H6] [S3] undoing a removal that the room had before a fresh start', () => {
  it.each([
    ['brings back', (other: Member) => other.revive()],
    [
      'restores and renames',
      (other: Member) => {
        other.revive()
        other.rename('a.txt', 'z.txt')
      },
    ],
  ])('removes nothing that somebody else %s before the room names the commit', (_, act) => {
    const room = new UndoRoom({ 'a.txt': 'of the room', 'b.txt': 'b' })
    const ann = room.join('ann', () => false)
    const bob = room.join('bob', () => false)
    ann.remove('a.txt')
    ann.send()
    bob.catchUp()
    expect(ann.undo()).toBe(true)
    ann.reconnect(false)
    const again = ann.launch()
    act(bob)
    while (bob.send()) bob.catchUp()
    room.submit(ann.replica.client, again)
    room.settle()
    const here = room.paths.map(([path]) => path)
    expect(here).toHaveLength(2)
    expect([ann.paths, bob.paths]).toEqual([here, here])
    expect(ann.replica.pending).toBe(0)
    const file = ann.open(here.at(-1) === 'z.txt' ? 'z.txt' : 'a.txt')
    room.settle()
    expect(ann.text(file)).toBe('of the room')
  })
})

it('[H6] a file created together with a removal that the welcome acks is followed once it is opened', () => {
  const room = new UndoRoom({ a: 'a' })
  const [ann, bob] = [room.join('ann'), room.join('bob')]
  ann.transact(() => {
    ann.remove('a')
    ann.create('new', 'n', 'new')
  })
  ann.send()
  ann.reconnect(false)
  room.settle()
  ann.open('n')
  bob.open('n')
  room.settle()
  bob.append('new', ' text')
  room.settle()
  expect(ann.text('new')).toBe('new text')
})

it('[H6] what waits for a file that came back and was removed since is handed back at once', () => {
  const room = new UndoRoom({ a: 'a', b: 'b' })
  const [ann, bob] = [room.join('ann', () => false), room.join('bob')]
  ann.remove('a')
  room.settle()
  ann.revive()
  ann.send()
  ann.rename('a', 'c')
  bob.catchUp()
  bob.remove('a')
  bob.send()
  ann.reconnect(false)
  expect(ann.replica.pending).toBe(0)
  expect(ann.effects).toContainEqual(expect.objectContaining({ type: 'rejected', code: 'no_such_file' }))
  room.settle()
  expect(ann.paths).toEqual(['b'])
})

it('[H6] [S8] a transaction over several files that are all gone is handed back with what was typed before', () => {
  const room = new UndoRoom({ a: 'a', b: 'b' })
  const [ann, bob] = [room.join('ann'), room.join('bob')]
  ann.transact(() => ann.append('b', '12'))
  ann.transact(() => {
    ann.append('a', '!')
    ann.replace('b', 'b12', 'c')
  })
  bob.remove('a')
  bob.send()
  bob.catchUp()
  bob.remove('b')
  bob.send()
  ann.effects.length = 0
  ann.reconnect(false)
  expect(ann.replica.pending).toBe(0)
  const typed = ann.effects.flatMap((effect) => {
    if (effect.type === 'unsynced') return effect.typed
    return effect.type === 'rejected' ? effect.texts.flatMap((text) => text.typed) : []
  })
  expect(typed).toEqual(['!', 'c', '12'])
})
