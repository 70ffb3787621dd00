/** Files above the size limit: refused locally when known, otherwise by the room; nothing else is lost. */
import { expect, it } from 'vitest'
import type { OpenFile, Rejection, TextChange } from '../../../client/index.ts'
import { MemoryStorage } from '../../support/memory-storage.ts'
import { append, next, ownPlace, type Person, reads, type } from '../support/people.ts'

const BYTES = 1_000
const here = ownPlace({
  withoutDatabase: true,
  vars: { MAX_FILE_BYTES: `${BYTES}`, MAX_FILES: '3', MAX_CHANGES: '6', MAX_FRAME_UNITS: '20000' },
})

const PASTE = 'p'.repeat(600)
const BOB = 'the-guest-secret-of-bob'

function coded(code: string) {
  return expect.objectContaining({ name: 'SdkError', code })
}

/** Two clients with `a.txt` open; the second is offline. */
async function onlineAndOffline(text: string): Promise<{
  readonly name: string
  readonly ann: Person
  readonly bob: Person
  readonly hers: OpenFile
  readonly his: OpenFile
}> {
  const name = await here.make({ 'a.txt': text })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  bob.network.cut()
  return { name, ann, bob, hers, his }
}

function rejectionsOf({ room }: Person): Rejection[] {
  const rejections: Rejection[] = []
  room.on('rejected', (rejection) => rejections.push(rejection))
  return rejections
}

// ── what is known here ────────────────────────────────────────────────────────────────────────────────────────────

it('[H7] receives the limits of the deployment', async () => {
  const { room } = await here.join(await here.make({ 'a.txt': '' }))
  expect(room.limits).toEqual({
    frameUnits: 20_000,
    fileBytes: BYTES,
    files: 3,
    changes: 6,
    presenceUnits: 8_192,
    selections: 100,
    chatUnits: 4_000,
  })
})

it('[S11] refuses an edit that makes a file too large at once, and leaves the text unchanged', async () => {
  const name = await here.make({ 'a.txt': 'one' })
  const ann = await here.join(name)
  const file = await ann.room.open('a.txt')
  const changes: TextChange[] = []
  file.on('change', (change) => changes.push(change))
  expect(() => append(file, 'é'.repeat(499))).toThrow(coded('file_too_large'))
  expect([file.text, ann.room.status.pending, changes, ann.room.canUndo()]).toEqual(['one', 0, [], false])
  append(file, 'é'.repeat(498))
  await ann.room.settled()
  expect(await here.read(name, 'a.txt')).toBe(`one${'é'.repeat(498)}`)
})

it('[S11] refuses a file that is too large, and one file too many', async () => {
  const { room } = await here.join(await here.make({ 'a.txt': '' }))
  expect(() => room.create('b.txt', 'x'.repeat(BYTES + 1))).toThrow(coded('file_too_large'))
  room.create('b.txt', 'x'.repeat(BYTES))
  room.create('c.txt', '')
  expect(() => room.create('d.txt', '')).toThrow(coded('too_many_files'))
  room.remove('c.txt')
  room.create('d.txt', '')
  await room.settled()
  expect(room.files.map(({ path }) => path)).toEqual(['a.txt', 'b.txt', 'd.txt'])
})

it('[S2] [S11] checks a transaction by its result, and never applies half of it', async () => {
  const name = await here.make({ 'a.txt': 'a'.repeat(700), 'b.txt': 'b' })
  const { room } = await here.join(name)
  const [a, b] = [await room.open('a.txt'), await room.open('b.txt')]
  room.transact(() => {
    append(a, 'A'.repeat(700))
    a.edit([{ at: 0, remove: 700, insert: '' }])
  })
  expect(() =>
    room.transact(() => {
      append(b, '!')
      append(a, PASTE)
    }),
  ).toThrow(coded('file_too_large'))
  const tooMany = () =>
    room.transact(() => {
      append(b, '?')
      for (let i = 0; i < 6; i++) room.rename(i === 0 ? 'b.txt' : `b${i}.txt`, `b${i + 1}.txt`)
    })
  expect(tooMany).toThrow(coded('too_many_changes'))
  await room.settled()
  expect([a.text, b.text, b.path]).toEqual(['A'.repeat(700), 'b', 'b.txt'])
  expect(await here.read(name, 'a.txt')).toBe('A'.repeat(700))
})

