/**
 * A fault is planted between the room and one client, and the whole path is checked: the client notices
 * with that commit, the room stores a report, the text heals, nothing typed is lost, nobody else is
 * affected, and the report alone is enough to reproduce what happened.
 */
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { OpenFile, SdkError, TextChange } from '../../../client/index.ts'
import type { DesyncReport } from '../../../core/model/desync-report.ts'
import { explainDesync } from '../../../core/model/explain-desync.ts'
import type { Commit, ServerMessage } from '../../../core/protocol/messages.ts'
import { checksumOf } from '../../../core/text/checksum.ts'
import { append, count, has, next, ownPlace, type Person, POLL, reads, type } from '../support/people.ts'

const here = ownPlace({ withoutDatabase: true })

async function reports(room: string): Promise<DesyncReport[]> {
  const answer = await fetch(`${here.stack.url}/api/rooms/${room}/desyncs`)
  expect(answer.status).toBe(200)
  return ((await answer.json()) as { desyncs: DesyncReport[] }).desyncs
}

/** The only report of a room, once it is there. */
async function report(room: string): Promise<DesyncReport> {
  await expect.poll(() => reports(room), POLL).toHaveLength(1)
  const [only] = await reports(room)
  if (only === undefined) throw new Error('it is gone again')
  return only
}

/** Plants a fault: replaces this text in the first commit that has it. Returns how often that happened. */
function plant({ network }: Person, text: string, replacement: string): () => number {
  let times = 0
  network.tamper = (frame) => {
    if (times > 0 || !frame.startsWith('{"type":"commit"') || !frame.includes(text)) return frame
    times++
    return frame.replace(text, replacement)
  }
  return () => times
}

/** Records the events of somebody’s SDK and file. */
function listen(person: Person, file: OpenFile) {
  const errors: SdkError[] = []
  const origins: TextChange['origin'][] = []
  person.room.on('error', (error) => errors.push(error as SdkError))
  file.on('change', ({ origin }) => origins.push(origin))
  return { errors, origins }
}

/** Frames of a type that came from the room. */
function framesOf({ network }: Person, type: ServerMessage['type']) {
  return network.received
    .map((frame) => JSON.parse(frame) as ServerMessage)
    .filter((message) => message.type === type)
}

/** Whether the last checksum somebody received for a file is that of their text. */
function agrees(person: Person, file: OpenFile): boolean {
  const commits = framesOf(person, 'commit') as Commit[]
  const sum = commits.findLast(({ sums }) => Object.hasOwn(sums, file.file))?.sums[file.file]
  return sum === checksumOf(file.text)
}

it('[D1] [D2] [D5] notices, reports and heals a commit altered on its way, while everybody types', async () => {
  const name = await here.make({ 'a.txt': 'the beginning\n' })
  const [ann, bob, cas] = [await here.join(name), await here.join(name), await here.join(name)]
  const [hers, his, theirs] = [
    await ann.room.open('a.txt'),
    await bob.room.open('a.txt'),
    await cas.room.open('a.txt'),
  ]
  const emitted = listen(ann, hers)
  const others = [listen(bob, his), listen(cas, theirs)]
  const planted = plant(ann, '<fault>', '<falt>')
  const tokens: string[] = []
  let typing = true
  const write = async (who: string, { room }: Person, file: OpenFile) => {
    for (let i = 0; typing; i++) {
      const token = `<${who} ${i}>`
      tokens.push(token)
      // At both ends, so that pending edits are before and behind the difference.
      if (i % 2 === 0) append(file, token)
      else type(file, 0, token)
      if (i % 3 === 0) await room.settled()
      else await turn()
    }
  }
  const writing = Promise.all([write('ann', ann, hers), write('bob', bob, his), write('cas', cas, theirs)])
  while (tokens.length < 30) await turn()
  type(his, his.text.indexOf('beginning'), '<fault>')
  while (!emitted.origins.includes('resync')) await turn()
  const before = tokens.length
  while (tokens.length < before + 30) await turn()
  typing = false
  await writing
  await Promise.all([ann, bob, cas].map(({ room }) => room.settled()))
  const text = await here.read(name, 'a.txt')
  await Promise.all([hers, his, theirs].map((file) => reads(file, text)))
  expect(planted()).toBe(1)
  expect([...tokens, '<fault>'].filter((token) => count(text, token) !== 1)).toEqual([])
  expect([ann, bob, cas].map((person) => agrees(person, hers))).toEqual([true, true, true])
  // The application gets one event, and the corrected text.
  expect(emitted.errors.map(({ code }) => code)).toEqual(['desync'])
  expect(emitted.origins.filter((origin) => origin === 'resync')).toHaveLength(1)
  // Nobody else gets one.
  for (const { errors, origins } of others) {
    expect(errors).toEqual([])
    expect(origins).not.toContain('resync')
  }
  for (const person of [bob, cas]) expect(framesOf(person, 'text')).toHaveLength(1)
  // What happened can be derived from the report alone.
  const kept = await report(name)
  expect(kept).toMatchObject({ room: name, path: 'a.txt', user: ann.room.me.user })
  const { cause, op, expected, found, isReproduced } = explainDesync(kept)
  expect([cause, isReproduced]).toEqual(['op', true])
  expect([JSON.stringify(op?.log), JSON.stringify(op?.client)]).toEqual([
    expect.stringContaining('<fault>'),
    expect.stringContaining('<falt>'),
  ])
  expect([count(expected ?? '', '<fault>'), checksumOf(expected ?? '')]).toEqual([
    1,
    kept.commit.sums[hers.file],
  ])
  expect([count(found ?? '', '<falt>'), checksumOf(found ?? '')]).toEqual([1, kept.said.sum])
})

