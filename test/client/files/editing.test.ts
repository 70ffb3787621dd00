/** Basic editing: what one client does, and what another sees of it. */
import { describe, expect, it } from 'vitest'
import type { FileEntry, OpenFile, TextChange } from '../../../client/index.ts'
import { append, lists, next, pathsOf, place, reads, type } from '../support/people.ts'

const here = place()

it('[T4] shows one client’s typing to the other', async () => {
  const name = await here.make({ 'a.txt': 'hello\n' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  type(hers, 5, ', world')
  expect(hers.text).toBe('hello, world\n')
  await reads(his, 'hello, world\n')
  his.edit([
    { at: 0, remove: 5, insert: 'bye' },
    { at: 12, remove: 0, insert: '!' },
  ])
  await reads(hers, 'bye, world!\n')
  await Promise.all([ann.room.settled(), bob.room.settled()])
  expect(await here.read(name, 'a.txt')).toBe('bye, world!\n')
})

it('[O4] puts committed text left of pending text inserted at the same position', async () => {
  const name = await here.make({ 'a.txt': '[]' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  bob.network.hold()
  type(his, 1, 'bob')
  type(hers, 1, 'ann')
  await ann.room.settled()
  bob.network.release()
  await bob.room.settled()
  await reads(hers, '[annbob]')
  expect(his.text).toBe('[annbob]')
})

it('converges when two clients type at the same position for a while', async () => {
  const name = await here.make({ 'a.txt': '' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  for (let i = 0; i < 100; i++) {
    type(hers, i % 2 === 0 ? 0 : hers.text.length, '😀')
    type(his, 0, 'b')
    if (i % 10 === 0) await Promise.all([ann.room.settled(), bob.room.settled()])
  }
  await Promise.all([ann.room.settled(), bob.room.settled()])
  const text = await here.read(name, 'a.txt')
  await Promise.all([reads(hers, text), reads(his, text)])
  expect([...text].sort().join('')).toBe('b'.repeat(100) + '😀'.repeat(100))
})

it('emits a change with its edits, origin and user', async () => {
  const name = await here.make({ 'a.txt': '😀.' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  const changes: TextChange[] = []
  const heard: TextChange[] = []
  hers.on('change', (change) => changes.push(change))
  his.on('change', (change) => heard.push(change))
  hers.edit([{ at: 2, remove: 1, insert: '!' }])
  await reads(his, '😀!')
  const edits = [{ at: 2, remove: 1, insert: '!' }]
  const { user } = ann.room.me
  expect(changes).toEqual([{ edits, origin: 'local', user, client: expect.any(String) }])
  expect(heard).toEqual([{ edits, origin: 'remote', user, client: changes[0]?.client }])
  expect(user).not.toBe(bob.room.me.user)
})

it('[X2] opens, creates, renames and removes files for both clients', async () => {
  const name = await here.make({ 'b.txt': 'b' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const emitted: string[][] = []
  bob.room.on('files', (files: readonly FileEntry[]) => emitted.push(files.map(({ path }) => path)))
  const id = ann.room.create('a.txt', 'new')
  expect(pathsOf(ann.room)).toEqual(['a.txt', 'b.txt'])
  await lists(bob.room, 'a.txt', 'b.txt')
  const his = await bob.room.open('a.txt')
  expect([his.file, his.text]).toEqual([id, 'new'])
  ann.room.rename('a.txt', 'src/c.txt')
  await lists(bob.room, 'b.txt', 'src/c.txt')
  expect(his.path).toBe('src/c.txt')
  const removed = new Promise<void>((resolve) => his.on('removed', resolve))
  ann.room.remove('src/c.txt')
  await Promise.all([removed, lists(bob.room, 'b.txt')])
  expect([his.removed, his.text, his.path]).toEqual([true, 'new', 'src/c.txt'])
  expect(() => append(his, 'x')).toThrow(expect.objectContaining({ code: 'no_such_file' }))
  expect(emitted).toEqual([['a.txt', 'b.txt'], ['b.txt', 'src/c.txt'], ['b.txt']])
  await expect(bob.room.open('a.txt')).rejects.toMatchObject({ code: 'no_such_file' })
})

it('[C4] uses the seq of the last change as a file’s revision', async () => {
  const name = await here.make({ 'a.txt': 'a', 'b.txt': 'b' })
  const ann = await here.join(name)
  append(await ann.room.open('b.txt'), '!')
  await ann.room.settled()
  const { files, seq } = await here.status(name)
  expect(files.map(({ path, revision }) => [path, revision])).toEqual(
    expect.arrayContaining([
      ['a.txt', seq - 1],
      ['b.txt', seq],
    ]),
  )
  expect(ann.room.files.map(({ revision }) => revision)).toEqual([seq - 1, seq])
})

it('opens a file once, however often it is requested', async () => {
  const name = await here.make({ 'a.txt': 'a' })
  const { room } = await here.join(name)
  const [one, two] = await Promise.all([room.open('a.txt'), room.open('a.txt')])
  expect(one).toBe(two)
  expect(await room.open('a.txt')).toBe(one)
})

it('[S2] commits a transaction over several files as one', async () => {
  const name = await here.make({ 'a.txt': 'a', 'b.txt': 'b' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const hers = await ann.room.open('a.txt')
  const his = await bob.room.open('a.txt')
  const { seq } = await here.status(name)
  const heard = next(bob.room, 'files')
  ann.room.transact(() => {
    append(hers, '!')
    ann.room.rename('b.txt', 'c.txt')
    ann.room.create('d.txt', 'd')
  })
  expect(ann.room.status.pending).toBe(1)
  await ann.room.settled()
  expect((await here.status(name)).seq).toBe(seq + 1)
  expect((await heard).map(({ path }) => path)).toEqual(['a.txt', 'c.txt', 'd.txt'])
  await reads(his, 'a!')
})

describe('a transaction that is not finished when its callback returns', () => {
  const refused = expect.objectContaining({ name: 'SdkError', code: 'async_transaction' })

  it('is refused: its changes are rolled back, and nothing is committed', async () => {
    const name = await here.make({ 'a.txt': 'a', 'b.txt': 'b' })
    const { room } = await here.join(name)
    const file = await room.open('a.txt')
    const { seq } = await here.status(name)
    let goOn = () => {}
    const waited = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const changes = async () => {
      append(file, '!')
      room.rename('b.txt', 'c.txt')
      await waited
      append(file, '?')
    }
    expect(() => room.transact(changes)).toThrow(refused)
    expect([file.text, ...pathsOf(room), room.status.pending]).toEqual(['a', 'a.txt', 'b.txt', 0])
    expect([room.canUndo(), (await here.status(name)).seq]).toEqual([false, seq])
    // Later changes are in no transaction, and the next transaction is a new one.
    const changed = new Promise((resolve) => file.on('change', resolve))
    goOn()
    await changed
    room.transact(() => append(file, '.'))
    await room.settled()
    expect(await here.read(name, 'a.txt')).toBe('a?.')
  })

  it.each([
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what this tests
    ['a thenable', () => ({ then: () => {} })],
    ['a promise that rejects', () => Promise.reject(new Error('later'))],
    ['an async function that throws', async () => raise()],
  ])('is refused when it returns %s, also inside another transaction', async (_, end) => {
    const { room } = await here.join(await here.make({ 'a.txt': 'a' }))
    const file = await room.open('a.txt')
    const changes = () => {
      append(file, '!')
      return end()
    }
    expect(() => room.transact(changes)).toThrow(refused)
    const around = () => {
      append(file, '!!')
      room.transact(changes)
    }
    expect(() => room.transact(around)).toThrow(refused)
    expect([file.text, room.status.pending]).toEqual(['a', 0])
  })

  it('reports its later failure', async () => {
    const { room } = await here.join(await here.make())
    const emitted = next(room, 'error')
    expect(() => room.transact(async () => raise())).toThrow(refused)
    expect((await emitted).message).toBe('later')
  })

  it('is accepted when it returns something other than a promise', async () => {
    const { room } = await here.join(await here.make())
    room.transact(() => room.create('a.txt', ''))
    room.transact(() => null)
    await room.settled()
    expect(pathsOf(room)).toEqual(['a.txt'])
  })
})

function raise(): never {
  throw new Error('later')
}

it('rolls back a transaction that throws', async () => {
  const name = await here.make({ 'a.txt': 'a', 'b.txt': 'b' })
  const ann = await here.join(name)
  const hers = await ann.room.open('a.txt')
  const { seq } = await here.status(name)
  const bad = () =>
    ann.room.transact(() => {
      append(hers, '!')
      ann.room.create('d.txt', 'd')
      ann.room.remove('b.txt')
      throw new Error('never mind')
    })
  expect(bad).toThrow('never mind')
  expect([hers.text, ...pathsOf(ann.room)]).toEqual(['a', 'a.txt', 'b.txt'])
  expect(ann.room.status.pending).toBe(0)
  append(hers, '?')
  await ann.room.settled()
  expect((await here.status(name)).seq).toBe(seq + 1)
  expect(await here.read(name, 'a.txt')).toBe('a?')
})

describe('a file that is removed in a transaction', () => {
  it('is as before if the transaction throws, without an event', async () => {
    const name = await here.make({ 'a.txt': 'a' })
    const { room } = await here.join(name)
    const file = await room.open('a.txt')
    const heard: string[] = []
    file.on('removed', () => heard.push('removed'))
    file.on('change', () => heard.push(file.text))
    const bad = () =>
      room.transact(() => {
        append(file, '!')
        room.remove('a.txt')
        expect([file.removed, file.text]).toEqual([true, 'a!'])
        expect(() => append(file, '?')).toThrow('removed')
        throw new Error('never mind')
      })
    expect(bad).toThrow('never mind')
    expect([file.removed, file.path, file.text, await room.open('a.txt')]).toEqual([
      false,
      'a.txt',
      'a',
      file,
    ])
    append(file, '?')
    await room.settled()
    expect(heard).toEqual(['a!', 'a', 'a?'])
    expect(await here.read(name, 'a.txt')).toBe('a?')
  })

  it('can still be opened if it was being opened and the transaction throws', async () => {
    const { room } = await here.join(await here.make({ 'a.txt': 'a' }))
    const opening = room.open('a.txt')
    const bad = () =>
      room.transact(() => {
        room.remove('a.txt')
        throw new Error('never mind')
      })
    expect(bad).toThrow('never mind')
    expect((await opening).text).toBe('a')
  })

  it('is gone if it was created there, even if the transaction throws', async () => {
    const { room } = await here.join(await here.make())
    const opened: Promise<OpenFile>[] = []
    const bad = () =>
      room.transact(() => {
        room.create('a.txt', 'a')
        opened.push(room.open('a.txt'))
        room.remove('a.txt')
        throw new Error('never mind')
      })
    expect(bad).toThrow('never mind')
    expect((await opened[0])?.removed).toBe(true)
  })

  it('tells its listeners at the end of the transaction', async () => {
    const { room } = await here.join(await here.make({ 'a.txt': 'a', 'b.txt': 'b' }))
    const file = await room.open('a.txt')
    const heard: string[][] = []
    file.on('removed', () => heard.push(pathsOf(room)))
    room.transact(() => {
      room.remove('a.txt')
      room.remove('b.txt')
      expect(heard).toEqual([])
    })
    expect(heard).toEqual([[]])
  })
})