it('[T6] [S11] refuses a transaction too large for one message locally, and the room stays open', async () => {
  const name = await here.make({ 'a.txt': 'a' })
  const ann = await here.join(name)
  // Each of these takes six units of JSON.
  const text = '\u0001'.repeat(BYTES)
  const file = await ann.room.open('a.txt')
  expect(() =>
    ann.room.transact(() => {
      ann.room.create('b.txt', text)
      ann.room.create('c.txt', text)
      file.edit([{ at: 0, remove: 1, insert: text }])
      ann.room.rename('a.txt', `${'d'.repeat(100)}/${'e'.repeat(200)}.txt`)
      file.edit([{ at: 0, remove: 1, insert: '' }])
      ann.room.say('x'.repeat(3_900))
    }),
  ).toThrow(coded('submission_too_large'))
  append(file, '!')
  await ann.room.settled()
  expect(await here.read(name, 'a.txt')).toBe('a!')
  expect(ann.network.closes).toEqual([])
})

// ── what only the room can know ───────────────────────────────────────────────────────────────────────────────────

it('[S9] [S11] refuses only the later of two pastes that are too large together, and reports its position', async () => {
  const { name, ann, bob, hers, his } = await onlineAndOffline('one\ntwo\n')
  his.edit([{ at: 0, remove: 3, insert: 'ONE' }])
  append(his, 'before')
  append(his, PASTE)
  append(his, 'after')
  const rejected = next(bob.room, 'rejected')
  append(hers, 'q'.repeat(600))
  await ann.room.settled()
  bob.network.restore()
  const { code, changes, texts } = await rejected
  const whole = `ONE\ntwo\n${'q'.repeat(600)}before${PASTE}after`
  expect(code).toBe('file_too_large')
  expect(changes).toEqual([{ type: 'edit', file: his.file, path: 'a.txt', text: PASTE }])
  expect(texts).toEqual([
    {
      file: his.file,
      path: 'a.txt',
      text: whole,
      typed: [PASTE],
      pieces: [{ at: whole.indexOf(PASTE), text: PASTE }],
    },
  ])
  await bob.room.settled()
  expect(his.text).toBe(`ONE\ntwo\n${'q'.repeat(600)}beforeafter`)
  expect(await here.read(name, 'a.txt')).toBe(his.text)
  await reads(hers, his.text)
})

it('[S9] restores what a refused paste had replaced', async () => {
  const { name, ann, bob, hers, his } = await onlineAndOffline('keep this')
  his.edit([{ at: 0, remove: 9, insert: PASTE }])
  append(his, '!')
  append(hers, ', please')
  append(hers, 'q'.repeat(600))
  await ann.room.settled()
  bob.network.restore()
  await next(bob.room, 'rejected')
  await bob.room.settled()
  expect(his.text.replace('!', '')).toBe(`keep this, please${'q'.repeat(600)}`)
  expect(await here.read(name, 'a.txt')).toBe(his.text)
})

it.each([
  ['by hand', (_: Person, file: OpenFile) => file.edit([{ at: 1, remove: 600, insert: '' }])],
  ['by undo', ({ room }: Person) => void room.undo()],
])('[S9] a paste undone %s before the room received it is not refused', async (_, undo) => {
  const { name, ann, bob, hers, his } = await onlineAndOffline('.')
  const rejections = rejectionsOf(bob)
  // It may have been sent, so later edits are not composed into it.
  bob.network.restore()
  await bob.room.settled()
  bob.network.hold()
  append(his, PASTE)
  append(hers, 'q'.repeat(600))
  await ann.room.settled()
  undo(bob, his)
  append(his, ' and on')
  bob.network.cut()
  bob.network.restore()
  await bob.room.settled()
  expect(rejections).toEqual([])
  expect(await here.read(name, 'a.txt')).toBe(`.${'q'.repeat(600)} and on`)
  expect(his.text).toBe(`.${'q'.repeat(600)} and on`)
})

it('[S9] undo skips a refused paste and keeps all other steps', async () => {
  const { ann, bob, hers, his } = await onlineAndOffline('.')
  append(his, 'one')
  type(his, 0, PASTE)
  append(his, ' two')
  append(hers, 'q'.repeat(600))
  await ann.room.settled()
  bob.network.restore()
  await next(bob.room, 'rejected')
  await bob.room.settled()
  const full = `.${'q'.repeat(600)}`
  expect(his.text).toBe(`${full}one two`)
  const steps: string[] = []
  while (bob.room.undo()) steps.push(his.text)
  expect(steps).toEqual([`${full}one`, full])
  while (bob.room.redo());
  await bob.room.settled()
  expect(his.text).toBe(`${full}one two`)
  await reads(hers, his.text)
})

