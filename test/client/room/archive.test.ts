/** What Postgres has of a room: readable rows, and the log as it was broadcast. */
import { expect, it } from 'vitest'
import type { Commit } from '../../../core/protocol/messages.ts'
import { append, ownPlace, POLL, reads } from '../support/people.ts'

const here = ownPlace({ vars: { FLUSH_IDLE_MS: '100' } })

interface FileRow {
  readonly path: string
  readonly revision: string
  readonly text: string
  readonly updated_at: Date
}

function rows(room: string): Promise<FileRow[]> {
  return here.stack.query<FileRow>(
    'select path, revision, text, updated_at from files where room = $1 order by path',
    [room],
  )
}

it('stores each file as a readable row', async () => {
  const name = await here.make({ 'a.txt': 'a\n', 'src/b.txt': 'b' })
  const ann = await here.join(name)
  append(await ann.room.open('a.txt'), 'more 漢字 😀')
  await ann.room.settled()
  await here.flushed(name)
  const { seq } = await here.status(name)
  const stored = await rows(name)
  expect(stored).toMatchObject([
    { path: 'a.txt', text: 'a\nmore 漢字 😀' },
    { path: 'src/b.txt', text: 'b' },
  ])
  expect(stored.map(({ revision }) => Number(revision))).toEqual([seq, seq - 1])
  expect(Math.abs(Date.now() - (stored[0]?.updated_at.getTime() ?? 0))).toBeLessThan(60_000)
  const rooms = await here.stack.query('select seq::int from rooms where room = $1', [name])
  expect(rooms).toEqual([{ seq }])
})

it('updates only the rows of changed files', async () => {
  const name = await here.make({ 'a.txt': 'a', 'b.txt': 'b' })
  const ann = await here.join(name)
  await here.flushed(name)
  const [, before] = await rows(name)
  append(await ann.room.open('a.txt'), '!')
  await ann.room.settled()
  await here.flushed(name)
  const [changed, after] = await rows(name)
  expect(changed?.text).toBe('a!')
  expect(after).toEqual(before)
})

it('deletes the rows of removed files and follows renames', async () => {
  const name = await here.make({ 'a.txt': 'a', 'b.txt': 'b' })
  const ann = await here.join(name)
  await here.flushed(name)
  ann.room.remove('a.txt')
  ann.room.rename('b.txt', 'a.txt')
  ann.room.create('c.txt', 'short-lived')
  ann.room.remove('c.txt')
  await ann.room.settled()
  await here.flushed(name)
  expect(await rows(name)).toMatchObject([{ path: 'a.txt', text: 'b' }])
})

it('[C3] archives each commit byte for byte as it was broadcast', async () => {
  const name = await here.make({ 'a.txt': '' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  const { seq } = await here.status(name)
  const large = 'large "and\\ full of 😀\n'.repeat(3_000)
  append(hers, '\u2028"quoted"\t\\ 😀 \u007f é')
  append(his, 'of bob')
  await Promise.all([ann.room.settled(), bob.room.settled()])
  ann.room.transact(() => {
    append(hers, large)
    ann.room.create('b.txt', 'b')
  })
  await ann.room.settled()
  const { text } = hers
  await reads(his, text)
  bob.room.rename('b.txt', 'ß/漢.txt')
  bob.room.remove('a.txt')
  await bob.room.settled()
  await here.flushed(name)
  const archive = await here.stack.query<{ seq: number; body: string; blobs: Record<string, string> | null }>(
    'select seq::int, body, blobs from commits where room = $1 and seq > $2 order by seq',
    [name, seq],
  )
  const broadcast = bob.network.received.filter((frame) => JSON.parse(frame).type === 'commit')
  expect(archive.map(({ body }) => body)).toEqual(broadcast)
  expect(ann.network.received.filter((frame) => JSON.parse(frame).type === 'commit')).toEqual(
    broadcast.slice(0, ann.network.received.filter((frame) => JSON.parse(frame).type === 'commit').length),
  )
  // The edit that was too large for its commit, and the text of the removed file.
  const [edit, was, ...others] = archive.flatMap((row) => Object.values(row.blobs ?? {}))
  expect(JSON.parse(edit ?? '')).toContain(large)
  expect(was).toBe(text)
  expect(others).toEqual([])
  const { seq: now } = await here.status(name)
  expect(archive.map((row) => row.seq)).toEqual(Array.from({ length: now - seq }, (_, i) => seq + 1 + i))
})

it('[C1] archives the whole log from the first commit on, without gaps', async () => {
  const name = await here.make({ 'a.txt': 'imported' })
  const ann = await here.join(name)
  const file = await ann.room.open('a.txt')
  for (let i = 0; i < 10; i++) {
    append(file, `<${i}>`)
    await ann.room.settled()
    if (i % 3 === 0) await here.flushed(name)
  }
  await here.flushed(name)
  const bodies = await here.stack.query<{ body: string }>(
    'select body from commits where room = $1 order by seq',
    [name],
  )
  const commits = bodies.map(({ body }) => JSON.parse(body) as Commit)
  expect(commits.map(({ seq }) => seq)).toEqual(commits.map((_, i) => i + 1))
  expect(commits[0]?.entries).toMatchObject([{ client: 'api', n: 0, changes: [{ type: 'create' }] }])
  const n = commits.flatMap(({ entries }) => entries.filter(({ client }) => client !== 'api').map((e) => e.n))
  expect(n).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  const clients = await here.stack.query('select n::int from clients where room = $1', [name])
  expect(clients).toEqual([{ n: 10 }])
})

it('does not reuse the name of a room that only Postgres has', async () => {
  const room = 'kept'
  expect((await here.post({ room, files: { 'a.txt': 'first' } })).status).toBe(201)
  await here.flushed(room)
  await here.stack.forget()
  const again = await here.post({ room, files: { 'a.txt': 'second' } })
  expect(again.status).toBe(409)
  expect(await again.json()).toMatchObject({ error: { code: 'room_exists' } })
  expect(await here.read(room, 'a.txt')).toBe('first')
  await expect.poll(() => rows(room), POLL).toMatchObject([{ path: 'a.txt', text: 'first' }])
})
