/** The HTTP table of docs/protocol.md: creating and reading rooms, and the errors of bad requests. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { makeRoom, ORIGIN, RawClient, request } from '../raw-client.ts'

const post = (body: unknown) =>
  request('/api/rooms', { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) })

/** The message of an error, without a stack, files or classes. */
async function errorOf(answer: Response): Promise<{ code: string; message: string }> {
  const text = await answer.text()
  expect(text).not.toMatch(/\bat \S+ \(|\.ts\b|\.js\b|Error:|node_modules|SQLITE/)
  const body = JSON.parse(text)
  expect(Object.keys(body)).toEqual(['error'])
  expect(Object.keys(body.error).sort()).toEqual(['code', 'message'])
  return body.error
}

describe('POST /api/rooms', () => {
  it('creates a room with its files and returns its URLs', async () => {
    const room = `made-${crypto.randomUUID()}`
    const answer = await post({ room, files: { 'a.txt': 'one\r\ntwo\rthree\n', 'src/b.ts': '' } })
    expect(answer.status).toBe(201)
    const api = `${ORIGIN}/api/rooms/${room}`
    const connect = `${api.replace('http', 'ws')}/connect`
    expect(await answer.json()).toMatchObject({ room, urls: { web: `${ORIGIN}/r/${room}`, api, connect } })
    const raw = await RawClient.join(room)
    expect(await raw.text(raw.fileAt('a.txt'))).toBe('one\ntwo\nthree\n')
    expect(raw.welcome).toMatchObject({ seq: 1 })
  })

  it('returns URLs as secure as that of the request', async () => {
    for (const [http, ws] of [
      ['http', 'ws'],
      ['https', 'wss'],
    ]) {
      const url = `${http}://localhost/api/rooms`
      const answer = await exports.default.fetch(new Request(url, { method: 'POST', body: '{}' }))
      const { room, urls } = await answer.json<{ room: string; urls: object }>()
      expect(urls).toEqual({
        web: `${http}://localhost/r/${room}`,
        api: `${url}/${room}`,
        connect: `${ws}://localhost/api/rooms/${room}/connect`,
      })
    }
  })

  it('creates a room without files, and one with an unguessable name', async () => {
    const names = new Set<string>()
    for (let i = 0; i < 3; i++) {
      const answer = await post({})
      expect(answer.status).toBe(201)
      const { room } = await answer.json<{ room: string }>()
      expect(room).toMatch(/^[a-z2-9]{20}$/)
      expect((await RawClient.join(room)).welcome).toMatchObject({ seq: 0, files: [] })
      names.add(room)
    }
    expect(names.size).toBe(3)
  })

  it('answers 409 room_exists to the second request, and leaves the room unchanged', async () => {
    const room = `once-${crypto.randomUUID()}`
    const answers = await Promise.all([
      post({ room, files: { 'a.txt': 'first' } }),
      post({ room, files: { 'b.txt': 'second' } }),
    ])
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409])
    const { code } = await errorOf(answers.find(({ status }) => status === 409) as Response)
    expect(code).toBe('room_exists')
    const { files } = await (await request(`/api/rooms/${room}`)).json<{ files: unknown[] }>()
    expect(files).toHaveLength(1)
  })

  it.each([
    ['no JSON', '{"room":'],
    ['nothing', ''],
    ['a list', '[]'],
    ['null', 'null'],
    ['a name with a dot', { room: 'a.b' }],
    ['an empty name', { room: '' }],
    ['a name of 65', { room: 'x'.repeat(65) }],
    ['a name with a line end', { room: 'abc\n' }],
    ['a room that is a number', { room: 7 }],
    ['files that are a list', { files: ['a'] }],
    ['a file that is a number', { files: { a: 1 } }],
    ['a field that is not known', { nmae: 'typo' }],
    ['an access that is none', { access: 'public' }],
    ['a name that is a number', { name: 7 }],
  ])('answers 400 to %s', async (_, body) => {
    const answer = await post(body)
    expect(answer.status).toBe(400)
    expect((await errorOf(answer)).code).toBe('bad_request')
  })

  it('names the file', async () => {
    const { message } = await errorOf(await post({ files: { 'src/a.txt': 1 } }))
    expect(message).toContain('src/a.txt')
  })

  it.each([
    ['a path that climbs', { '../a': '' }, 'bad_path'],
    ['an empty path', { '': '' }, 'bad_path'],
    ['a file below a file', { a: '', 'a/b': '' }, 'path_taken'],
    ['two files whose paths differ in case alone', { 'README.md': '', 'readme.md': '' }, 'path_taken'],
    ['two files whose paths look the same', { 'caf\u00e9': '', 'cafe\u0301': '' }, 'path_taken'],
    ['a path that turns the direction of the text', { 'cod\u202etxt.exe': '' }, 'bad_path'],
    ['NUL in a text', { a: 'x\u0000' }, 'bad_text'],
    ['half a surrogate pair in a text', { a: '\ud83d' }, 'bad_text'],
    ['half a surrogate pair in a path', { 'a\ud83d': '' }, 'bad_path'],
    ['a text of more than 1 MiB', { a: 'x'.repeat(1024 * 1024 + 1) }, 'file_too_large'],
    [
      '5,001 files',
      Object.fromEntries(Array.from({ length: 5001 }, (_, i) => [`f${i}`, ''])),
      'too_many_files',
    ],
  ])('answers 422 to %s, and creates no room', async (_, files, code) => {
    const room = `bad-${crypto.randomUUID()}`
    const answer = await post({ room, files: { 'good.txt': '', ...files } })
    expect(answer.status).toBe(422)
    expect((await errorOf(answer)).code).toBe(code)
    expect((await request(`/api/rooms/${room}`)).status).toBe(404)
  })

  it('answers 400 to a truncated body, without logging an error', async () => {
    const logged = vi.spyOn(console, 'error')
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"room":')),
      pull: (controller) => controller.error(new Error('the network is gone')),
    })
    const answer = await request('/api/rooms', { method: 'POST', body })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: { code: 'bad_request' } })
    expect(logged).not.toHaveBeenCalled()
    logged.mockRestore()
  })

  it('answers 413 to a body of more than 32 MiB, with or without Content-Length', async () => {
    const body = JSON.stringify({ files: { a: 'x'.repeat(32 * 1024 * 1024) } })
    for (const content of [body, new Blob([body]).stream()]) {
      const answer = await request('/api/rooms', { method: 'POST', body: content })
      expect(answer.status).toBe(413)
      expect((await errorOf(answer)).code).toBe('too_large')
    }
  })

  it('answers 413 to files too large for a call to an object, and creates a room of files that just fit', async () => {
    // With one character beyond Latin-1, a call encodes each unit of the text in two bytes.
    const files = (first: string) =>
      Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`f${i}`, `${first}${'x'.repeat(1_000_000)}`]))
    const refused = await post({ files: files('€') })
    expect(refused.status).toBe(413)
    expect(await errorOf(refused)).toMatchObject({
      code: 'too_large',
      message: expect.stringContaining('these have 340'),
    })
    expect((await post({ files: files('é') })).status).toBe(201)
  })
})

