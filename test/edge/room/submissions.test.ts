/** Submissions: S2 to S8 and S11 of docs/protocol.md, through the real Worker and room. */

import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { Journal } from '../../../durable-objects/journal/journal.ts'
import { makeRoom, RawClient, request } from '../raw-client.ts'

const create = (file: string, path: string, text = '') => ({ type: 'create', file, path, text })
const edit = (file: string, op: unknown) => ({ type: 'edit', file, op })
const rename = (file: string, path: string) => ({ type: 'rename', file, path })
const remove = (file: string) => ({ type: 'remove', file })

/** A room with one file, a client, and the file's id. */
async function withFile(text: string): Promise<{ room: string; raw: RawClient; file: string }> {
  const room = await makeRoom({ 'a.txt': text })
  const raw = await RawClient.join(room)
  return { room, raw, file: raw.fileAt('a.txt') }
}

async function pathsOf(room: string): Promise<string[]> {
  const { files } = await (await request(`/api/rooms/${room}`)).json<{ files: { path: string }[] }>()
  return files.map(({ path }) => path).sort()
}

describe('all or nothing', () => {
  it('[S2] commits several files in one commit, in the order of the changes', async () => {
    const { room, raw, file } = await withFile('import "./b"')
    const changes = [
      create('b', 'b.ts', 'old'),
      rename('b', 'c.ts'),
      edit('b', [{ d: 3 }, 'new']),
      edit(file, [10, { d: 1 }, 'c']),
    ]
    // Normalizing is up to the client; without concurrent commits, what it sent is committed unchanged.
    const commit = await raw.commit(changes)
    expect(commit.entries.map((entry) => entry.changes)).toEqual([changes])
    expect(await raw.text(file)).toBe('import "./c"')
    expect(await raw.text('b')).toBe('new')
    expect(await pathsOf(room)).toEqual(['a.txt', 'c.ts'])
  })

  it('[S2] [S8] applies nothing of a submission whose last change is rejected', async () => {
    const { room, raw, file } = await withFile('abc')
    const witness = await RawClient.join(room)
    const before = await (await request(`/api/rooms/${room}`)).text()
    const code = await raw.refusal([
      edit(file, ['lost']),
      create('b', 'b.txt', 'lost'),
      rename(file, 'moved.txt'),
      create('c', 'c.txt'),
      remove('c'),
      edit(file, [99, 'x']),
    ])
    expect(code).toBe('op_out_of_range')
    expect(await (await request(`/api/rooms/${room}`)).text()).toBe(before)
    expect(await raw.text(file)).toBe('abc')
    await raw.commit([edit(file, [3, 'd'])])
    expect(await witness.receive('commit')).toMatchObject({ seq: 2, entries: [{ n: 2 }] })
    expect(await witness.text(file)).toBe('abcd')
  })

  it('[S2] keeps a removed file if the submission that removed it is rejected', async () => {
    const { room, raw, file } = await withFile('abc')
    expect(await raw.refusal([remove(file), create('b', 'a.txt/b.txt'), edit(file, ['x'])])).toBe(
      'no_such_file',
    )
    expect(await pathsOf(room)).toEqual(['a.txt'])
    expect(await raw.text(file)).toBe('abc')
  })

  it('[S2] can free a path and reuse it at once', async () => {
    const { room, raw, file } = await withFile('abc')
    await raw.commit([remove(file), create('b', 'a.txt/b.txt', 'below')])
    expect(await pathsOf(room)).toEqual(['a.txt/b.txt'])
  })
})

