/**
 * Refused submissions: rolled back locally without affecting anything else, and reported with what was
 * lost.
 */
import { expect, it } from 'vitest'
import type { TextChange } from '../../../client/index.ts'
import { append, lists, next, pathsOf, place, reads, type } from '../support/people.ts'

const here = place()

it('[S7] [S8] rolls back a creation at a path taken at the same time, and reports the lost text', async () => {
  const name = await here.make()
  const [ann, bob] = [await here.join(name), await here.join(name)]
  bob.network.hold()
  const id = bob.room.create('a.txt', 'of bob')
  const his = await bob.room.open('a.txt')
  append(his, ', and more')
  const rejected = next(bob.room, 'rejected')
  const removed = new Promise<void>((resolve) => his.on('removed', resolve))
  const hers = ann.room.create('a.txt', 'of ann')
  await ann.room.settled()
  bob.network.release()
  expect(await rejected).toMatchObject({
    code: 'path_taken',
    changes: [{ type: 'create', file: id, path: 'a.txt', text: expect.stringContaining('of bob') }],
  })
  await removed
  await bob.room.settled()
  expect(bob.room.files.map(({ file, path }) => [file, path])).toEqual([[hers, 'a.txt']])
  expect((await bob.room.open('a.txt')).text).toBe('of ann')
  expect(await here.read(name, 'a.txt')).toBe('of ann')
})

it('[S7] rolls back a rename to a path taken at the same time', async () => {
  const name = await here.make({ 'a.txt': 'a', 'b.txt': 'b' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  bob.network.hold()
  bob.room.rename('a.txt', 'c.txt')
  const rejected = next(bob.room, 'rejected')
  ann.room.rename('b.txt', 'c.txt')
  await ann.room.settled()
  bob.network.release()
  expect(await rejected).toMatchObject({ code: 'path_taken', changes: [{ type: 'rename', path: 'a.txt' }] })
  await bob.room.settled()
  expect(pathsOf(bob.room)).toEqual(['a.txt', 'c.txt'])
  expect(bob.room.files).toEqual(ann.room.files)
})

it('[S6] hands back text typed in a file that somebody removed', async () => {
  const name = await here.make({ 'src/a.txt': 'a', 'b.txt': 'b' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [his, other] = [await bob.room.open('src/a.txt'), await bob.room.open('b.txt')]
  bob.network.hold()
  append(his, ' and what bob typed')
  append(other, '!')
  const rejected = next(bob.room, 'rejected')
  const removed = new Promise<void>((resolve) => his.on('removed', resolve))
  ann.room.remove('src/a.txt')
  await ann.room.settled()
  bob.network.release()
  expect(await rejected).toMatchObject({
    code: 'no_such_file',
    changes: [{ type: 'edit', file: his.file, path: 'src/a.txt', text: ' and what bob typed' }],
  })
  await removed
  await bob.room.settled()
  expect(his.text).toBe('a and what bob typed')
  expect(await here.read(name, 'b.txt')).toBe('b!')
})

it('[S6] hands back unsent text, too, in a file that somebody removed', async () => {
  const name = await here.make({ 'a.txt': 'a', 'b.txt': 'b' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [his, other] = [await bob.room.open('a.txt'), await bob.room.open('b.txt')]
  bob.network.hold()
  append(other, '!')
  append(his, ' unsent')
  const unsynced = next(bob.room, 'unsynced')
  ann.room.remove('a.txt')
  await ann.room.settled()
  bob.network.release()
  const gone = { reason: 'file_removed', file: his.file, path: 'a.txt', text: 'a unsent', typed: [' unsent'] }
  expect(await unsynced).toMatchObject(gone)
  await bob.room.settled()
  expect(await here.read(name, 'b.txt')).toBe('b!')
})

it('[S2] rolls back all of a transaction when one part is refused', async () => {
  const name = await here.make({ 'a.txt': 'a', 'b.txt': 'b' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const his = await bob.room.open('a.txt')
  const changes: TextChange[] = []
  his.on('change', (change) => changes.push(change))
  bob.network.hold()
  bob.room.transact(() => {
    append(his, ' of the transaction')
    bob.room.rename('b.txt', 'c.txt')
  })
  append(his, ', later')
  const rejected = next(bob.room, 'rejected')
  ann.room.create('c.txt', '')
  await ann.room.settled()
  bob.network.release()
  const { code, changes: lost } = await rejected
  expect(code).toBe('path_taken')
  expect(lost).toEqual([
    { type: 'edit', file: his.file, path: 'a.txt', text: ' of the transaction' },
    { type: 'rename', file: expect.any(String), path: 'b.txt' },
  ])
  await bob.room.settled()
  expect(his.text).toBe('a, later')
  expect(changes.map(({ origin }) => origin)).toEqual(['local', 'local', 'rollback'])
  expect(changes[2]?.edits).toEqual([{ at: 1, remove: ' of the transaction'.length, insert: '' }])
  await lists(bob.room, 'a.txt', 'b.txt', 'c.txt')
  expect(await here.read(name, 'a.txt')).toBe('a, later')
})

it('removes a refused edit from under later remote text', async () => {
  const name = await here.make({ 'a.txt': 'one two', 'b.txt': 'b' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  bob.network.hold()
  bob.room.transact(() => {
    his.edit([{ at: 0, remove: 7, insert: 'gone' }])
    bob.room.rename('b.txt', 'c.txt')
  })
  const rejected = next(bob.room, 'rejected')
  type(hers, 3, ' and')
  ann.room.create('c.txt', '')
  await ann.room.settled()
  bob.network.release()
  await rejected
  await reads(his, 'one and two')
  expect(await here.read(name, 'a.txt')).toBe('one and two')
})
