/**
 * A flush that fails on its way: whatever the Worker learns about it, the rows become correct, and are
 * written once.
 */
import { expect, it } from 'vitest'
import type { OpenFile } from '../../client/index.ts'
import { append, type Person } from '../client/support/people.ts'
import { type Fate, Gate } from '../support/servers/faulty-endpoint.ts'
import { cutOff, faultyPlace, upTo } from './faulty-place.ts'

const here = faultyPlace()

/** A stored room with somebody in it, after `seen` flushes. */
async function ready(): Promise<{ name: string; ann: Person; file: OpenFile; seen: number }> {
  const name = await here.make({ 'a.txt': 'a', 'b.txt': 'b' })
  await here.flushed(name)
  const ann = await here.join(name)
  const file = await ann.room.open('a.txt')
  return { name, ann, file, seen: here.endpoint.of('flush', name).length }
}

/** Sets the fate of the first flush after `seen` others; later ones pass. */
function first(name: string, seen: number, fate: Fate): void {
  here.endpoint.fate = () => (here.endpoint.of('flush', name).length === seen + 1 ? fate : 'pass')
}

it.each([
  ['is answered 500', 'fail', 'answered HTTP 500'],
  ['is never answered', 'hang', 'did not answer within 2000 ms'],
  ['is lost on its way', 'drop', 'could not be reached or did not finish its answer'],
  ['is cut off in the middle of its answer', 'cut', 'could not be reached or did not finish its answer'],
] as const)('retries when a flush %s, and people notice nothing', async (_, fate, expected) => {
  const { name, ann, file, seen } = await ready()
  const flushes = () => here.endpoint.of('flush', name).length - seen
  here.endpoint.fate = () => (flushes() <= 2 ? fate : 'pass')
  append(file, '1')
  await ann.room.settled()
  await here.call('flush', name, seen + 1)
  append(file, '2')
  await ann.room.settled()
  await here.flushed(name)
  expect(await here.stored(name)).toEqual({ 'a.txt': 'a12', 'b.txt': 'b' })
  const { seq, flushError } = await here.flushStatus(name)
  expect(flushError).toBeNull()
  expect(await here.archived(name)).toEqual(upTo(seq))
  const failures = here.failures(name)
  expect(failures).toHaveLength(2)
  for (const line of failures) expect(line).toContain(expected)
  expect(ann.network.closes).toEqual([])
})

it('writes nothing twice if a flush is answered only after it timed out and was retried', async () => {
  const { name, ann, file, seen } = await ready()
  const gate = new Gate()
  first(name, seen, { before: gate.opened })
  append(file, '1')
  ann.room.rename('b.txt', 'c.txt')
  await ann.room.settled()
  const late = await here.call('flush', name, seen)
  // The Worker has given up before the flush reaches the database.
  await here.endpoint.until(() => late.ended !== null)
  await here.flushed(name)
  const rows = await here.rows(name)
  gate.open()
  await here.endpoint.until(() => late.stored !== null)
  expect(late.stored).toBe(200)
  expect(await here.rows(name)).toEqual(rows)
  expect(await here.stored(name)).toEqual({ 'a.txt': 'a1', 'c.txt': 'b' })
})

it('writes nothing twice if the answer to a stored flush comes too late', async () => {
  const { name, ann, file, seen } = await ready()
  first(name, seen, 'late')
  append(file, '1')
  ann.room.rename('b.txt', 'c.txt')
  ann.room.create('d.txt', 'd')
  await ann.room.settled()
  const late = await here.call('flush', name, seen)
  await here.endpoint.until(() => late.stored !== null)
  const rows = await here.rows(name)
  const again = await here.call('flush', name, seen + 1)
  await here.endpoint.until(() => again.stored !== null)
  expect([late.stored, again.stored]).toEqual([200, 200])
  expect(again.params).toEqual(late.params)
  await here.flushed(name)
  expect(await here.rows(name)).toEqual(rows)
  expect(await here.stored(name)).toEqual({ 'a.txt': 'a1', 'c.txt': 'b', 'd.txt': 'd' })
})

it('changes nothing by a flush that arrives after a newer one', async () => {
  const { name, ann, file, seen } = await ready()
  const gate = new Gate()
  first(name, seen, { before: gate.opened })
  append(file, '1')
  ann.room.create('d.txt', 'short-lived')
  await ann.room.settled()
  const late = await here.call('flush', name, seen)
  append(file, '2')
  ann.room.remove('d.txt')
  await ann.room.settled()
  await here.flushed(name)
  const rows = await here.rows(name)
  gate.open()
  await here.endpoint.until(() => late.stored !== null)
  expect(late.stored).toBe(200)
  expect(await here.rows(name)).toEqual(rows)
  expect(await here.stored(name)).toEqual({ 'a.txt': 'a12', 'b.txt': 'b' })
})

it('repeats a flush harmlessly if the process was killed after it was stored and before that was recorded', async () => {
  const { name, ann, file, seen } = await ready()
  first(name, seen, { after: new Gate().opened })
  append(file, '1')
  ann.room.create('d.txt', 'd')
  await ann.room.settled()
  const stored = await here.call('flush', name, seen)
  await here.endpoint.until(() => stored.stored === 200)
  const rows = await here.rows(name)
  await here.stack.restart()
  cutOff(ann)
  const again = await here.call('flush', name, seen + 1)
  await here.flushed(name)
  expect(again.params).toEqual(stored.params)
  expect(await here.rows(name)).toEqual(rows)
  expect(await here.stored(name)).toEqual({ 'a.txt': 'a1', 'b.txt': 'b', 'd.txt': 'd' })
})

it('repeats a flush if the process was killed before it was stored', async () => {
  const { name, ann, file, seen } = await ready()
  first(name, seen, 'hang')
  append(file, '1')
  await ann.room.settled()
  await here.call('flush', name, seen)
  await here.stack.restart()
  cutOff(ann)
  // Nobody opens the room: its alarm does it.
  await here.call('flush', name, seen + 1)
  await here.flushed(name)
  expect(await here.stored(name)).toEqual({ 'a.txt': 'a1', 'b.txt': 'b' })
})