describe('exactly once', () => {
  it('[S3] acks a resend after a reconnect and does not apply it again', async () => {
    const { room, raw, file } = await withFile('')
    const { seq } = await raw.commit([edit(file, ['once'])])
    raw.close()
    const back = await RawClient.join(room, {
      client: raw.client,
      token: raw.token,
      since: 1,
      epoch: raw.welcome.epoch,
    })
    back.submit([edit(file, ['once'])], { n: 1, base: 1 })
    expect(await back.receive('ack')).toEqual({ type: 'ack', n: 1, seq })
    expect(await back.text(file)).toBe('once')
    back.submit([edit(file, ['once'])], { n: 1, base: seq })
    expect(await back.receive('ack')).toEqual({ type: 'ack', n: 1, seq })
  })

  it('[S3] acks a resend also after hibernation', async () => {
    const { room, raw, file } = await withFile('')
    const { seq } = await raw.commit([edit(file, ['once'])])
    raw.close()
    await raw.closed
    await evictDurableObject(env.ROOM.getByName(room))
    const back = await RawClient.join(room, { client: raw.client, token: raw.token })
    back.submit([edit(file, ['once'])], { n: 1, base: 1 })
    expect(await back.receive('ack')).toEqual({ type: 'ack', n: 1, seq })
    expect(await back.text(file)).toBe('once')
  })

  it('[S3] [H5] acks a submission of the older of two connections once, to the newer', async () => {
    const { room, raw, file } = await withFile('')
    const witness = await RawClient.join(room)
    raw.submit([edit(file, ['once'])], { n: 1, base: 1 })
    const { seq } = await witness.receive('commit')
    const newer = await RawClient.open(room, raw)
    expect(await newer.hello()).toMatchObject({ n: 1, seq })
    newer.submit([edit(file, ['once'])], { n: 1, base: seq })
    expect(await raw.closed).toMatchObject({ code: 4409 })
    expect(await newer.receive('ack')).toEqual({ type: 'ack', n: 1, seq })
    expect((await newer.commit([edit(file, [4, '!'])])).entries.map(({ n }) => n)).toEqual([2])
    expect(await witness.text(file)).toBe('once!')
    expect(newer.frames.filter((frame) => frame.startsWith('{"type":"ack"'))).toHaveLength(1)
  })

  it('[S3] commits a submission once that is sent twice before its commit', async () => {
    const { raw, file } = await withFile('')
    for (let i = 0; i < 2; i++) raw.submit([edit(file, ['once'])], { n: 1, base: 1 })
    expect(await raw.receive('commit')).toMatchObject({ seq: 2, entries: [{ n: 1 }] })
    expect(await raw.text(file)).toBe('once')
  })

  it('[S3] a rejected number leaves no trace, and the next one is accepted', async () => {
    const { raw, file } = await withFile('')
    expect(await raw.refusal([edit(file, [1, 'x'])])).toBe('op_out_of_range')
    expect((await raw.commit([edit(file, ['x'])])).entries[0]?.n).toBe(2)
  })

  it('[S3] a number below the last one is not applied, whatever its changes', async () => {
    const { raw, file } = await withFile('')
    await raw.commit([edit(file, ['a'])])
    const { seq } = await raw.commit([edit(file, [1, 'b'])])
    raw.submit([edit(file, ['again'])], { n: 1 })
    expect(await raw.receive('ack')).toEqual({ type: 'ack', n: 1, seq })
    expect(await raw.text(file)).toBe('ab')
  })
})

describe('base', () => {
  it('[S4] rejects a base above the room’s seq with bad_base', async () => {
    const { raw, file } = await withFile('')
    expect(await raw.refusal([edit(file, ['x'])], { base: 2 })).toBe('bad_base')
    expect(await raw.refusal([edit(file, ['x'])], { base: Number.MAX_SAFE_INTEGER })).toBe('bad_base')
  })

  it('[S4] rejects a base below the commit of the client’s own last submission with bad_base', async () => {
    const { raw, file } = await withFile('')
    await raw.commit([edit(file, ['x'])])
    expect(await raw.refusal([edit(file, ['y'])], { base: 1 })).toBe('bad_base')
    await raw.commit([edit(file, ['z'])])
    expect(await raw.text(file)).toBe('zx')
  })

  it('[S5] [O4] transforms over everything committed since; committed text goes left', async () => {
    const { room, raw, file } = await withFile('abc')
    const other = await RawClient.join(room)
    for (const text of ['3', '2', '1']) await other.commit([edit(file, [1, text])])
    raw.submit([edit(file, [1, 'X', 1, { d: 1 }])], { base: 1 })
    const isOwn = (frame: string) => frame.includes(raw.client) && frame.startsWith('{"type":"commit"')
    const commit = JSON.parse(await raw.nextFrame(isOwn))
    expect(commit.entries[0].changes).toEqual([edit(file, [4, 'X', 1, { d: 1 }])])
    expect(await other.text(file)).toBe('a123Xb')
  })

  it('[S5] transforms submissions of one batch over each other', async () => {
    const { room, file } = await withFile('')
    const people = await Promise.all(Array.from({ length: 5 }, () => RawClient.join(room)))
    const commits = await Promise.all(people.map((raw, i) => raw.commit([edit(file, [String(i)])])))
    const texts = await Promise.all(people.map((raw) => raw.text(file)))
    expect(new Set(texts).size).toBe(1)
    expect([...(texts[0] ?? '')].sort().join('')).toBe('01234')
    expect(commits.every(({ entries }) => entries.length > 0)).toBe(true)
  })

  it('[S5] transforms over commits that only the journal has', async () => {
    const { room, raw, file } = await withFile('abc')
    const other = await RawClient.join(room)
    for (const text of ['3', '2', '1']) await other.commit([edit(file, [1, text])])
    await evictDurableObject(env.ROOM.getByName(room))
    raw.submit([edit(file, [2, 'X'])], { base: 1 })
    await raw.nextFrame((frame) => frame.includes(`"client":"${raw.client}","n":1`))
    expect(await other.text(file)).toBe('a123bXc')
  })

  it('[S5] answers resync if a commit after the base is gone', async () => {
    const room = `restored-${crypto.randomUUID()}`
    await runInDurableObject(env.ROOM.getByName(room), (_, state) => {
      const file = { file: 'f', path: 'f.txt', revision: 7 }
      const stored = {
        ...{ room, epoch: 'e', seq: 7, createdAt: 0, policy: null, files: [file], clients: [] },
        ...{ writer: 'w', lineage: [], gaps: [], setAside: 0, lastAt: null },
        ...{ hasMore: false, hasMoreClients: false },
      }
      const journal = new Journal(state.storage.sql)
      journal.restore(stored, 'heir')
      journal.fetched('f', { revision: 7, text: 'abc' })
    })
    await evictDurableObject(env.ROOM.getByName(room))
    const raw = await RawClient.join(room, { since: 5, epoch: 'e' })
    expect(raw.welcome).toMatchObject({ resumed: false, seq: 7, files: [{ file: 'f', revision: 7 }] })
    raw.submit([edit('f', ['x'])], { base: 5 })
    expect(await raw.receive('resync')).toEqual({ type: 'resync' })
    expect(await raw.text('f')).toBe('abc')
    await raw.commit([edit('f', ['x'])])
    expect(await raw.text('f')).toBe('xabc')
  })
})

