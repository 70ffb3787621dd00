/**
 * A real Postgres server is stopped or killed: in the end each edit is stored once, and never half of a
 * flush.
 */
import type { Client } from 'pg'
import { afterEach, expect, it } from 'vitest'
import { append, count, has, lists, POLL } from '../client/support/people.ts'
import { describeIf, needsPostgres } from '../support/needs.ts'
import { cutOff, faultyPlace, postgresPrograms, upTo } from './faulty-place.ts'

const programs = await postgresPrograms()

describeIf(needsPostgres(programs), 'with a Postgres server', () => {
  const here = faultyPlace({ programs: programs ?? '' })

  let lock: Client | null = null
  afterEach(async () => {
    await lock?.end()
    lock = null
  })

  it('flushes everything, once, after Postgres was stopped for a whole session', async () => {
    const name = await here.make({ 'a.txt': '', 'b.txt': 'b' })
    await here.flushed(name)
    const calls = here.endpoint.of('flush', name).length
    await here.server.stop()
    const [ann, bob] = [await here.join(name), await here.join(name)]
    const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
    const tokens: string[] = []
    for (let i = 0; i < 20; i++) {
      for (const [who, file] of [['ann', hers] as const, ['bob', his] as const]) {
        tokens.push(`<${who} ${i}>`)
        append(file, `<${who} ${i}>`)
      }
      await Promise.all([ann.room.settled(), bob.room.settled()])
    }
    ann.room.create('c.txt', 'c')
    bob.room.remove('b.txt')
    await Promise.all([ann.room.settled(), bob.room.settled(), has(hers, ...tokens)])
    await lists(ann.room, 'a.txt', 'c.txt')
    const { text } = hers
    here.leave()
    await here.empty(name)
    await expect.poll(() => here.failures(name).length, POLL).toBeGreaterThanOrEqual(2)
    const { seq, flushError } = await here.flushStatus(name)
    expect(flushError?.kind).toBe('unavailable')
    expect(
      here.endpoint
        .of('flush', name)
        .slice(calls)
        .map(({ stored }) => stored),
    ).not.toContain(200)
    await here.server.start()
    await here.flushed(name)
    expect(await here.stored(name)).toEqual({ 'a.txt': text, 'c.txt': 'c' })
    expect(tokens.filter((token) => count(text, token) !== 1)).toEqual([])
    expect(await here.archived(name)).toEqual(upTo(seq))
    expect(await here.storedSeq(name)).toBe(seq)
  })

  it.each([
    ['the server is stopped', () => here.server.stop().then(here.server.start)],
    ['its process is killed', () => killBlocked()],
  ])('stores nothing of a flush during which %s, and all of it later', async (_, strike) => {
    const name = await here.make({ 'a.txt': 'a', 'b.txt': 'b' })
    await here.flushed(name)
    const before = await here.rows(name)
    const flushes = here.endpoint.of('flush', name).length
    // The flush locks the room's row, then waits for this lock until it dies.
    lock = await here.server.connect()
    await lock.query('begin')
    await lock.query("select 1 from files where room = $1 and path = 'b.txt' for update", [name])
    here.endpoint.fate = () => (here.endpoint.of('flush', name).length > flushes + 1 ? 'drop' : 'pass')
    const ann = await here.join(name)
    const [a, b] = [await ann.room.open('a.txt'), await ann.room.open('b.txt')]
    ann.room.transact(() => {
      append(a, '1')
      append(b, '2')
      ann.room.create('c.txt', 'c')
    })
    await ann.room.settled()
    await expect.poll(blocked, POLL).toHaveLength(1)
    await strike()
    await here.call('flush', name, flushes + 1)
    await expect.poll(() => here.rows(name).catch(String), POLL).toEqual(before)
    cutOff(ann)
    here.endpoint.heal()
    await here.flushed(name)
    expect(await here.stored(name)).toEqual({ 'a.txt': 'a1', 'b.txt': 'b2', 'c.txt': 'c' })
    const { seq } = await here.status(name)
    expect(await here.archived(name)).toEqual(upTo(seq))
  })

  /** The processes that wait for the lock. */
  async function blocked(): Promise<number[]> {
    const rows = await here.query<{ pid: number }>(
      "select pid from pg_stat_activity where wait_event_type = 'Lock' and state = 'active'",
    )
    return rows.map(({ pid }) => pid)
  }

  async function killBlocked(): Promise<void> {
    for (const pid of await blocked()) process.kill(pid, 'SIGKILL')
  }
})