it('[S3] [S9] does the same once with work stored over a reload', async () => {
  const name = await here.make({ 'a.txt': '.' })
  const storage = new MemoryStorage()
  const before = await here.join(name, { storage, token: BOB })
  const old = await before.room.open('a.txt')
  before.network.cut()
  append(old, 'good')
  append(old, PASTE)
  append(old, 'better')
  before.room.create('b.txt', 'new')
  await storage.until((kept) => kept.includes('better') && kept.includes('b.txt'))
  storage.crash()
  const ann = await here.join(name)
  const hers = await ann.room.open('a.txt')
  append(hers, 'q'.repeat(600))
  await ann.room.settled()
  const after = await here.join(name, { storage, token: BOB })
  const { texts } = await next(after.room, 'rejected')
  expect(texts).toMatchObject([{ path: 'a.txt', typed: [PASTE] }])
  await after.room.settled()
  expect(await here.read(name, 'a.txt')).toBe(`.${'q'.repeat(600)}goodbetter`)
  expect(await here.read(name, 'b.txt')).toBe('new')
  await storage.until((kept) => kept === '[]')
})

it('[S2] refuses a transaction that only the room finds too large as a whole, and keeps edits beside it', async () => {
  const { name, ann, bob, hers, his } = await onlineAndOffline('.')
  append(his, 'typed')
  bob.room.transact(() => {
    append(his, PASTE)
    bob.room.create('b.txt', '')
  })
  append(hers, 'q'.repeat(600))
  await ann.room.settled()
  bob.network.restore()
  const { changes, texts } = await next(bob.room, 'rejected')
  expect(changes.map(({ type }) => type)).toEqual(['edit', 'create'])
  expect(texts).toMatchObject([{ path: 'a.txt', typed: [PASTE] }])
  await bob.room.settled()
  expect(await here.read(name, 'a.txt')).toBe(`.${'q'.repeat(600)}typed`)
  expect(bob.room.files).toHaveLength(1)
})

it('reports an undo that would make a file too large, and keeps it for later', async () => {
  const name = await here.make({ 'a.txt': PASTE })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  his.edit([{ at: 0, remove: 600, insert: '' }])
  await reads(hers, '')
  append(hers, 'q'.repeat(600))
  await reads(his, hers.text)
  const emitted = next(bob.room, 'error')
  expect([bob.room.undo(), bob.room.canUndo()]).toEqual([false, true])
  expect(await emitted).toMatchObject({ code: 'file_too_large' })
  hers.edit([{ at: 0, remove: 600, insert: '' }])
  await reads(his, '')
  expect(bob.room.undo()).toBe(true)
  await reads(hers, PASTE)
})

it('[S3] [S9] stores the new numbers before it sends anything under them', async () => {
  const name = await here.make({ 'a.txt': '.' })
  const storage = new MemoryStorage()
  const ann = await here.join(name)
  const hers = await ann.room.open('a.txt')
  const bob = await here.join(name, { storage, token: BOB })
  const his = await bob.room.open('a.txt')
  bob.network.cut()
  append(his, 'good')
  append(his, PASTE)
  bob.room.create('b.txt', 'new')
  append(his, 'better')
  await storage.until((kept) => kept.includes('better') && kept.includes('b.txt'))
  append(hers, 'q'.repeat(600))
  await ann.room.settled()
  // The page is gone when its first submission under the new numbers is committed.
  const gone = new Promise<void>((resolve) => {
    bob.network.tamper = (frame) => {
      if (!frame.includes('"goodbetter"')) return frame
      storage.crash()
      bob.network.cut()
      resolve()
      return '{"type":"gone"}'
    }
  })
  bob.network.restore()
  await gone
  const after = await here.join(name, { storage, token: BOB })
  await after.room.settled()
  await reads(hers, `.${'q'.repeat(600)}goodbetter`)
  expect(await here.read(name, 'a.txt')).toBe(hers.text)
  expect(await here.read(name, 'b.txt')).toBe('new')
})