describe('rejections', () => {
  it.each([
    ['an edit', (file: string) => edit(file, ['x'])],
    ['a renaming', (file: string) => rename(file, 'b.txt')],
    ['a removal', (file: string) => remove(file)],
  ])('[S6] %s of a file that was removed since the base: no_such_file', async (_, change) => {
    const { room, raw, file } = await withFile('abc')
    const other = await RawClient.join(room)
    await other.commit([remove(file)])
    expect(await raw.refusal([change(file)], { base: 1 })).toBe('no_such_file')
  })

  it.each([
    ['an edit', edit('late', ['x'])],
    ['a renaming', rename('late', 'b.txt')],
    ['a removal', remove('late')],
  ])('[S6] %s of a file that was created after the base: no_such_file', async (_, change) => {
    const { room, raw } = await withFile('abc')
    const other = await RawClient.join(room)
    await other.commit([create('late', 'late.txt', 'theirs')])
    expect(await raw.refusal([change], { base: 1 })).toBe('no_such_file')
    expect(await other.text('late')).toBe('theirs')
  })

  it('[S6] but not an edit of a file that was renamed since', async () => {
    const { room, raw, file } = await withFile('abc')
    const other = await RawClient.join(room)
    await other.commit([rename(file, 'moved.txt')])
    raw.submit([edit(file, [3, 'd'])], { base: 1 })
    await raw.nextFrame((frame) => frame.includes(`"client":"${raw.client}","n":1`))
    expect(await other.text(file)).toBe('abcd')
  })

  it.each([
    '',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    '../a',
    'a/../b',
    'a/./b',
    'a\\b',
    'a\nb',
    'a\u0000b',
    'a\u007fb',
    'a\ud800b',
    'é'.repeat(257),
    'cod\u202etxt.exe',
    'a\u200b',
    'READ\u200dME',
    ' ',
  ])('[S7] [U3] the path %j: bad_path', async (path) => {
    const { raw, file } = await withFile('abc')
    expect(await raw.refusal([create('b', path)])).toBe('bad_path')
    expect(await raw.refusal([rename(file, path)])).toBe('bad_path')
  })

  it.each(['é'.repeat(256), '...', '.env', 'a b', 'файл/文件 😀.txt', '-rf', 'C:', '👩‍👩‍👧‍👦', 'می‌خواهم'])(
    '[U3] but not the path %j',
    async (path) => {
      const { room, raw } = await withFile('abc')
      await raw.commit([create('b', path, 'text')])
      const answer = await request(
        `/api/rooms/${room}/files/${path.split('/').map(encodeURIComponent).join('/')}`,
      )
      expect(await answer.text()).toBe('text')
    },
  )

  it.each([
    ...['a.txt', 'src/b.ts', 'src', 'a.txt/below', 'src/b.ts/c/d'],
    ...['A.txt', 'src/B.ts', 'SRC', 'A.TXT/below', 'cafe\u0301'],
  ])('[S7] [U3] the path %s, blocked by a file or a folder: path_taken', async (path) => {
    const room = await makeRoom({ 'a.txt': '', 'src/b.ts': '', 'c.txt': '', 'caf\u00e9': '' })
    const raw = await RawClient.join(room)
    expect(await raw.refusal([create('x', path)])).toBe('path_taken')
    expect(await raw.refusal([rename(raw.fileAt('c.txt'), path)])).toBe('path_taken')
  })

  it('[U3] a file may be renamed to its own folder’s path, and to its own path', async () => {
    const room = await makeRoom({ 'a/b': '' })
    const raw = await RawClient.join(room)
    await raw.commit([rename(raw.fileAt('a/b'), 'a')])
    await raw.commit([rename(raw.fileAt('a/b'), 'a')])
    expect(await pathsOf(room)).toEqual(['a'])
  })

  it('[U3] a file may change only the case of its path, and be in a folder of another case', async () => {
    const room = await makeRoom({ 'Src/readme.md': '' })
    const raw = await RawClient.join(room)
    await raw.commit([rename(raw.fileAt('Src/readme.md'), 'Src/README.md')])
    await raw.commit([create('b', 'src/b', '')])
    expect((await pathsOf(room)).toSorted()).toEqual(['Src/README.md', 'src/b'])
  })

  it('[S7] the later of two concurrent claims of a path: path_taken', async () => {
    const room = await makeRoom()
    const [one, two] = [await RawClient.join(room), await RawClient.join(room)]
    one.submit([create('one', 'same.txt')])
    const refused = two.refusal([create('two', 'same.txt')])
    expect(await refused).toBe('path_taken')
    expect(await one.receive('commit')).toMatchObject({ seq: 1, entries: [{ client: one.client }] })
  })

  it('[S8] a file id in use: file_exists', async () => {
    const { raw, file } = await withFile('abc')
    expect(await raw.refusal([create(file, 'b.txt')])).toBe('file_exists')
  })

  it('[O3] an op that reaches past the end: op_out_of_range, at once, however far', async () => {
    const { raw, file } = await withFile('a😀c')
    for (const op of [[4, 'x'], [{ d: 4 }], [3, 'x', { d: 1 }], [{ d: 1e9 }], [1e15, 'x']])
      expect(await raw.refusal([edit(file, op)])).toBe('op_out_of_range')
    await raw.commit([edit(file, [3, 'x'])])
    expect(await raw.text(file)).toBe('a😀cx')
  })
})

