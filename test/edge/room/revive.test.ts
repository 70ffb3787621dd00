/** What the room stores of removed files, restoring them, and listing them: C8 and S13. */
import { describe, expect, it } from 'vitest'
import type { BlobRef, Commit, CommittedChange } from '../../../core/protocol/messages.ts'
import { OwnedRoom } from '../owned-room.ts'
import { makeRoom, RawClient, request } from '../raw-client.ts'

const LONG = 'a long text, "quoted" 😀\n'.repeat(40)

const remove = (file: string) => ({ type: 'remove', file })
const revive = (file: string, seq: number) => ({ type: 'revive', file, seq })
const create = (file: string, path: string, text: string) => ({ type: 'create', file, path, text })
const changesOf = ({ entries }: Commit): readonly CommittedChange[] =>
  entries.flatMap(({ changes }) => changes)

async function removedFiles(raw: RawClient, query = ''): Promise<{ status: number; body: unknown }> {
  const headers = { Authorization: `Bearer ${raw.token}` }
  const answer = await request(`/api/rooms/${raw.room}/removed${query}`, { headers })
  return { status: answer.status, body: await answer.json() }
}

describe('[C8] a removal in the log', () => {
  it('has the file’s path and text, above 128 units as a blob; never what the client says', async () => {
    const raw = await RawClient.join(await makeRoom({ 'src/a.txt': 'short', 'b.txt': LONG, 'c.txt': '' }))
    const [a, b, c] = ['src/a.txt', 'b.txt', 'c.txt'].map((path) => raw.fileAt(path)) as [
      string,
      string,
      string,
    ]
    const commit = await raw.commit([{ ...remove(a), was: 'a lie', path: 'a lie' }, remove(b), remove(c)])
    expect(changesOf(commit)).toEqual([
      { ...remove(a), path: 'src/a.txt', was: 'short' },
      {
        ...remove(b),
        path: 'b.txt',
        was: { blob: `${commit.seq}-0`, points: [...LONG].length, sum: expect.any(Number) },
      },
      { ...remove(c), path: 'c.txt', was: '' },
    ])
    raw.send({ type: 'blob', blob: `${commit.seq}-0` })
    expect((await raw.receive('blob')).content).toBe(LONG)
  })

  it('stores 128 units inline, and has the text as changed in the same submission', async () => {
    const raw = await RawClient.join(await makeRoom({ 'a.txt': 'x'.repeat(127) }))
    const file = raw.fileAt('a.txt')
    const [, removed] = changesOf(await raw.commit([{ type: 'edit', file, op: ['y'] }, remove(file)]))
    expect(removed).toMatchObject({ was: `y${'x'.repeat(127)}` })
    const longer = await raw.commit([create('f', 'f', 'x'.repeat(129)), remove('f')])
    expect(changesOf(longer)[1]).toMatchObject({
      was: { blob: `${longer.seq}-0` } satisfies Partial<BlobRef>,
    })
  })

  it('may not remove more than a frame could restore', async () => {
    const raw = await RawClient.join(await makeRoom())
    const text = 'x'.repeat(1024 * 1024)
    const files = Array.from({ length: 9 }, (_, i) => `f${i}`)
    for (const file of files) await raw.commit([create(file, file, text)])
    expect(await raw.refusal(files.map(remove))).toBe('too_many_changes')
    await raw.commit(files.slice(1).map(remove))
    await raw.commit([remove('f0')])
  })
})

