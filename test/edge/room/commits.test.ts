/** Commits as broadcast, and opening texts: C1 to C7, X1 and X2. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { BlobRef, CommittedChange } from '../../../core/protocol/messages.ts'
import { checksumOf } from '../../../core/text/index.ts'
import { makeRoom, RawClient, request } from '../raw-client.ts'

const edit = (file: string, op: unknown) => ({ type: 'edit', file, op })
const create = (file: string, path: string, text: string) => ({ type: 'create', file, path, text })

/** The rows of the room's log, as they are on disk. */
function log(room: string): Promise<{ seq: number; at: number; body: string }[]> {
  return runInDurableObject(env.ROOM.getByName(room), (_, state) =>
    state.storage.sql
      .exec<{ seq: number; at: number; body: string }>('SELECT seq, at, body FROM commits ORDER BY seq')
      .toArray(),
  )
}

function refOf(change: CommittedChange | undefined): BlobRef {
  const content = change?.type === 'create' ? change.text : change?.type === 'edit' ? change.op : undefined
  if (typeof content !== 'object' || !('blob' in content))
    throw new Error('the change carries its content itself')
  return content
}

describe('commits', () => {
  it('[C1] [C2] [C3] reach everybody as exactly the bytes in the log', async () => {
    const room = await makeRoom()
    const people = [await RawClient.join(room), await RawClient.join(room)]
    const [author, other] = people as [RawClient, RawClient]
    await author.commit([create('f', 'f.txt', 'Grüße')])
    await other.receive('commit')
    await other.commit([edit('f', [5, ', 世界 😀\n'])])
    const rows = await log(room)
    expect(rows.map(({ seq }) => seq)).toEqual([1, 2])
    const isCommit = (frame: string) => frame.startsWith('{"type":"commit"')
    for (const raw of people) {
      await raw.text('f')
      expect(raw.frames.filter(isCommit)).toEqual(rows.map(({ body }) => body))
    }
    const commit = JSON.parse(rows[1]?.body ?? '')
    expect(commit).toEqual({
      type: 'commit',
      seq: 2,
      at: rows[1]?.at,
      entries: [
        {
          client: other.client,
          n: 1,
          user: other.welcome.user,
          changes: [edit('f', [5, ', 世界 😀\n'])],
        },
      ],
      sums: { f: 1175737697 },
    })
  })

  it('[C1] an edit without effect is left out, and its entry still acks', async () => {
    const room = await makeRoom({ 'a.txt': 'abc' })
    const [one, two] = [await RawClient.join(room), await RawClient.join(room)]
    const file = one.fileAt('a.txt')
    await one.commit([edit(file, [{ d: 3 }])])
    two.submit([edit(file, [1, { d: 1 }])], { base: 1 })
    const frame = await two.nextFrame((text) => text.includes(`"client":"${two.client}","n":1`))
    expect(JSON.parse(frame).entries).toEqual([
      { client: two.client, n: 1, user: two.welcome.user, changes: [] },
    ])
  })

  it("[C4] a file's revision is the commit that last changed its text or its path", async () => {
    const room = await makeRoom({ 'a.txt': 'a', 'b.txt': 'b' })
    const raw = await RawClient.join(room)
    const a = raw.fileAt('a.txt')
    const revisions = async () => {
      const { files } = await (await request(`/api/rooms/${room}`)).json<{
        files: { path: string; revision: number }[]
      }>()
      return Object.fromEntries(files.map(({ path, revision }) => [path, revision]))
    }
    await raw.commit([edit(a, ['x'])])
    expect(await revisions()).toEqual({ 'a.txt': 2, 'b.txt': 1 })
    await raw.commit([{ type: 'rename', file: a, path: 'c.txt' }])
    expect(await revisions()).toEqual({ 'b.txt': 1, 'c.txt': 3 })
  })

  it('[C5] carry the checksum of each changed text that still exists', async () => {
    const room = await makeRoom({ 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c' })
    const raw = await RawClient.join(room)
    const [a, b, c] = ['a.txt', 'b.txt', 'c.txt'].map((path) => raw.fileAt(path)) as [string, string, string]
    const { sums } = await raw.commit([
      edit(a, [1, '!']),
      edit(b, ['gone']),
      { type: 'remove', file: b },
      { type: 'rename', file: c, path: 'd.txt' },
    ])
    expect(sums).toEqual({ [a]: checksumOf('a!') })
  })

  it('[C7] those of the API are entries of `api` with n 0', async () => {
    const room = await makeRoom({ 'a.txt': 'a' })
    const [row] = await log(room)
    expect(JSON.parse(row?.body ?? '').entries).toMatchObject([
      { client: 'api', n: 0, changes: [{ type: 'create', path: 'a.txt', text: 'a' }] },
    ])
  })
})

describe('large content', () => {
  const large = `${'0123456789abcdé😀'.repeat(12_500)}\n`

  it('[C6] a large paste travels as a blob, which has the JSON of its op', async () => {
    const room = await makeRoom({ 'a.txt': 'ab' })
    const raw = await RawClient.join(room)
    const op = [1, large, { d: 1 }]
    const commit = await raw.commit([edit(raw.fileAt('a.txt'), op)])
    expect(JSON.stringify(commit).length).toBeLessThan(1000)
    const ref = refOf(commit.entries[0]?.changes[0])
    const json = JSON.stringify(op)
    expect(ref).toEqual({ blob: '2-0', points: [...json].length, sum: checksumOf(json) })
    raw.send({ type: 'blob', blob: ref.blob })
    expect(await raw.receive('blob')).toEqual({ type: 'blob', blob: '2-0', content: json })
    expect(await raw.text(raw.fileAt('a.txt'))).toBe(`a${large}`)
  })

  it('[C6] a large creation travels as a blob, which has its text', async () => {
    const raw = await RawClient.join(await makeRoom())
    const commit = await raw.commit([create('f', 'f.txt', large), create('g', 'g.txt', 'small')])
    const [made, small] = commit.entries[0]?.changes ?? []
    expect(small).toEqual(create('g', 'g.txt', 'small'))
    raw.send({ type: 'blob', blob: refOf(made).blob })
    expect(await raw.receive('blob')).toMatchObject({ content: large })
    expect(commit.sums.f).toBe(checksumOf(large))
  })

  it('[C6] answers no_such_blob if it is not stored', async () => {
    const raw = await RawClient.join(await makeRoom({ 'a.txt': 'a' }))
    for (const blob of ['1-0', '99-0', 'nonsense', '1', '1.5-0']) {
      raw.send({ type: 'blob', blob })
      expect(await raw.receive('error')).toMatchObject({ code: 'no_such_blob', about: blob })
    }
  })

  it('[C6] a project of many megabytes is split into commits that each fit a row', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`big-${i}.txt`, 'é'.repeat(500_000)]),
    )
    const room = await makeRoom(files)
    const raw = await RawClient.join(room)
    expect(raw.welcome.files).toHaveLength(20)
    for (const { body } of await log(room)) expect(body.length).toBeLessThan(512 * 1024)
    expect(await raw.text(raw.fileAt('big-19.txt'))).toBe('é'.repeat(500_000))
  })
})

