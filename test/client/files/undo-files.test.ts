/**
 * Undo of file changes in a real room: a file that comes back is the same one locally, in the room and in
 * Postgres.
 */
import { expect, it } from 'vitest'
import { append, has, lists, next, pathsOf, place, reads, until } from '../support/people.ts'

const here = place()

it('brings a removed file back for everybody and in Postgres, with its id and text', async () => {
  const name = await here.make({ 'a.txt': 'of before', 'b.txt': '' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  append(hers, ', typed')
  await has(his, ', typed')
  ann.room.remove('a.txt')
  await lists(bob.room, 'b.txt')
  await here.flushed(name)
  expect((await here.status(name)).files.map(({ path }) => path)).toEqual(['b.txt'])
  expect([hers.removed, his.removed]).toEqual([true, true])

  expect(ann.room.undo()).toBe(true)
  await lists(bob.room, 'a.txt', 'b.txt')
  const again = await bob.room.open('a.txt')
  expect([again.file, again.text]).toEqual([his.file, 'of before, typed'])
  const back = await ann.room.open('a.txt')
  append(again, ', by bob')
  await has(back, ', by bob')
  expect(ann.room.undo(back.file)).toBe(true)
  await reads(again, 'of before, by bob')
  await ann.room.settled()
  await here.flushed(name)
  expect(await here.read(name, 'a.txt')).toBe('of before, by bob')
})

it('undoes offline changes after reconnecting', async () => {
  const name = await here.make({ 'a.txt': 'one', 'b.txt': 'two' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  append(hers, ', sent')
  await has(his, ', sent')
  ann.network.cut()
  await until(ann.room, ['status'], () => ann.room.status.status !== 'connected')
  ann.room.transact(() => {
    append(hers, ', away')
    ann.room.rename('b.txt', 'c.txt')
  })
  his.edit([{ at: 0, remove: 0, insert: '> ' }])
  expect([ann.room.undo(), ann.room.undo()]).toEqual([true, true])
  expect([hers.text, pathsOf(ann.room)]).toEqual(['one', ['a.txt', 'b.txt']])
  ann.network.restore()
  await reads(his, '> one')
  await ann.room.settled()
  expect([hers.text, pathsOf(bob.room)]).toEqual(['> one', ['a.txt', 'b.txt']])
  expect([ann.room.redo(), ann.room.redo()]).toEqual([true, true])
  await reads(his, '> one, sent, away')
  await lists(bob.room, 'a.txt', 'c.txt')
})

it('[S8] drops the step of a refused change, and undoes the one before', async () => {
  const name = await here.make({ 'a.txt': 'one', 'b.txt': 'two' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const hers = await ann.room.open('a.txt')
  append(hers, '!')
  await ann.room.settled()
  ann.network.hold()
  ann.room.transact(() => {
    append(hers, ' refused')
    ann.room.rename('b.txt', 'c.txt')
  })
  bob.room.create('c.txt', '')
  await bob.room.settled()
  const rejected = next(ann.room, 'rejected')
  expect(ann.room.undo()).toBe(true)
  ann.network.release()
  expect((await rejected).code).toBe('path_taken')
  await ann.room.settled()
  expect([hers.text, ann.room.canRedo()]).toEqual(['one!', false])
  expect(ann.room.undo()).toBe(true)
  await ann.room.settled()
  expect(await here.read(name, 'a.txt')).toBe('one')
  expect([ann.room.undo(), pathsOf(ann.room)]).toEqual([false, ['a.txt', 'b.txt', 'c.txt']])
})
