/**
 * The database refuses one file: it is set aside and reported, the others are stored, and nothing is lost.
 */

import { expect, it } from 'vitest'
import { append } from '../client/support/people.ts'
import { linesOf } from '../support/log-lines.ts'
import { faultyPlace } from './faulty-place.ts'

const here = faultyPlace({ vars: { GRACE_MS: '200' } })

/** Statements that make the database refuse one file of a room, those that undo it, and what is logged. */
interface Poison {
  readonly poison: readonly string[]
  readonly cure: string
  readonly logged: string
}

function poisonTrigger(name: string, work: string, logged: string): Poison {
  const body = `begin if new.room = '${name}' and new.path = 'bad.txt' then ${work}; end if; return new; end`
  return {
    poison: [
      `create function judge() returns trigger language plpgsql as $$ ${body} $$`,
      'create trigger judge before insert or update on files for each row execute function judge()',
    ],
    cure: 'drop function judge cascade',
    logged,
  }
}

const POISONS: Readonly<Record<string, (name: string) => Poison>> = {
  'a check': (name) => ({
    poison: [`alter table files add constraint good check (room <> '${name}' or path <> 'bad.txt')`],
    cure: 'alter table files drop constraint good',
    logged: 'SQLSTATE 23514): table files, constraint good',
  }),
  'a unique index': (name) => ({
    poison: [`create unique index one_end on files (right(path, 7)) where room = '${name}'`],
    cure: 'drop index one_end',
    logged: 'SQLSTATE 23505): table files, constraint one_end',
  }),
  'a trigger': (name) => poisonTrigger(name, "raise exception 'never'", 'SQLSTATE P0001'),
  'a type': (name) => poisonTrigger(name, 'perform new.text::int', 'SQLSTATE 22P02'),
}

it.each(Object.entries(POISONS))(
  'sets aside the one file that %s refuses, and stores it once that is gone',
  async (_, poisonOf) => {
    const name = await here.make({ 'a.txt': 'a', 'x-bad.txt': 'b' })
    await here.flushed(name)
    const { poison, cure, logged } = poisonOf(name)
    for (const statement of poison) await here.query(statement)
    const { room } = await here.join(name)
    const file = await room.open('a.txt')
    append(file, '1')
    room.create('bad.txt', 'not a number')
    room.rename('x-bad.txt', 'y-bad.txt')
    await room.settled()
    await here.flushed(name)
    expect(await here.stored(name)).toEqual({ 'a.txt': 'a1', 'y-bad.txt': 'b' })
    const { setAside, flushError } = await here.flushStatus(name)
    // Anybody who knows the room's name may read this; table and constraint are only logged.
    const message = expect.stringMatching(/^the database refuses the data \(SQLSTATE [0-9A-Z]{5}\)$/)
    expect(setAside).toEqual([{ path: 'bad.txt', message }])
    expect(linesOf(here.stack.logs, name, 'set_aside').join()).toContain(logged)
    expect(flushError).toBeNull()

    append(file, '2')
    await room.settled()
    await here.flushed(name)
    expect(await here.stored(name)).toEqual({ 'a.txt': 'a12', 'y-bad.txt': 'b' })

    // Another room, left later, is evicted; this one stays with its file.
    const other = await here.make({})
    await here.flushed(other)
    const guest = await here.join(other)
    const loads = here.endpoint.of('load', name).length
    room.close()
    await here.empty(name)
    guest.room.close()
    await here.letGo(other)
    expect((await here.flushStatus(name)).setAside).toHaveLength(1)
    expect(await here.read(name, 'bad.txt')).toBe('not a number')
    expect(here.endpoint.of('load', name)).toHaveLength(loads)

    expect((await here.flush(name)).status).toBe(200)
    expect((await here.flushStatus(name)).setAside).toHaveLength(1)
    await here.query(cure)
    const answer = await here.flush(name)
    const { seq } = await here.status(name)
    expect([answer.status, await answer.json()]).toEqual([200, { seq, flushed: seq }])
    expect(await here.stored(name)).toEqual({ 'a.txt': 'a12', 'y-bad.txt': 'b', 'bad.txt': 'not a number' })
    expect((await here.flushStatus(name)).setAside).toEqual([])
    await here.letGo(name)
    expect(await here.read(name, 'bad.txt')).toBe('not a number')
  },
)

it('retries a refused file when it changes', async () => {
  await here.query("alter table files add constraint tame check (text not like '%wild%')")
  const name = await here.make({ 'a.txt': 'wild' })
  await here.flushed(name)
  expect(await here.stored(name)).toEqual({})
  const { room } = await here.join(name)
  const file = await room.open('a.txt')
  file.edit([{ at: 0, remove: 4, insert: 'tame' }])
  await room.settled()
  await here.flushed(name)
  expect(await here.stored(name)).toEqual({ 'a.txt': 'tame' })
  expect((await here.flushStatus(name)).setAside).toEqual([])
})
