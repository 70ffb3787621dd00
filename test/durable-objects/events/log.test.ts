/** The lines that rooms write to the log: which events are worth one, and what it says. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { CLOSE } from '../../../core/protocol/codes.ts'
import { lineOf, logEvent, together } from '../../../durable-objects/events/log.ts'
import type { RoomEvent } from '../../../durable-objects/events/room-event.ts'
import { StoreError } from '../../../schema/store.ts'

const OPERATIONS = readFileSync(join(import.meta.dirname, '../../../docs/operations.md'), 'utf8')
const ROOM = 'a room "with" quotes'
const AT = 1_800_000_000_000
const WHO = { session: 's-1', user: 'u-1', name: 'Ann', client: 'c-1' }
const SECRET = 'the text of a file'
const COMMIT = {
  type: 'commit',
  seq: 2,
  at: AT,
  entries: [{ client: 'c-1', n: 1, user: 'u-1', changes: [{ type: 'edit', file: 'f-1', op: [SECRET] }] }],
  sums: {},
} as const

const ordinary: readonly RoomEvent[] = [
  {
    type: 'opened',
    from: 'database',
    seq: 1,
    flushed: 1,
    dirtySince: null,
    connections: 0,
    files: 1,
    bytes: 3,
  },
  { type: 'connected', who: WHO, connections: 1 },
  { type: 'joined', who: WHO, role: 'editor' },
  { type: 'renewed', who: WHO, role: 'editor' },
  { type: 'presence', frame: SECRET },
  { type: 'committed', commit: COMMIT, frame: JSON.stringify(COMMIT), files: 1, bytes: 3 },
  { type: 'durable', seq: 2, submissions: 1, ms: 12 },
  { type: 'refused', user: 'u-1', client: 'c-1', code: 'path_taken' },
  { type: 'warned', who: WHO, about: 'submit' },
  { type: 'turned_away', user: 'u-2', close: CLOSE.tooMany },
  { type: 'left', who: WHO, close: null, connections: 0 },
  { type: 'emptied' },
  { type: 'flushed', seq: 2, commits: 1, files: 1, since: AT, ms: 30, dirtySince: null },
  { type: 'flush_delayed', until: AT + 500 },
  { type: 'let_go', seq: 2 },
]

const refused = new StoreError('refused', 'the database refuses the data', { where: 'table files' })
const notable: readonly [RoomEvent, object][] = [
  [
    { type: 'failed', task: 'load', error: refused },
    { task: 'load', error: expect.stringContaining('refused: the database refuses the data: table files') },
  ],
  [
    { type: 'failed', task: 'session', error: new TypeError('no such thing') },
    { task: 'session', error: expect.stringMatching(/TypeError: no such thing\n +at /) },
  ],
  [{ type: 'aborted', reason: 'the disk is full' }, { error: 'the disk is full' }],
  [
    { type: 'flush_failed', kind: 'unavailable', error: 'no answer', failures: 2 },
    { kind: 'unavailable', failures: 2, error: 'no answer' },
  ],
  [
    { type: 'flush_failed', kind: 'credentials', error: 'no such role', failures: 1 },
    { kind: 'credentials', advice: expect.stringContaining('DATABASE_URL') },
  ],
  [
    { type: 'flush_failed', kind: 'conflict', error: 'another writer', failures: 1 },
    { kind: 'conflict', advice: expect.stringContaining('Another writer') },
  ],
  [
    { type: 'set_aside', file: 'f-1', error: 'a constraint' },
    { file: 'f-1', error: 'a constraint' },
  ],
  [
    { type: 'database_went_back', flushed: 9, stored: null },
    { flushed: 9, stored: null },
  ],
  [
    { type: 'repaired', seq: 4, isCut: true, setAside: 0, moved: [] },
    { seq: 4, isCut: true, setAside: 0, moved: [], advice: expect.stringContaining('interrupted flush') },
  ],
  [
    { type: 'repaired', seq: 4, isCut: false, setAside: 2, moved: [{ file: 'f-1', path: 'a (2).txt' }] },
    { setAside: 2, moved: [{ file: 'f-1', path: 'a (2).txt' }], advice: expect.stringContaining('storage') },
  ],
  [
    { type: 'repaired', seq: 4, isCut: false, setAside: 0, moved: [] },
    { seq: 4, advice: expect.stringContaining('last commit') },
  ],
  [
    { type: 'budget_silent', shard: 'shard-0', error: new Error('no answer') },
    { shard: 'shard-0', error: 'Error: no answer' },
  ],
]

describe('a line of the log', () => {
  it.each(notable)('for %o names the room, and what to do', (event, details) => {
    const line = lineOf(event, ROOM, AT) ?? ''
    expect(line).not.toContain('\n')
    expect(JSON.parse(line)).toMatchObject({ event: event.type, room: ROOM, at: AT, ...details })
  })

  it.each(notable)('for %o is explained in docs/operations.md', ({ type }) => {
    expect(OPERATIONS).toMatch(new RegExp(`^\\| \`${type}\``, 'm'))
  })

  it.each(ordinary)('is not written for what goes well: $type', (event) => {
    expect(lineOf(event, ROOM, AT)).toBeNull()
  })
})

describe('listeners', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('write faults as errors, and what mends itself as warnings', () => {
    const [error, warn] = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')]
    for (const spy of [error, warn]) spy.mockImplementation(() => {})
    logEvent({ type: 'budget_silent', shard: 'shard-0', error: 'no answer' }, ROOM)
    expect([error, warn].map(({ mock }) => mock.calls.length)).toEqual([0, 1])
    logEvent({ type: 'aborted', reason: 'the disk is full' }, ROOM)
    logEvent({ type: 'emptied' }, ROOM)
    expect([error, warn].map(({ mock }) => mock.calls.length)).toEqual([1, 1])
  })

  it('all get every event, and one that throws disturbs neither the others nor the room', () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const heard: string[] = []
    const listener = together(
      ({ type }) => heard.push(`first ${type}`),
      () => {
        throw new Error('a broken listener')
      },
      ({ type }, room) => heard.push(`last ${type} in ${room}`),
    )
    listener({ type: 'emptied' }, 'demo')
    expect(heard).toEqual(['first emptied', 'last emptied in demo'])
    expect(JSON.parse(String(log.mock.calls[0]?.[0]))).toEqual({
      event: 'listener_failed',
      room: 'demo',
      about: 'emptied',
      error: 'Error: a broken listener',
    })
  })
})
