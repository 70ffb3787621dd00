/**
 * The database is unreachable: live rooms go on, others are never shown empty, and everything is flushed
 * later.
 */

import { afterEach, expect, it } from 'vitest'
import { connect } from '../../../client/index.ts'
import { linesOf } from '../../support/log-lines.ts'
import { Network } from '../support/network.ts'
import { append, ownPlace, POLL, pathsOf, reads } from '../support/people.ts'

const here = ownPlace({ vars: { FLUSH_IDLE_MS: '100' } })

let away = false
async function goAway(): Promise<void> {
  away = true
  await here.stack.database.goAway()
}
async function comeBack(): Promise<void> {
  if (!away) return
  away = false
  await here.stack.database.comeBack()
}
afterEach(comeBack)

const stored = (room: string) =>
  here.stack.query('select path, text from files where room = $1 order by path', [room])

/** Log lines about a room’s flushes since. */
const failures = (room: string) => linesOf(here.stack.logs, room, 'flush_failed')

it('lets people go on, and flushes everything once the database is back', async () => {
  const name = await here.make({ 'a.txt': 'a' })
  await here.flushed(name)
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  await goAway()
  append(hers, '1')
  ann.room.create('b.txt', 'b')
  await ann.room.settled()
  await expect.poll(() => failures(name).length, POLL).toBeGreaterThanOrEqual(2)
  append(his, '2')
  await Promise.all([bob.room.settled(), reads(hers, 'a12')])
  const { seq, flushed } = await here.status(name)
  expect(flushed).toBeLessThan(seq)
  expect(await stored(name)).toEqual([{ path: 'a.txt', text: 'a' }])
  expect(failures(name)[1]).toContain('"failures":2')
  await comeBack()
  await here.flushed(name)
  expect(await stored(name)).toEqual([
    { path: 'a.txt', text: 'a12' },
    { path: 'b.txt', text: 'b' },
  ])
  expect(failures(name).join('\n')).not.toMatch(/password|edgeroom:edgeroom|postgresql:/)
})

it('keeps retrying for every room, however many fail together and however often', async () => {
  const names = await Promise.all(Array.from({ length: 10 }, () => here.make({ 'a.txt': '' })))
  for (const name of names) await here.flushed(name)
  const people = await Promise.all(names.map((name) => here.join(name)))
  const files = await Promise.all(people.map(({ room }) => room.open('a.txt')))
  await goAway()
  for (const file of files) append(file, 'typed meanwhile')
  await Promise.all(people.map(({ room }) => room.settled()))
  // They do not all retry: after some failures they share a probe.
  await expect.poll(() => names.flatMap(failures).length, POLL).toBeGreaterThanOrEqual(7)
  await comeBack()
  for (const name of names) await here.flushed(name)
  for (const name of names) expect(await stored(name)).toEqual([{ path: 'a.txt', text: 'typed meanwhile' }])
})

it('flushes what was left once the database is back', async () => {
  const name = await here.make({ 'a.txt': 'a' })
  await here.flushed(name)
  const { room } = await here.join(name)
  const file = await room.open('a.txt')
  await goAway()
  append(file, '!')
  await room.settled()
  room.close()
  await expect.poll(() => failures(name).length, POLL).toBeGreaterThanOrEqual(1)
  await comeBack()
  await expect.poll(() => stored(name), POLL).toEqual([{ path: 'a.txt', text: 'a!' }])
})

it('makes users of a cold room wait until it can be loaded, and never shows it empty', async () => {
  const name = await here.make({ 'a.txt': 'a' })
  await here.flushed(name)
  await here.stack.forget()
  await goAway()
  const network = new Network()
  const joined = connect({ url: here.stack.url, room: name, socket: network.factory })
  await expect.poll(() => network.closes.length, POLL).toBeGreaterThanOrEqual(2)
  expect(new Set(network.closes)).toEqual(new Set([1013]))
  expect(network.received).toEqual([])
  const answers = await Promise.all(
    ['', '/files/a.txt'].map((path) => fetch(`${here.stack.url}/api/rooms/${name}${path}`)),
  )
  for (const answer of answers) {
    expect([answer.status, await answer.json()]).toMatchObject([503, { error: { code: 'unavailable' } }])
  }
  await comeBack()
  const room = await joined
  try {
    expect(pathsOf(room)).toEqual(['a.txt'])
    expect((await room.open('a.txt')).text).toBe('a')
  } finally {
    room.close()
  }
})

it('makes no room whose name may be taken while the database is unreachable', async () => {
  const room = 'taken'
  expect((await here.post({ room, files: { 'a.txt': 'first' } })).status).toBe(201)
  await here.flushed(room)
  await here.stack.forget()
  await goAway()
  const answer = await here.post({ room, files: { 'a.txt': 'second' } })
  expect([answer.status, await answer.json()]).toMatchObject([503, { error: { code: 'unavailable' } }])
  await comeBack()
  expect((await here.post({ room })).status).toBe(409)
  expect(await here.read(room, 'a.txt')).toBe('first')
})

it('opens a room that its machine has, with or without the database', async () => {
  const name = await here.make({ 'a.txt': 'a' })
  await here.flushed(name)
  await goAway()
  await here.stack.restart()
  const { room } = await here.join(name)
  const file = await room.open('a.txt')
  append(file, '!')
  await room.settled()
  expect(await here.read(name, 'a.txt')).toBe('a!')
  await comeBack()
  await here.flushed(name)
  expect(await stored(name)).toEqual([{ path: 'a.txt', text: 'a!' }])
})
