/** Invalid input from the application: refused at once, with a code, without changing anything. */
import { expect, it } from 'vitest'
import { EditError, SdkError } from '../../../client/index.ts'
import { append, pathsOf, place } from '../support/people.ts'

const here = place({ withoutDatabase: true })

it('[U2] converts CRLF and CR in a created file to LF', async () => {
  const name = await here.make()
  const { room } = await here.join(name)
  room.create('a.txt', 'one\r\ntwo\rthree\n')
  expect((await room.open('a.txt')).text).toBe('one\ntwo\nthree\n')
  await room.settled()
  expect(await here.read(name, 'a.txt')).toBe('one\ntwo\nthree\n')
})

it.each([
  ['NUL', 'a\0b'],
  ['a lone high surrogate', 'a\ud83d'],
  ['a lone low surrogate', '\ude00b'],
])('[U2] refuses %s in a created file and in an edit', async (_, text) => {
  const name = await here.make({ 'a.txt': 'a' })
  const { room } = await here.join(name)
  const file = await room.open('a.txt')
  const { seq } = await here.status(name)
  expect(() => room.create('b.txt', text)).toThrow(SdkError)
  expect(() => room.create('b.txt', text)).toThrow(expect.objectContaining({ code: 'bad_text' }))
  expect(() => append(file, text)).toThrow(EditError)
  expect(() => append(file, text)).toThrow(expect.objectContaining({ code: 'bad_text' }))
  expect([file.text, room.status.pending, ...pathsOf(room)]).toEqual(['a', 0, 'a.txt'])
  await room.settled()
  expect((await here.status(name)).seq).toBe(seq)
})

it.each([
  ['past the end', [{ at: 4, remove: 0, insert: 'x' }], 'edit_out_of_range'],
  ['removing past the end', [{ at: 3, remove: 1, insert: '' }], 'edit_out_of_range'],
  ['before the start', [{ at: -1, remove: 0, insert: 'x' }], 'bad_edit'],
  ['at no whole unit', [{ at: 0.5, remove: 0, insert: 'x' }], 'bad_edit'],
  ['within a character', [{ at: 1, remove: 0, insert: 'x' }], 'splits_character'],
  ['with a CR', [{ at: 0, remove: 0, insert: '\r\n' }], 'bad_text'],
  [
    'that overlap',
    [
      { at: 0, remove: 2, insert: '' },
      { at: 0, remove: 3, insert: '' },
    ],
    'edits_overlap',
  ],
  [
    'of which one is bad',
    [
      { at: 0, remove: 0, insert: 'x' },
      { at: 9, remove: 0, insert: 'x' },
    ],
    'edit_out_of_range',
  ],
])('refuses edits %s', async (_, edits, code) => {
  const name = await here.make({ 'a.txt': '😀!' })
  const { room } = await here.join(name)
  const file = await room.open('a.txt')
  const changes: unknown[] = []
  file.on('change', (change) => changes.push(change))
  expect(() => file.edit(edits)).toThrow(EditError)
  expect(() => file.edit(edits)).toThrow(expect.objectContaining({ code }))
  expect([file.text, changes, room.status.pending]).toEqual(['😀!', [], 0])
})

it('[U3] refuses paths that are invalid, taken or do not exist', async () => {
  const name = await here.make({ 'a.txt': 'a', 'src/b.txt': 'b' })
  const { room } = await here.join(name)
  for (const path of [
    '',
    '/a',
    'a//b',
    '../a',
    'a/.',
    'a\\b',
    'a\u0007',
    'x'.repeat(513),
    'a\u202e',
    'a\u200d',
  ]) {
    expect(() => room.create(path, '')).toThrow(expect.objectContaining({ code: 'bad_path' }))
    expect(() => room.rename('a.txt', path)).toThrow(expect.objectContaining({ code: 'bad_path' }))
  }
  for (const path of ['a.txt', 'src', 'a.txt/b', 'A.TXT', 'Src', 'A.txt/b']) {
    expect(() => room.create(path, '')).toThrow(expect.objectContaining({ code: 'path_taken' }))
  }
  expect(() => room.rename('src/b.txt', 'a.txt')).toThrow(expect.objectContaining({ code: 'path_taken' }))
  expect(() => room.rename('c.txt', 'd.txt')).toThrow(expect.objectContaining({ code: 'no_such_file' }))
  expect(() => room.remove('c.txt')).toThrow(expect.objectContaining({ code: 'no_such_file' }))
  await expect(room.open('c.txt')).rejects.toMatchObject({ name: 'SdkError', code: 'no_such_file' })
  expect([room.status.pending, ...pathsOf(room)]).toEqual([0, 'a.txt', 'src/b.txt'])
})

it('[U3] renames a file to the same path in another case', async () => {
  const name = await here.make({ 'src/readme.md': 'a' })
  const { room } = await here.join(name)
  room.rename('src/readme.md', 'Src/README.md')
  room.create('src/b.txt', '')
  await room.settled()
  expect(pathsOf(room)).toEqual(['Src/README.md', 'src/b.txt'])
  expect((await room.open('Src/README.md')).text).toBe('a')
  expect(room.undo() && room.undo()).toBe(true)
  await room.settled()
  expect(pathsOf(room)).toEqual(['src/readme.md'])
})

it('refuses all changes after close', async () => {
  const name = await here.make({ 'a.txt': 'a' })
  const { room } = await here.join(name)
  const file = await room.open('a.txt')
  room.close()
  expect(room.status.status).toBe('closed')
  const closed = expect.objectContaining({ name: 'SdkError', code: 'closed' })
  expect(() => append(file, 'b')).toThrow(closed)
  expect(() => room.create('b.txt', '')).toThrow(closed)
  expect(() => room.rename('a.txt', 'b.txt')).toThrow(closed)
  expect(() => room.remove('a.txt')).toThrow(closed)
  expect(() => room.transact(() => append(file, 'b'))).toThrow(closed)
  await expect(room.open('a.txt')).resolves.toBe(file)
  expect([file.text, ...pathsOf(room)]).toEqual(['a', 'a.txt'])
  room.close()
})

it('rejects `settled` when the room is closed', async () => {
  const name = await here.make({ 'a.txt': 'a', 'b.txt': 'b' })
  const { room, network } = await here.join(name)
  const file = await room.open('a.txt')
  network.hold()
  append(file, 'b')
  const settled = expect(room.settled()).rejects.toMatchObject({ code: 'closed' })
  const opened = expect(room.open('b.txt')).rejects.toMatchObject({ code: 'closed' })
  room.close()
  await Promise.all([settled, opened])
  await expect(room.settled()).rejects.toMatchObject({ code: 'closed' })
})

it('rejects `open` after close', async () => {
  const name = await here.make({ 'a.txt': 'a' })
  const { room } = await here.join(name)
  room.close()
  await expect(room.open('a.txt')).rejects.toMatchObject({ code: 'closed' })
})