it('[D1] heals while a submission is in flight, with more behind it', async () => {
  const name = await here.make({ 'a.txt': 'text' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  const { errors, origins } = listen(ann, hers)
  plant(ann, 'bob was here', 'bob was')
  ann.network.hold()
  append(hers, '<in flight>')
  await turn()
  append(hers, '<behind it>')
  type(his, 0, 'bob was here ')
  await bob.room.settled()
  ann.network.release()
  await has(hers, 'bob was here ')
  await ann.room.settled()
  expect(await here.read(name, 'a.txt')).toBe('bob was here text<in flight><behind it>')
  await Promise.all([hers, his].map((file) => reads(file, 'bob was here text<in flight><behind it>')))
  expect(errors.map(({ code }) => code)).toEqual(['desync'])
  expect(origins.filter((origin) => origin === 'resync')).toHaveLength(1)
  expect(explainDesync(await report(name))).toMatchObject({ cause: 'op', isReproduced: true })
})

it('[D1] heals a file edited offline, with a missed commit altered on its way', async () => {
  const name = await here.make({ 'a.txt': 'one two three' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  ann.network.cut()
  for (const token of ['<off 1>', '<off 2>']) append(hers, token)
  type(hers, 0, '<off 3>')
  for (const token of ['1 ', '2 ', '3 ']) {
    type(his, 4, token)
    await bob.room.settled()
  }
  plant(ann, '"2 "', '"22 "')
  ann.network.restore()
  await has(hers, '3 2 1 ')
  await ann.room.settled()
  const text = '<off 3>one 3 2 1 two three<off 1><off 2>'
  expect(await here.read(name, 'a.txt')).toBe(text)
  await Promise.all([hers, his].map((file) => reads(file, text)))
  expect(explainDesync(await report(name))).toMatchObject({
    cause: 'op',
    op: { log: [4, '2 '], client: [4, '22 '] },
    isReproduced: true,
  })
})

it('[D1] heals an edit that no longer fits', async () => {
  const name = await here.make({ 'a.txt': 'text' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  plant(ann, '"op":[4,"!"]', '"op":[4000,"!"]')
  append(hers, '<ann>')
  await ann.room.settled()
  await reads(his, 'text<ann>')
  const error = next(ann.room, 'error')
  type(his, 4, '!')
  expect(await error).toMatchObject({ code: 'desync' })
  await Promise.all([hers, his].map((file) => reads(file, 'text!<ann>')))
  expect(ann.network.attempts).toHaveLength(1)
  expect(explainDesync(await report(name))).toMatchObject({ cause: 'op', isReproduced: true })
})

it('[D1] [C6] heals a large file, with an edit that came as a blob', async () => {
  const large = 'a line of the large file\n'.repeat(8_000)
  const paste = 'a line of the paste\n'.repeat(3_000)
  const name = await here.make({ 'a.txt': large })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  // The blob and its reference are altered alike: only the text shows it.
  const wrong = JSON.stringify([paste.replace('paste', 'waste')])
  ann.network.tamper = (frame) => {
    const message = JSON.parse(frame)
    if (message.type === 'blob') return JSON.stringify({ ...message, content: wrong })
    if (message.type !== 'commit') return frame
    return frame.replace(/("blob":"[^"]+","points":\d+,"sum":)\d+/, `$1${checksumOf(wrong)}`)
  }
  const error = next(ann.room, 'error')
  type(his, 0, paste)
  append(hers, '<ann>')
  expect(await error).toMatchObject({ code: 'desync' })
  append(hers, '<then>')
  await has(hers, paste)
  await Promise.all([ann.room.settled(), bob.room.settled()])
  const text = await here.read(name, 'a.txt')
  expect(text === `${paste}${large}<ann><then>`).toBe(true)
  await Promise.all([hers, his].map((file) => reads(file, text)))
  const { cause, isReproduced, op } = explainDesync(await report(name))
  expect([cause, isReproduced]).toEqual(['op', true])
  expect([JSON.stringify(op?.client) === wrong, JSON.stringify(op?.log) === JSON.stringify([paste])]).toEqual(
    [true, true],
  )
})

it('[C6] fetches the text when a blob arrives damaged, and applies none of it', async () => {
  const paste = 'a line of the paste\n'.repeat(3_000)
  const name = await here.make({ 'a.txt': 'text' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  const { errors } = listen(ann, hers)
  ann.network.tamper = (frame) =>
    frame.startsWith('{"type":"blob"') ? frame.replace('paste', 'waste') : frame
  type(his, 0, paste)
  append(hers, '<ann>')
  await has(hers, paste)
  await Promise.all([ann.room.settled(), bob.room.settled()])
  const text = `${paste}text<ann>`
  await Promise.all([hers, his].map((file) => reads(file, text)))
  expect(framesOf(ann, 'text')).toHaveLength(2)
  expect(errors).toEqual([])
  expect(await reports(name)).toEqual([])
})

it('[D4] keeps a report when the machine dies', async () => {
  const name = await here.make({ 'a.txt': 'text' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  plant(ann, 'bob', 'bo')
  append(his, 'bob')
  await reads(hers, 'textbob')
  const before = await report(name)
  await here.stack.restart()
  expect(await reports(name)).toEqual([before])
})