describe('limits', () => {
  it.each([
    ['NUL', 'a\u0000b'],
    ['CR', 'a\rb'],
    ['CRLF', 'a\r\nb'],
    ['half a surrogate pair', 'a\ud83db'],
    ['the other half', '\ude00'],
  ])('[S11] [U2] text with %s: bad_text, and the socket stays', async (_, text) => {
    const { raw, file } = await withFile('abc')
    expect(await raw.refusal([create('b', 'b.txt', text)])).toBe('bad_text')
    expect(await raw.refusal([edit(file, [1, text])])).toBe('bad_text')
    await raw.commit([edit(file, ['x'])])
    expect(await raw.text(file)).toBe('xabc')
  })

  it('[S11] a file of more than 1 MiB of UTF-8: file_too_large; shrinking one is allowed', async () => {
    const { raw, file } = await withFile('é'.repeat(512 * 1024))
    expect(await raw.refusal([edit(file, ['x'])])).toBe('file_too_large')
    expect(await raw.refusal([edit(file, [{ d: 1 }, '世'])])).toBe('file_too_large')
    expect(await raw.refusal([create('b', 'b.txt', 'x'.repeat(1024 * 1024 + 1))])).toBe('file_too_large')
    await raw.commit([edit(file, [{ d: 1 }, 'xy'])])
    await raw.commit([create('b', 'b.txt', 'x'.repeat(1024 * 1024))])
  })

  it('[S11] more than 5,000 files: too_many_files, until one is removed', async () => {
    const names = Array.from({ length: 5000 }, (_, i) => `dir-${i % 50}/file-${i}.txt`)
    const room = await makeRoom(Object.fromEntries(names.map((name) => [name, ''])))
    const raw = await RawClient.join(room)
    expect(raw.welcome.files).toHaveLength(5000)
    expect(await raw.refusal([create('one-more', 'one-more.txt')])).toBe('too_many_files')
    await raw.commit([remove(raw.fileAt('dir-0/file-0.txt')), create('one-more', 'one-more.txt')])
  })

  it('[S11] more than 1,000 changes: too_many_changes', async () => {
    const { raw } = await withFile('')
    const changes = Array.from({ length: 1001 }, (_, i) => create(`f${i}`, `f${i}`))
    expect(await raw.refusal(changes)).toBe('too_many_changes')
    const commit = await raw.commit(changes.slice(1))
    expect(commit.entries[0]?.changes).toHaveLength(1000)
  })
})
