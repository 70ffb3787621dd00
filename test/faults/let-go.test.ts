/**
 * Rooms are evicted and restored while people come and go: everybody gets the whole room, and each edit is
 * there once.
 */
import { expect, it } from 'vitest'
import type { Room } from '../../client/index.ts'
import { append, count, has, type Person, POLL, pathsOf } from '../client/support/people.ts'
import { seeded } from '../support/seeded.ts'
import { Gate } from '../support/servers/faulty-endpoint.ts'
import { cutOff, faultyPlace, upTo } from './faulty-place.ts'
import { RawPerson } from './raw-person.ts'

const NEVER = '600000'

// A room is flushed when the last session leaves, and evicted as soon as that is done.
const here = faultyPlace({
  vars: { GRACE_MS: '0', FLUSH_IDLE_MS: NEVER, FLUSH_MAX_AGE_MS: NEVER, DATABASE_TIMEOUT_MS: '5000' },
})
const seed = seeded()

/**
 * The steps of an eviction after which people return: the last flush is answered, the room asks whether
 * Postgres has everything, and has its answer. Then it deletes its storage.
 */
const STEPS = ['flushed', 'asks', 'answered'] as const
/** Turns of the runtime that may pass before they return: an eviction takes fewer. */
const MOST_TURNS = 12

interface Return {
  readonly after: (typeof STEPS)[number]
  readonly turns: number
}

it('gives people who join during eviction the whole room, and loses none of their work', async () => {
  const names = await Promise.all(upTo(4).map(() => here.make({ 'a.txt': '', 'b.txt': 'b' })))
  const returns = names.map(() =>
    upTo(21).map((round) => ({
      after: STEPS[round % STEPS.length] ?? 'flushed',
      turns: seed.random.int(MOST_TURNS + 1),
    })),
  )
  const loads = here.endpoint.of('load').length
  const tokens = await Promise.all(names.map((name, i) => pester(name, returns[i] ?? [])))
  // Some found the room there, and some had it restored: they came at both sides of the moment.
  const restored = here.endpoint.of('load').length - loads
  expect(restored).toBeGreaterThan(0)
  expect(restored).toBeLessThan(returns.flat().length)
  for (const [i, name] of names.entries()) {
    await here.flushed(name)
    const { 'a.txt': text = '', ...rest } = await here.stored(name)
    expect(rest).toEqual({ 'b.txt': 'b' })
    const all = tokens[i] ?? []
    expect(all.filter((token) => count(text, token) !== 1)).toEqual([])
    expect(text).toHaveLength(all.join('').length)
    const { seq } = await here.status(name)
    expect(await here.archived(name)).toEqual(upTo(seq))
  }
})

/** Two people join, see everything ever typed, type, and leave; and again, at these moments. */
async function pester(name: string, returns: readonly Return[]): Promise<string[]> {
  const tokens: string[] = []
  for (const [round, { after, turns }] of returns.entries()) {
    const people = await Promise.all([here.join(name), here.join(name)])
    const before = [...tokens]
    const typed = people.map(async ({ room }, who) => {
      expect(pathsOf(room)).toEqual(['a.txt', 'b.txt'])
      const file = await room.open('a.txt')
      await has(file, ...before)
      const token = `<${who} in ${round}>`
      tokens.push(token)
      append(file, token)
      await room.settled()
    })
    await Promise.all(typed)
    const [flushes, asked] = [here.endpoint.of('flush', name).length, here.endpoint.of('mark', name).length]
    for (const { room } of people) room.close()
    const flush = await here.call('flush', name, flushes)
    await here.endpoint.until(() => flush.ended !== null)
    if (after !== 'flushed') {
      const mark = await here.call('mark', name, asked)
      if (after === 'answered') await here.endpoint.until(() => mark.ended !== null)
    }
    for (let turn = 0; turn < turns; turn++) await (await fetch(`${here.stack.url}/healthz`)).text()
  }
  return tokens
}