describe('GET /api/rooms/<room>', () => {
  it('returns the status of the room', async () => {
    const room = await makeRoom({ 'a.txt': 'a' })
    const raw = await RawClient.join(room)
    await raw.commit([{ type: 'edit', file: raw.fileAt('a.txt'), op: ['b'] }])
    expect(await (await request(`/api/rooms/${room}`)).json()).toEqual({
      room,
      seq: 2,
      flushed: null,
      flushError: null,
      writer: expect.stringMatching(/^local:/),
      behind: false,
      gaps: [],
      setAside: [],
      files: [{ file: raw.fileAt('a.txt'), path: 'a.txt', revision: 2 }],
      people: 1,
    })
  })

  it.each(['nowhere', 'a.b', '%00', '-', 'x'.repeat(65)])('answers 404 no_such_room to %s', async (room) => {
    const answer = await request(`/api/rooms/${room}`)
    expect(answer.status).toBe(404)
    expect((await errorOf(answer)).code).toBe('no_such_room')
  })

  it('leaves nothing behind if there is no room', async () => {
    const room = `nobody-${crypto.randomUUID()}`
    await request(`/api/rooms/${room}`)
    await (await RawClient.open(room)).closed
    const tables = await runInDurableObject(env.ROOM.getByName(room), (_, { storage: { sql } }) =>
      sql
        .exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'")
        .toArray(),
    )
    expect(tables).toEqual([])
  })
})

