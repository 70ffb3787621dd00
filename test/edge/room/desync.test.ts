/** Desync reports of clients whose text differs from the room's: D2 to D5 of docs/protocol.md. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DesyncReport } from '../../../core/model/desync-report.ts'
import { explainDesync } from '../../../core/model/explain-desync.ts'
import { checksumOf } from '../../../core/text/checksum.ts'
import { makeRoom, RawClient, request } from '../raw-client.ts'

let logged: string[] = []

beforeEach(() => {
  logged = []
  vi.spyOn(console, 'error').mockImplementation((line) => {
    logged.push(String(line))
  })
})

afterEach(() => {
  vi.restoreAllMocks()
})

interface Scene {
  readonly room: string
  readonly raw: RawClient
  readonly other: RawClient
  readonly file: string
}

/** A room whose commit 2 made `ab` into `abc`, and two clients. */
async function scene(): Promise<Scene> {
  const room = await makeRoom({ 'a.txt': 'ab' })
  const [raw, other] = [await RawClient.join(room), await RawClient.join(room)]
  const file = raw.fileAt('a.txt')
  await other.commit([{ type: 'edit', file, op: [2, 'c'] }])
  await raw.receive('commit')
  return { room, raw, other, file }
}

/** The report of `raw` if it had `abX` instead. */
function parted(file: string, over: object = {}) {
  const texts = { before: 'ab', text: 'abX', ops: [[2, 'X']] }
  return { type: 'desync', file, seq: 2, good: 1, sum: checksumOf('abX'), points: 3, ...texts, ...over }
}

async function reports(room: string): Promise<DesyncReport[]> {
  const answer = await request(`/api/rooms/${room}/desyncs`)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('Content-Type')).toContain('application/json')
  return (await answer.json<{ desyncs: DesyncReport[] }>()).desyncs
}

/** Resolves when everything sent so far was handled: the room answers in order. */
const taken = (raw: RawClient, file: string) => raw.text(file)

describe('a report', () => {
  it('[D2] is stored with who, when and what the log says, so that it can be reproduced', async () => {
    const { room, raw, other, file } = await scene()
    expect(await reports(room)).toEqual([])
    raw.send(parted(file))
    await taken(raw, file)
    const [report, ...rest] = await reports(room)
    expect(rest).toEqual([])
    expect(report).toMatchObject({
      room,
      epoch: raw.welcome.epoch,
      user: raw.welcome.user,
      client: raw.client,
      path: 'a.txt',
      said: parted(file),
      sumBefore: checksumOf('ab'),
      commit: {
        seq: 2,
        sums: { [file]: checksumOf('abc') },
        entries: [{ client: other.client, n: 1, changes: [{ type: 'edit', file, op: [2, 'c'] }] }],
      },
    })
    expect(Math.abs((report?.at ?? 0) - Date.now())).toBeLessThan(60_000)
    expect(explainDesync(report as DesyncReport)).toMatchObject({ cause: 'op', isReproduced: true })
  })

  it('[D4] is logged in one line, without any text', async () => {
    const { room, raw, file } = await scene()
    raw.send(parted(file, { before: 'secret', text: 'secrets', ops: [] }))
    await taken(raw, file)
    expect(logged).toHaveLength(1)
    expect(JSON.parse(logged[0] ?? '')).toEqual({
      event: 'desync',
      room,
      epoch: raw.welcome.epoch,
      at: expect.any(Number),
      user: raw.welcome.user,
      client: raw.client,
      file,
      seq: 2,
      good: 1,
      points: 3,
      cause: 'before',
      sums: { room: checksumOf('abc'), client: checksumOf('abX') },
    })
    expect(logged[0]).not.toContain('secret')
  })

  it('[D4] survives hibernation and a restart of the object', async () => {
    const { room, raw, file } = await scene()
    raw.send(parted(file))
    await taken(raw, file)
    const before = await reports(room)
    await evictDurableObject(env.ROOM.getByName(room), { webSockets: 'hibernate' })
    expect(await reports(room)).toEqual(before)
    raw.send(parted(file, { sum: 1 }))
    await taken(raw, file)
    await evictDurableObject(env.ROOM.getByName(room))
    expect((await reports(room)).map(({ said }) => said.sum)).toEqual([checksumOf('abX'), 1])
  })

  it('[D5] has no other effect: no frame, no commit, and nothing to flush', async () => {
    const { room, raw, other, file } = await scene()
    const before = [raw.frames.length, other.frames.length]
    raw.send(parted(file))
    await taken(raw, file)
    await taken(other, file)
    expect([raw.frames.length, other.frames.length]).toEqual(before.map((frames) => frames + 1))
    expect(await (await request(`/api/rooms/${room}`)).json()).toMatchObject({ seq: 2 })
    expect((await other.commit([{ type: 'edit', file, op: ['!'] }])).seq).toBe(3)
  })

  it('of a missing room gets 404', async () => {
    const answer = await request('/api/rooms/never-made/desyncs')
    expect([answer.status, await answer.json()]).toMatchObject([404, { error: { code: 'no_such_room' } }])
  })
})

describe('junk', () => {
  it.each([
    ['a commit that is not there yet', { seq: 3 }],
    ['a commit of no room', { seq: Number.MAX_SAFE_INTEGER }],
    ['no commit', { seq: 0 }],
    ['a file that is not there', { file: 'never-made' }],
    ['a checksum that is right', { sum: checksumOf('abc') }],
  ])('[D3] about %s is dropped, and its sender stays connected', async (_, over) => {
    const { room, raw, file } = await scene()
    raw.send(parted(file, over))
    await taken(raw, file)
    expect(await reports(room)).toEqual([])
    expect((await raw.commit([{ type: 'edit', file, op: ['!'] }])).seq).toBe(3)
  })

  it('[D4] beyond ten over one connection is dropped, also across hibernation', async () => {
    const { room, raw, file } = await scene()
    const send = (from: number, to: number) => {
      for (let sum = from; sum < to; sum++) raw.send(parted(file, { sum }))
      return taken(raw, file)
    }
    await send(1, 8)
    await evictDurableObject(env.ROOM.getByName(room), { webSockets: 'hibernate' })
    await send(8, 30)
    expect((await reports(room)).map(({ said }) => said.sum)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it('[D4] from many connections is bounded, and displaces nobody else’s reports', async () => {
    const { room, raw, other, file } = await scene()
    other.send(parted(file, { sum: 7 }))
    await taken(other, file)
    const text = 'x'.repeat(100_000)
    for (let i = 0; i < 4; i++) {
      const liar = await RawClient.join(room, { token: raw.token })
      for (let sum = 1; sum <= 10; sum++) liar.send(parted(file, { sum: 100 * i + sum, before: text, text }))
      await taken(liar, file)
    }
    const all = await reports(room)
    expect(all).toHaveLength(20)
    expect(all.filter(({ user }) => user === other.welcome.user)).toHaveLength(1)
    const bytes = await runInDurableObject(env.ROOM.getByName(room), (_, { storage: { sql } }) =>
      Number(sql.exec('SELECT sum(length(body)) AS n FROM desyncs').one().n),
    )
    expect(bytes).toBeLessThan(5_000_000)
  })
})
