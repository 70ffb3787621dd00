/** Removed files that nobody had open come back in a real room: from its journal, or from Postgres. */
import { expect, it } from 'vitest'
import { append, lists, next, ownPlace, pathsOf, until } from '../support/people.ts'

const here = ownPlace({ vars: { TAIL_COMMITS: '10', FLUSH_IDLE_MS: '100' } })

const LONG = 'a long text, "quoted" 😀\n'.repeat(400)

it('[S13] undoes and redoes offline the removal of a file that was never open', async () => {
  const name = await here.make({ 'a.txt': 'a', 'b.txt': LONG })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  ann.network.cut()
  await until(ann.room, ['status'], () => ann.room.status.status !== 'connected')
  ann.room.remove('b.txt')
  expect(ann.room.undo()).toBe(true)
  expect(pathsOf(ann.room)).toEqual(['a.txt', 'b.txt'])
  const gone = until(bob.room, ['files'], () => bob.room.removed.length === 1)
  ann.network.restore()
  await gone
  await ann.room.settled()
  await lists(bob.room, 'a.txt', 'b.txt')
  expect(await here.read(name, 'b.txt')).toBe(LONG)
  expect(ann.room.redo()).toBe(true)
  await lists(bob.room, 'a.txt')
  expect(ann.room.undo()).toBe(true)
  await lists(bob.room, 'a.txt', 'b.txt')
  expect((await bob.room.open('b.txt')).text).toBe(LONG)
})

it('[S13] revives a file removed long before joining, when only the archive has the removal', async () => {
  const name = await here.make({ 'a.txt': '', 'b.txt': LONG })
  await here.flushed(name)
  await here.stack.restart()
  const ann = await here.join(name)
  const [{ file } = { file: '' }] = ann.room.files.filter(({ path }) => path === 'b.txt')
  ann.room.remove('b.txt')
  await ann.room.settled()
  const { seq } = ann.room.removed[0] ?? expect.unreachable('nothing was removed')
  const other = await ann.room.open('a.txt')
  for (let i = 0; i < 40; i++) {
    append(other, '.')
    await ann.room.settled()
  }
  await here.flushed(name)
  ann.room.close()
  await here.stack.restart()

  const bob = await here.join(name)
  expect(bob.room.removed).toEqual([])
  const listed = await bob.room.removals()
  expect(listed).toMatchObject([{ file, path: 'b.txt', seq, at: expect.any(Number) }])
  expect(await bob.room.removals({ before: seq })).toEqual([])
  bob.room.create('b.txt', 'another')
  bob.room.revive({ file, path: 'b.txt', seq })
  await bob.room.settled()
  expect(bob.room.files.find((entry) => entry.file === file)?.path).toBe('b (2).txt')
  expect((await bob.room.open('b (2).txt')).text).toBe(LONG)
  expect(await here.read(name, 'b (2).txt')).toBe(LONG)
})

it('[S13] hands back what the room refuses to revive', async () => {
  const name = await here.make({ 'a.txt': 'a' })
  const ann = await here.join(name)
  const rejected = next(ann.room, 'rejected')
  ann.room.revive({ file: 'never-there', path: 'b.txt', seq: 1 })
  expect(pathsOf(ann.room)).toEqual(['a.txt', 'b.txt'])
  expect(await rejected).toMatchObject({
    code: 'no_such_removal',
    changes: [{ type: 'revive', file: 'never-there', path: 'b.txt' }],
  })
  expect(pathsOf(ann.room)).toEqual(['a.txt'])
})