describe('GET /api/rooms/<room>/files/<path>', () => {
  it('returns the committed text, its revision as ETag, and 304 if unchanged', async () => {
    const room = await makeRoom({ 'src/ü.txt': 'Grüße\n' })
    const url = `/api/rooms/${room}/files/src/${encodeURIComponent('ü.txt')}`
    const answer = await request(url)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Content-Type')).toMatch(/^text\/plain; charset=utf-8$/i)
    expect(answer.headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(answer.headers.get('ETag')).toBe('"1"')
    expect(await answer.text()).toBe('Grüße\n')
    const again = await request(url, { headers: { 'If-None-Match': '"1"' } })
    expect(again.status).toBe(304)
    expect(await again.text()).toBe('')
    const raw = await RawClient.join(room)
    await raw.commit([{ type: 'edit', file: raw.fileAt('src/ü.txt'), op: ['! '] }])
    const changed = await request(url, { headers: { 'If-None-Match': '"1"' } })
    expect([changed.status, changed.headers.get('ETag')]).toEqual([200, '"2"'])
    expect(await changed.text()).toBe('! Grüße\n')
  })

  it.each(['"1", "2"', 'W/"1"', '*'])('answers 304 to If-None-Match: %s', async (given) => {
    const room = await makeRoom({ 'a.txt': 'a' })
    const answer = await request(`/api/rooms/${room}/files/a.txt`, { headers: { 'If-None-Match': given } })
    expect(answer.status).toBe(304)
  })

  it('never responds with anything that a browser would execute', async () => {
    const room = await makeRoom({ 'index.html': '<script>alert(1)</script>' })
    const answer = await request(`/api/rooms/${room}/files/index.html`)
    expect(answer.headers.get('Content-Type')).toMatch(/^text\/plain/)
    await answer.body?.cancel()
  })

  it.each(['b.txt', 'src', 'a.txt/b', 'A.txt', '%E0%A4%A', '..%2fa.txt'])(
    'answers 404 no_such_file to %s',
    async (path) => {
      const room = await makeRoom({ 'a.txt': '', 'src/c.txt': '' })
      const answer = await request(`/api/rooms/${room}/files/${path}`)
      expect(answer.status).toBe(404)
      expect((await errorOf(answer)).code).toBe('no_such_file')
    },
  )

  it('answers 404 if there is no such room', async () => {
    const answer = await request('/api/rooms/nowhere/files/a.txt')
    expect(answer.status).toBe(404)
    await errorOf(answer)
  })
})

describe('other requests', () => {
  it('answers 200 to /healthz', async () => {
    expect(await (await request('/healthz')).json()).toEqual({ ok: true })
  })

  it.each([
    ['GET', '/api'],
    ['GET', '/api/rooms'],
    ['DELETE', '/api/rooms/x'],
    ['POST', '/api/rooms/x/files/a'],
    ['GET', '/api/rooms/x/y/z'],
  ])('answers 404 to %s %s', async (method, path) => {
    const answer = await request(path, { method })
    expect(answer.status).toBe(404)
    await errorOf(answer)
  })

  it('discloses no internals if a room is broken', async () => {
    const room = await makeRoom({ 'a.txt': 'a' })
    const object = env.ROOM.getByName(room)
    await runInDurableObject(object, (_, { storage: { sql } }) => {
      sql.exec('DROP TABLE commits')
    })
    await evictDurableObject(object)
    const answer = await request(`/api/rooms/${room}`)
    expect(answer.status).toBe(503)
    expect((await errorOf(answer)).code).toBe('unavailable')
  })
})