describe('texts', () => {
  it('[X1] open answers with the text at the seq of the last commit on this socket', async () => {
    const room = await makeRoom({ 'a.txt': 'a' })
    const [raw, other] = [await RawClient.join(room), await RawClient.join(room)]
    const file = raw.fileAt('a.txt')
    // All three arrive in one turn: the text includes what was submitted before, whose commit is sent first.
    other.submit([edit(file, [1, 'b'])])
    other.send({ type: 'open', file })
    other.submit([edit(file, [2, 'c'])], { base: 1 })
    const text = await other.receive('text')
    expect(text).toEqual({ type: 'text', file, seq: 2, text: 'ab' })
    const at = other.frames.findIndex((frame) => frame.includes('"text","file"'))
    expect(other.frames.slice(0, at).filter((frame) => frame.startsWith('{"type":"commit"'))).toHaveLength(1)
    expect(await raw.text(file)).toBe('ab')
  })

  it('[X1] answers no_such_file if there is none', async () => {
    const raw = await RawClient.join(await makeRoom())
    raw.send({ type: 'open', file: 'nowhere' })
    expect(await raw.receive('error')).toMatchObject({ code: 'no_such_file', about: 'nowhere' })
  })

  it('[X2] the welcome has no texts', async () => {
    const room = await makeRoom({ 'a.txt': 'the content' })
    const raw = await RawClient.join(room)
    expect(raw.frames.join()).not.toContain('the content')
  })
})
