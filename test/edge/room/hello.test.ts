/** How a socket becomes a session: the handshake of docs/protocol.md, T1 and H1 to H7. */
import { describe, expect, it } from 'vitest'
import { secretOf } from '../../support/secrets.ts'
import { makeRoom, RawClient, randomClient, request } from '../raw-client.ts'

describe('connecting', () => {
  it('[T1] selects the subprotocol, never the token offered beside it', async () => {
    const room = await makeRoom()
    const answer = await request(`/api/rooms/${room}/connect`, {
      headers: { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': `edgeroom.v1, ${secretOf('one')}` },
    })
    expect(answer.status).toBe(101)
    expect(answer.headers.get('Sec-WebSocket-Protocol')).toBe('edgeroom.v1')
  })

  it.each([
    ['no WebSocket is requested', {}, 'upgrade_required'],
    ['no subprotocol is offered', { Upgrade: 'websocket' }, 'protocol_too_old'],
    [
      'another subprotocol is offered first',
      { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': 'edgeroom.v9' },
      'protocol_too_old',
    ],
  ])('[T1] answers 426 when %s', async (_, headers: Record<string, string>, code) => {
    const answer = await request(`/api/rooms/${await makeRoom()}/connect`, { headers })
    expect(answer.status).toBe(426)
    expect(await answer.json()).toMatchObject({ error: { code } })
  })

  it.each(['never-made', 'a.b', '-x', '%20', 'x'.repeat(65), '%2e%2e%2fx'])(
    'closes with 4404 if there is no room %s',
    async (room) => {
      const raw = await RawClient.open(room)
      expect(await raw.closed).toMatchObject({ code: 4404 })
    },
  )

  it('trusts only the Worker about who somebody is', async () => {
    const room = await makeRoom()
    const raw = await RawClient.open(room, {
      headers: { 'x-edgeroom-identity': '{"user":"root","name":"Root"}', 'x-edgeroom-room': 'another' },
    })
    const welcome = await raw.hello()
    expect(welcome.user).not.toBe('root')
    expect(welcome.room).toBe(room)
  })

  it('maps a token to the same user each time, and never discloses it', async () => {
    const room = await makeRoom()
    const token = `guest-${crypto.randomUUID()}`
    const one = await RawClient.join(room, { token })
    const two = await RawClient.join(room, { token })
    const other = await RawClient.join(room)
    expect(two.welcome.user).toBe(one.welcome.user)
    expect(two.welcome.session).not.toBe(one.welcome.session)
    expect(other.welcome.user).not.toBe(one.welcome.user)
    for (const raw of [one, two, other]) expect(raw.frames.join()).not.toContain(token)
  })
})

describe('closing', () => {
  it.each([1000, 3000, 4999])('answers a close with %i', async (code) => {
    const raw = await RawClient.join(await makeRoom())
    raw.close(code)
    expect(await raw.closed).toMatchObject({ code: 1000 })
  })
})

describe('a hello that opens a file', () => {
  it('[X4] is answered with the welcome and its text, and nothing is asked twice', async () => {
    const room = await makeRoom({ 'a.txt': 'first', 'b.txt': 'second' })
    const raw = await RawClient.open(room)
    const welcome = await raw.hello({ open: 'b.txt' })
    const { file } = welcome.files.find(({ path }) => path === 'b.txt') ?? {}
    expect(welcome.opening).toBe(file)
    expect(await raw.receive('text')).toEqual({ type: 'text', file, seq: welcome.seq, text: 'second' })
    const types = raw.frames.map((frame) => JSON.parse(frame).type)
    expect(types.slice(0, 2)).toEqual(['welcome', 'text'])
    expect(types.filter((type) => type === 'text')).toHaveLength(1)
  })

  it('[X4] that is not there is welcomed all the same', async () => {
    const raw = await RawClient.open(await makeRoom({ 'a.txt': 'first' }))
    for (const open of ['b.txt', 'A.txt', '', '__proto__']) {
      const one = await RawClient.open(raw.room)
      expect(await one.hello({ open })).not.toHaveProperty('opening')
    }
    expect(await raw.hello()).not.toHaveProperty('opening')
  })

  it.each([3, null, ['a.txt'], { path: 'a.txt' }])(
    '[X4] [T2] closes with 4400 if it opens %j',
    async (open) => {
      const raw = await RawClient.open(await makeRoom({ 'a.txt': 'first' }))
      raw.send({ type: 'hello', protocol: 1, client: randomClient(), open })
      expect(await raw.closed).toMatchObject({ code: 4400 })
    },
  )

  it('[X4] [H6] gets the text after the commits that it missed', async () => {
    const room = await makeRoom({ 'a.txt': 'first' })
    const ann = await RawClient.join(room)
    const { seq, epoch, files } = ann.welcome
    const file = files[0]?.file ?? ''
    await ann.commit([{ type: 'edit', file, op: ['x'] }])
    const raw = await RawClient.open(room)
    const welcome = await raw.hello({ since: seq, epoch, open: 'a.txt' })
    expect(welcome).toMatchObject({ resumed: true, opening: file })
    expect(await raw.receive('text')).toMatchObject({ seq: seq + 1, text: 'xfirst' })
    expect(raw.frames.map((frame) => JSON.parse(frame).type).slice(0, 3)).toEqual([
      'welcome',
      'commit',
      'text',
    ])
  })
})

describe('hello', () => {
  it.each([
    ['a submission', { type: 'submit', n: 1, base: 0, changes: [{ type: 'remove', file: 'f' }] }],
    [
      'a submission that would be refused',
      {
        type: 'submit',
        n: 1,
        base: 0,
        changes: [{ type: 'create', file: 'f', path: 'f', text: '\u0000' }],
      },
    ],
    ['an open', { type: 'open', file: 'f' }],
    ['presence', { type: 'presence', seq: 0, file: null, selections: [] }],
    ['a blob', { type: 'blob', blob: '1-0' }],
  ])('[H1] closes with 4400 if %s comes first', async (_, message) => {
    const raw = await RawClient.open(await makeRoom())
    raw.send(message)
    expect(await raw.closed).toMatchObject({ code: 4400 })
    expect(raw.frames).toEqual([])
  })

  it('[H1] closes with 4400 on a second hello', async () => {
    const raw = await RawClient.join(await makeRoom())
    raw.send({ type: 'hello', protocol: 1, client: raw.client })
    expect(await raw.closed).toMatchObject({ code: 4400 })
  })

  it('[H2] closes with 4408 without a hello in time, however busy the socket is', async () => {
    const raw = await RawClient.open(await makeRoom())
    const talking = setInterval(() => raw.sendFrame('ping'), 50)
    expect(await raw.closed).toMatchObject({ code: 4408 })
    clearInterval(talking)
    expect(raw.frames.length).toBeGreaterThan(0)
    expect(new Set(raw.frames)).toEqual(new Set(['pong']))
  })

  it('[H2] keeps a session that said hello past the deadline', async () => {
    const room = await makeRoom()
    const raw = await RawClient.join(room)
    const late = await RawClient.open(room)
    // The other one's deadline is later than this one's would have been.
    expect(await late.closed).toMatchObject({ code: 4408 })
    expect(await raw.commit([{ type: 'create', file: 'f', path: 'f', text: '' }])).toMatchObject({ seq: 1 })
  })

  it('[H3] closes with 4426 on an unsupported version', async () => {
    const raw = await RawClient.open(await makeRoom())
    raw.send({ type: 'hello', protocol: 2, client: raw.client })
    expect(await raw.closed).toMatchObject({ code: 4426 })
  })

  it.each([
    ['no client', { client: undefined }],
    ['a short client', { client: 'api' }],
    ['a client with a space', { client: 'a client of mine' }],
    ['no version', { protocol: undefined }],
    ['a version in words', { protocol: 'one' }],
    ['a since below zero', { since: -1, epoch: 'e' }],
    ['a since in halves', { since: 0.5, epoch: 'e' }],
    ['a since without an epoch', { since: 1 }],
  ])('[H3] closes with 4400 on a hello with %s', async (_, extra) => {
    const raw = await RawClient.open(await makeRoom())
    raw.send({ type: 'hello', protocol: 1, client: raw.client, ...extra })
    expect(await raw.closed).toMatchObject({ code: 4400 })
  })

  it('[H4] closes with 4423 on the client id of another connected user, whose session is unaffected', async () => {
    const room = await makeRoom()
    const owner = await RawClient.join(room)
    const thief = await RawClient.open(room, { client: owner.client, token: secretOf('another') })
    thief.send({ type: 'hello', protocol: 1, client: owner.client })
    expect(await thief.closed).toMatchObject({ code: 4423 })
    await owner.commit([{ type: 'create', file: 'f', path: 'f', text: '' }])
  })

  it('[H4] closes with 4423 on the client id of another user in the log', async () => {
    const room = await makeRoom()
    const owner = await RawClient.join(room)
    await owner.commit([{ type: 'create', file: 'f', path: 'f', text: '' }])
    owner.close()
    await owner.closed
    const thief = await RawClient.open(room, { client: owner.client, token: secretOf('another') })
    thief.send({ type: 'hello', protocol: 1, client: owner.client })
    expect(await thief.closed).toMatchObject({ code: 4423 })
  })

  it('[H4] closes no client without a token in favour of another one without a token', async () => {
    const room = await makeRoom()
    const nobody = (client: string) =>
      RawClient.open(room, { client, headers: { 'Sec-WebSocket-Protocol': 'edgeroom.v1' } })
    const first = await nobody('client-of-nobody')
    await first.hello()
    const second = await nobody('client-of-nobody')
    await expect(second.hello()).rejects.toThrow('the socket was closed: 4423')
    await first.commit([{ type: 'create', file: 'f', path: 'f', text: '' }])
    first.close()
    await first.closed
    const third = await nobody('client-of-nobody')
    await expect(third.hello()).rejects.toThrow('the socket was closed: 4423')
    expect((await RawClient.join(room)).welcome.seq).toBe(1)
  })

  it('[H4] allows an id that other users had before without committing under it', async () => {
    const room = await makeRoom()
    const first = await RawClient.join(room)
    first.close()
    await first.closed
    const second = await RawClient.join(room, { client: first.client, token: 'another-guest-who-is-here' })
    await second.commit([{ type: 'create', file: 'f', path: 'f', text: '' }])
    const back = await RawClient.open(room, first)
    back.send({ type: 'hello', protocol: 1, client: first.client })
    expect(await back.closed).toMatchObject({ code: 4423 })
  })

  it('[H5] closes the older connection of a client with 4409 and ignores its later frames', async () => {
    const room = await makeRoom()
    const older = await RawClient.join(room)
    const newer = await RawClient.open(room, older)
    const welcomed = newer.hello()
    older.submit([{ type: 'create', file: 'late', path: 'late', text: '' }], { n: 99 })
    expect(await older.closed).toMatchObject({ code: 4409 })
    expect((await welcomed).peers).toEqual([])
    const commit = await newer.commit([{ type: 'create', file: 'f', path: 'f', text: '' }])
    expect(commit.entries.map(({ n }) => n)).toEqual([1])
    expect(JSON.stringify(await (await request(`/api/rooms/${room}`)).json())).not.toContain('late')
  })

  it('[H7] returns who the client is, the room’s seq and who else is here', async () => {
    const room = await makeRoom({ 'a.txt': 'a', 'b/c.txt': 'c' })
    const first = await RawClient.join(room)
    const { welcome } = await RawClient.join(room)
    expect(welcome).toMatchObject({ protocol: 1, room, seq: 1, n: 0, role: 'editor', resumed: false })
    expect(welcome.epoch).toBe(first.welcome.epoch)
    expect(welcome.files.map(({ path, revision }) => [path, revision])).toEqual([
      ['a.txt', 1],
      ['b/c.txt', 1],
    ])
    const { session, user, name } = first.welcome
    const who = { session, client: first.client, user, name, role: 'editor' }
    expect(welcome.peers).toEqual([{ ...who, file: null, selections: [] }])
  })
})

describe('resuming', () => {
  it('[H6] [C3] sends exactly the commits after `since`, as the bytes that were broadcast', async () => {
    const room = await makeRoom({ 'a.txt': 'a' })
    const witness = await RawClient.join(room)
    const file = witness.fileAt('a.txt')
    for (const text of ['1', '2', '3']) await witness.commit([{ type: 'edit', file, op: [text] }])
    const broadcast = witness.frames.filter((frame) => frame.startsWith('{"type":"commit"'))
    const { epoch } = witness.welcome
    const back = await RawClient.join(room, { since: 2, epoch })
    expect(back.welcome).toMatchObject({ resumed: true, seq: 4, files: [] })
    for (const frame of broadcast.slice(1)) expect(await back.nextFrame(() => true)).toBe(frame)
    const all = await RawClient.join(room, { since: 0, epoch })
    expect(await all.receive('commit')).toMatchObject({ seq: 1, entries: [{ client: 'api', n: 0 }] })
    expect(await all.nextFrame(() => true)).toBe(broadcast[0])
  })

  it('[H6] resumes with nothing when nothing was missed', async () => {
    const room = await makeRoom({ 'a.txt': 'a' })
    const { epoch } = (await RawClient.join(room)).welcome
    const back = await RawClient.join(room, { since: 1, epoch })
    expect(back.welcome).toMatchObject({ resumed: true, seq: 1 })
    await back.text((await RawClient.join(room)).fileAt('a.txt'))
    expect(back.frames.filter((frame) => frame.includes('"commit"'))).toEqual([])
  })

  it('[H6] sends the list of files if the epoch differs or `since` is ahead', async () => {
    const room = await makeRoom({ 'a.txt': 'a' })
    const { epoch } = (await RawClient.join(room)).welcome
    for (const hello of [
      { since: 1, epoch: 'another' },
      { since: 2, epoch },
    ]) {
      const { welcome } = await RawClient.join(room, hello)
      expect(welcome.resumed).toBe(false)
      expect(welcome.files.map(({ path }) => path)).toEqual(['a.txt'])
    }
  })

  it('[H7] returns the last submission of a client in the log', async () => {
    const room = await makeRoom()
    const client = randomClient()
    const raw = await RawClient.join(room, { client })
    for (const path of ['a', 'b']) await raw.commit([{ type: 'create', file: path, path, text: '' }])
    raw.close()
    const back = await RawClient.join(room, { client })
    expect(back.welcome.n).toBe(2)
  })
})
