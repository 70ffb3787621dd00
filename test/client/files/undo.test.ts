/** Undo in a real room: own changes are undone everywhere, and changes of others stay. */
import { describe, expect, it } from 'vitest'
import { append, ownerAndGuest, place, reads, until } from '../support/people.ts'

const here = place({ withoutDatabase: true })

describe('undo', () => {
  it('undoes typing without a pause, and keeps what others typed in between', async () => {
    const { owner, guest } = await ownerAndGuest(here)
    const [mine, theirs] = [await owner.room.open('a.txt'), await guest.room.open('a.txt')]
    const before = mine.text
    append(mine, ' one')
    append(mine, ' two')
    await reads(theirs, `${before} one two`)
    theirs.edit([{ at: 0, remove: 0, insert: 'guest: ' }])
    await reads(mine, `guest: ${before} one two`)
    expect(owner.room.undo()).toBe(true)
    await reads(theirs, `guest: ${before}`)
    expect([owner.room.undo(), owner.room.canUndo()]).toEqual([false, false])
    expect(owner.room.redo()).toBe(true)
    await reads(theirs, `guest: ${before} one two`)
    await guest.room.settled()
    expect(guest.room.undo()).toBe(true)
    await reads(mine, `${before} one two`)
  })

  it('undoes a transaction as one step over all its files, in one commit', async () => {
    const { owner, guest } = await ownerAndGuest(here)
    const [mine, theirs] = [await owner.room.open('a.txt'), await guest.room.open('a.txt')]
    const before = mine.text
    owner.room.transact(() => {
      owner.room.create('made.txt', 'made')
      owner.room.rename('a.txt', 'moved.txt')
      append(mine, ' and moved')
    })
    await reads(theirs, `${before} and moved`)
    expect(guest.room.files.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['made.txt', 'moved.txt']),
    )
    await owner.room.settled()
    expect(owner.room.undo(mine.file)).toBe(true)
    await reads(theirs, before)
    await owner.room.settled()
    const paths = guest.room.files.map(({ path }) => path)
    expect(paths).toContain('a.txt')
    expect(paths).not.toContain('made.txt')
  })

  it('reports when there is something to undo or redo, and does nothing for a viewer', async () => {
    const { owner, guest } = await ownerAndGuest(here)
    const file = await guest.room.open('a.txt')
    const emitted: boolean[][] = []
    guest.room.on('history', () => emitted.push([guest.room.canUndo(), guest.room.canRedo()]))
    append(file, '!')
    guest.room.undo()
    expect([emitted[0], emitted.at(-1)]).toEqual([
      [true, false],
      [false, true],
    ])
    await guest.room.settled()
    owner.room.setRole(guest.room.me.user, 'viewer')
    await until(guest.room, ['policy'], () => !guest.room.canEdit)
    expect([guest.room.canRedo(), guest.room.redo()]).toEqual([false, false])
  })
})