describe('[S13] a file that was removed', () => {
  it.each([
    ['short', 'short'],
    ['long', LONG],
  ])('is restored by a creation, with its id, its path and its %s text', async (_, text) => {
    const room = await makeRoom({ 'src/a.txt': text })
    const [raw, other] = [await RawClient.join(room), await RawClient.join(room)]
    const file = raw.fileAt('src/a.txt')
    const { seq } = await raw.commit([remove(file)])
    await other.receive('commit')
    const back = await other.commit([revive(file, seq)])
    expect(changesOf(back)).toEqual([create(file, 'src/a.txt', text)])
    expect(back.sums).toHaveProperty(file)
    expect(await raw.text(file)).toBe(text)
    expect(await (await request(`/api/rooms/${room}/files/src/a.txt`)).text()).toBe(text)
  })

  it('gets a free path if its own is taken, and comes back together with others of its commit', async () => {
    const raw = await RawClient.join(await makeRoom({ 'a.txt': 'a', 'b/c.txt': 'c' }))
    const [a, c] = [raw.fileAt('a.txt'), raw.fileAt('b/c.txt')]
    const { seq } = await raw.commit([remove(a), remove(c)])
    await raw.commit([create('x', 'a.txt', ''), create('y', 'b', '')])
    const back = await raw.commit([revive(a, seq), revive(c, seq)])
    expect(changesOf(back)).toEqual([create(a, 'a (2).txt', 'a'), create(c, 'b (2)/c.txt', 'c')])
  })

  it('is restored once, however often that is sent', async () => {
    const raw = await RawClient.join(await makeRoom({ 'a.txt': 'a' }))
    const file = raw.fileAt('a.txt')
    const removal = await raw.commit([remove(file)])
    const n = raw.submit([revive(file, removal.seq)])
    const { seq } = await raw.receive('commit')
    raw.submit([revive(file, removal.seq)], { n })
    expect(await raw.receive('ack')).toEqual({ type: 'ack', n, seq })
  })

  it('is not restored if it was not removed, exists, or has no free path', async () => {
    const raw = await RawClient.join(await makeRoom({ 'a.txt': 'a', 'b.txt': 'b' }))
    const [a, b] = [raw.fileAt('a.txt'), raw.fileAt('b.txt')]
    expect(await raw.refusal([revive(a, 1)])).toBe('file_exists')
    const { seq } = await raw.commit([remove(a)])
    for (const at of [0, seq - 1, seq + 1, 2 ** 53 - 1])
      expect(await raw.refusal([revive(a, at)]), String(at)).toBe('no_such_removal')
    expect(await raw.refusal([revive(`x${b}`, seq)])).toBe('no_such_removal')
    const commits = [seq, seq - 1, seq + 1, seq + 2, seq + 3]
    expect(await raw.refusal(commits.map((at) => revive(a, at)))).toBe('too_many_changes')
    const numbers = Array.from({ length: 100 }, (_, i) => create(`n${i}`, `a (${i + 2}).txt`, ''))
    await raw.commit([create('n', 'a.txt', ''), ...numbers])
    expect(await raw.refusal([revive(a, seq)])).toBe('path_taken')
  })

  it('cannot be restored or listed by a viewer', async () => {
    const room = await OwnedRoom.make({ 'a.txt': 'a' })
    const [owner, vera] = [await room.owner(), await room.join('vera', 'viewer')]
    const file = owner.fileAt('a.txt')
    const { seq } = await owner.commit([remove(file)])
    expect(await vera.refusal([revive(file, seq)])).toBe('forbidden')
    expect((await removedFiles(vera)).status).toBe(403)
    expect((await removedFiles(owner)).status).toBe(200)
  })

  it('[S6] never gets an edit from before its removal', async () => {
    const room = await makeRoom({ 'a.txt': 'a' })
    const [raw, other] = [await RawClient.join(room), await RawClient.join(room)]
    const file = raw.fileAt('a.txt')
    const { base } = { base: raw.welcome.seq }
    const { seq } = await other.commit([remove(file)])
    const back = await other.commit([revive(file, seq)])
    const edit = [{ type: 'edit', file, op: [1, '!'] }]
    for (const at of [base, seq]) expect(await raw.refusal(edit, { base: at })).toBe('no_such_file')
    raw.submit(edit, { base: back.seq })
    await other.receive('commit')
    expect(await other.text(file)).toBe('a!')
  })
})

describe('[S13] the list of removed files', () => {
  it('is paged, with who removed each and when', async () => {
    const room = await makeRoom({ 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c', 'd.txt': 'd' })
    const raw = await RawClient.join(room)
    const removals = []
    for (const paths of [['a.txt'], ['b.txt', 'c.txt'], ['d.txt']]) {
      const files = paths.map((path) => raw.fileAt(path))
      const { seq, at } = await raw.commit(files.map(remove))
      removals.push(paths.map((path, i) => ({ file: files[i], path, seq, at, user: raw.welcome.user })))
      await raw.commit([{ type: 'chat', text: '"type":"remove"' }])
    }
    expect(await removedFiles(raw)).toEqual({ status: 200, body: { removed: removals.flat(), more: false } })
    expect((await removedFiles(raw, '?limit=2')).body).toEqual({
      removed: removals.slice(1).flat(),
      more: true,
    })
    const before = `?before=${removals[1]?.[0]?.seq}`
    expect((await removedFiles(raw, before)).body).toEqual({ removed: removals[0], more: false })
    expect((await removedFiles(raw, '?limit=0')).status).toBe(400)
  })
})
