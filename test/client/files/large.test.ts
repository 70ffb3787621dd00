/** Texts too large for a commit: they are blobs beside it, which clients fetch when needed. */
import { expect, it } from 'vitest'
import { append, has, next, ownPlace, reads, type } from '../support/people.ts'

const here = ownPlace({ withoutDatabase: true })

const LINE = 'a line of what was pasted, with a 漢字 and a 😀\n'
const PASTE = LINE.repeat(Math.ceil(200_000 / LINE.length))
const MEBIBYTE = 1024 * 1024
const TOO_LARGE = expect.objectContaining({ code: 'file_too_large' })

/** Frames of a network by type. */
function frames(received: readonly string[], wanted: string) {
  return received.map((frame) => JSON.parse(frame)).filter(({ type }) => type === wanted)
}

it('[C6] delivers a large paste as a blob, and both texts stay equal', async () => {
  const name = await here.make({ 'a.txt': '[]' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  type(hers, 1, PASTE)
  type(his, 0, '> ')
  await ann.room.settled()
  type(hers, hers.text.length, ' after')
  await Promise.all([has(his, PASTE, ' after'), has(hers, '> ')])
  await Promise.all([ann.room.settled(), bob.room.settled()])
  const text = await here.read(name, 'a.txt')
  expect(text).toBe(`> [${PASTE}] after`)
  expect([hers.text === text, his.text === text]).toEqual([true, true])
  expect(
    Math.max(...frames(bob.network.received, 'commit').map((commit) => JSON.stringify(commit).length)),
  ).toBeLessThan(2_000)
  expect(frames(bob.network.received, 'blob').length).toBe(1)
  expect(frames(ann.network.received, 'blob')).toEqual([])
})

it('[C6] does not send the blob to a client without the file open, and sends the text when it opens it', async () => {
  const name = await here.make({ 'a.txt': '', 'b.txt': '' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, other] = [await ann.room.open('a.txt'), await bob.room.open('b.txt')]
  append(hers, PASTE)
  const file = ann.room.create('c.txt', PASTE)
  const listed = next(bob.room, 'files')
  append(await ann.room.open('b.txt'), 'then')
  await Promise.all([listed, reads(other, 'then')])
  expect(bob.network.sent.filter((frame) => JSON.parse(frame).type === 'blob')).toEqual([])
  expect((await bob.room.open('a.txt')).text === PASTE).toBe(true)
  const created = await bob.room.open('c.txt')
  expect([created.file, created.text === PASTE]).toEqual([file, true])
  append(created, '!')
  await bob.room.settled()
  expect(await here.read(name, 'c.txt')).toBe(`${PASTE}!`)
})

it('[C6] delivers a large paste to a client that was away, and to one that opens the file meanwhile', async () => {
  const name = await here.make({ 'a.txt': '|' })
  const [ann, bob, cas] = [await here.join(name), await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  bob.network.cut()
  append(his, 'bob')
  cas.network.hold()
  const opened = cas.room.open('a.txt')
  type(hers, 0, PASTE)
  await ann.room.settled()
  bob.network.restore()
  cas.network.release()
  const text = `${PASTE}|bob`
  await Promise.all([reads(hers, text), reads(his, text), opened.then((file) => reads(file, text))])
  await bob.room.settled()
  expect(await here.read(name, 'a.txt')).toBe(text)
})

it('[C2] keeps a large paste when the machine dies', async () => {
  const name = await here.make({ 'a.txt': '' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  bob.network.cut()
  append(hers, PASTE)
  await ann.room.settled()
  await here.stack.restart()
  bob.network.restore()
  append(hers, '!')
  await ann.room.settled()
  await reads(his, `${PASTE}!`)
  expect(await here.read(name, 'a.txt')).toBe(`${PASTE}!`)
})

it('[S11] refuses a paste that makes a file larger than 1 MiB, and removes nothing else', async () => {
  const name = await here.make({ 'a.txt': 'a' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  expect(() => append(hers, 'x'.repeat(MEBIBYTE))).toThrow(TOO_LARGE)
  ann.room.create('b.txt', 'b')
  append(hers, '!')
  type(his, 0, 'bob: ')
  await Promise.all([ann.room.settled(), bob.room.settled()])
  const text = await here.read(name, 'a.txt')
  expect(text.replace('!', '')).toBe('bob: a')
  await Promise.all([reads(hers, text), reads(his, text)])
  expect(await here.read(name, 'b.txt')).toBe('b')
})

it('[S11] accepts exactly 1 MiB of UTF-8 and not a byte more', async () => {
  const name = await here.make()
  const { room } = await here.join(name)
  room.create('full.txt', 'é'.repeat(MEBIBYTE / 2))
  expect(() => room.create('over.txt', `${'é'.repeat(MEBIBYTE / 2)}!`)).toThrow(TOO_LARGE)
  await room.settled()
  expect(room.files.map(({ path }) => path)).toEqual(['full.txt'])
  const full = await room.open('full.txt')
  expect(() => append(full, '!')).toThrow(TOO_LARGE)
  full.edit([{ at: 0, remove: 1, insert: 'ee' }])
  await room.settled()
  expect((await here.read(name, 'full.txt')).length).toBe(MEBIBYTE / 2 + 1)
})