it('keeps a room while somebody waits for its answer', async () => {
  const name = await here.make({ 'a.txt': 'a' })
  await here.letGo(name)
  const gate = new Gate()
  const seen = here.endpoint.of('texts', name).length
  here.endpoint.fate = ({ kind }) => (kind === 'texts' ? { before: gate.opened } : 'pass')
  const reading = here.read(name, 'a.txt')
  await here.call('texts', name, seen)
  const loads = here.endpoint.of('load', name).length
  // In each turn the object could evict the room.
  for (let turn = 0; turn < 20; turn++) await here.status(name)
  expect(here.endpoint.of('load', name)).toHaveLength(loads)
  gate.open()
  expect(await reading).toBe('a')
  await here.letGo(name)
})

it('keeps each edit once through three evictions and restores, with unsent work', async () => {
  const name = await here.make({ 'a.txt': 'start\n', 'b.txt': 'b' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  const tokens: string[] = []
  const write = (file: typeof hers, token: string) => {
    tokens.push(token)
    append(file, token)
  }
  for (const trip of upTo(3)) {
    for (const i of upTo(5)) {
      write(hers, `<ann ${trip}.${i} 😀>`)
      write(his, `<bob ${trip}.${i} 漢>`)
      if (i % 2 === 0) await settled(ann, bob)
    }
    await settled(ann, bob)
    bob.network.cut()
    write(his, `<bob offline in ${trip}>`)
    bob.room.create(`of-bob-${trip}.txt`, `made in ${trip}`)
    write(hers, `<ann alone in ${trip}>`)
    await ann.room.settled()
    // Her last submission arrives, but she never gets the ack.
    ann.network.deafen()
    write(hers, `<ann unheard in ${trip}>`)
    await expect.poll(() => here.read(name, 'a.txt'), POLL).toContain(`<ann unheard in ${trip}>`)
    ann.network.cut()
    write(hers, `<ann offline in ${trip}>`)
    await here.empty(name)
    await here.flushed(name)
    await here.letGo(name)
    for (const { network } of [ann, bob]) network.restore()
    await settled(ann, bob)
  }
  await Promise.all([has(hers, ...tokens), has(his, ...tokens)])
  const text = await here.read(name, 'a.txt')
  expect([hers.text, his.text]).toEqual([text, text])
  expect(tokens.filter((token) => count(text, token) !== 1)).toEqual([])
  expect(text).toHaveLength(`start\n${tokens.join('')}`.length)
  cutOff(ann, bob)
  await here.flushed(name)
  expect(await here.stored(name)).toEqual({
    'a.txt': text,
    'b.txt': 'b',
    ...Object.fromEntries(upTo(3).map((trip) => [`of-bob-${trip}.txt`, `made in ${trip}`])),
  })
  const { seq } = await here.status(name)
  expect(await here.archived(name)).toEqual(upTo(seq))
})

it('[S3] recognizes a submission from before it was evicted and restored', async () => {
  const name = await here.make({ 'a.txt': 'a' })
  const { url } = here.stack
  const raw = await RawPerson.join(url, name)
  const { seq: base, files } = await raw.hear('welcome')
  const file = files[0]?.file ?? ''
  raw.submit(7, base, { type: 'edit', file, op: [1, '!'] })
  const { seq } = await raw.hear('commit')
  await raw.leave()
  await here.letGo(name)
  const again = await RawPerson.join(url, name, { client: raw.client })
  expect(await again.hear('welcome')).toMatchObject({ n: 7, seq, resumed: false })
  again.submit(7, base, { type: 'edit', file, op: [1, '!'] })
  expect(await again.hear('ack')).toEqual({ type: 'ack', n: 7, seq })
  again.submit(8, seq, { type: 'edit', file, op: [2, '?'] })
  await again.hear('commit', (commit) => commit.seq === seq + 1)
  await again.leave()
  expect(await here.read(name, 'a.txt')).toBe('a!?')
  await here.flushed(name)
  expect(await here.stored(name)).toEqual({ 'a.txt': 'a!?' })
})

async function settled(...people: Person[]): Promise<void> {
  await Promise.all(people.map(({ room }: { room: Room }) => room.settled()))
}
