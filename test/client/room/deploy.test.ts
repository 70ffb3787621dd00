/** Deploys while people type: connections are lost, and each edit is in the log once. */

import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { OpenFile, Room } from '../../../client/index.ts'
import { linesOf } from '../../support/log-lines.ts'
import { append, count, lists, ownPlace, reads, until } from '../support/people.ts'

const here = ownPlace({ withoutDatabase: true })

/** A build that logs a line when it starts. */
const build = (name: string) => (source: string) => `${source}\nconsole.warn(${JSON.stringify(name)})\n`

it('[S3] [C2] [H6] keeps each edit once through two deploys while two people type', async () => {
  const name = await here.make({ 'a.txt': '' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  const tokens: string[] = []
  let typing = true
  const write = async (who: string, room: Room, file: OpenFile) => {
    for (let i = 0; typing; i++) {
      const token = `<${who} ${i}>`
      tokens.push(token)
      append(file, token)
      // Sometimes in step with the room, sometimes ahead of it.
      if (i % 4 === 0) await room.settled()
      else await turn()
    }
  }
  const writing = Promise.all([write('ann', ann.room, hers), write('bob', bob.room, his)])
  const more = async (tokensMore: number) => {
    const target = tokens.length + tokensMore
    while (tokens.length < target) await turn()
  }
  await more(40)
  for (const next of ['the second build', 'the third build']) {
    await here.stack.deploy(build(next))
    await more(40)
    expect(here.stack.logs).toContain(next)
  }
  typing = false
  await writing
  await Promise.all([ann.room.settled(), bob.room.settled()])
  const text = await here.read(name, 'a.txt')
  await Promise.all([reads(hers, text), reads(his, text)])
  for (const { network } of [ann, bob]) expect(network.attempts.length).toBeGreaterThanOrEqual(3)
  expect(tokens.filter((token) => count(text, token) !== 1)).toEqual([])
  expect(text.length).toBe(tokens.join('').length)
})

it.each([
  // Submissions arrive but no ack comes back: the commit is among those missed.
  ['had committed without an ack', 'deafen'],
  // Submissions are lost on their way and sent again with the same number.
  ['never received', 'hold'],
] as const)('[S3] [S10] commits once what the previous build %s', async (_, trouble) => {
  const name = await here.make({ 'a.txt': '' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  ann.network[trouble]()
  append(hers, '<sent>')
  await until(ann.room, ['status'], () => ann.room.status.pending === 1)
  if (trouble === 'deafen') await reads(his, '<sent>')
  append(hers, '<behind>')
  ann.room.create('b.txt', 'b')
  await here.stack.deploy(build('one more build'))
  ann.network.release()
  ann.network.restore()
  await Promise.all([ann.room.settled(), reads(his, '<sent><behind>')])
  await lists(bob.room, 'a.txt', 'b.txt')
  const entries = bob.network.received
    .map((frame) => JSON.parse(frame))
    .filter(({ type }) => type === 'commit')
    .flatMap((commit) => commit.entries)
  expect(entries.map(({ n, changes }) => [n, changes.length])).toEqual([1, 2, 3].map((n) => [n, 1]))
  const sent = ann.network.sent.map((frame) => JSON.parse(frame)).filter(({ type }) => type === 'submit')
  expect(sent.map(({ n }) => n)).toEqual(trouble === 'hold' ? [1, 1, 2, 3] : [1, 2, 3])
  expect(await here.read(name, 'a.txt')).toBe('<sent><behind>')
})

/** Code whose journal has one more migration. */
const newer = (source: string) => {
  const later = source.replace(
    /(function migrateJournal\(\w+, \w+ = )(\w+)\)/,
    `$1[...$2, { name: 'a step of newer code', statements: ['CREATE TABLE newer (id INTEGER)'] }])`,
  )
  expect(later).not.toBe(source)
  return later
}

it('does not start a room whose journal is of newer code, says which, and loses nothing', async () => {
  const name = await here.make({ 'a.txt': 'made' })
  const elsewhere = await here.make({ 'a.txt': 'asleep meanwhile' })
  const ann = await here.join(name)
  const hers = await ann.room.open('a.txt')
  let older = ''
  await here.stack.deploy((source) => {
    older = source
    return newer(source)
  })
  append(hers, ', under newer code')
  await ann.room.settled()
  await here.stack.deploy(() => older)
  append(hers, ', while it cannot start')
  const { length } = here.stack.logs
  const answer = await fetch(`${here.stack.url}/api/rooms/${name}`)
  expect(answer.status).toBe(503)
  const [line] = linesOf(here.stack.logs.slice(length), name, 'failed')
  expect(line).toContain('"task":"start","error":"Error: the journal was written by newer code')
  // Rooms that were not awake meanwhile are unchanged.
  expect(await here.read(elsewhere, 'a.txt')).toBe('asleep meanwhile')
  await here.stack.deploy(newer)
  await ann.room.settled()
  expect(await here.read(name, 'a.txt')).toBe('made, under newer code, while it cannot start')
})
