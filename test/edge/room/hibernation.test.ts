/**
 * A quiet room hibernates and costs nothing, and nobody in it may notice. The platform hibernates an object
 * when nothing is pending in it, so nothing may stay pending; and everything it needs when it wakes is in
 * its journal and on its sockets.
 */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { PendingTimers } from '../pending-timers.ts'
import { makeRoom, RawClient, request } from '../raw-client.ts'

const edit = (file: string, op: unknown) => ({ type: 'edit', file, op })

const sleep = (room: string) => evictDurableObject(env.ROOM.getByName(room), { webSockets: 'hibernate' })

/** Waits until `raw` is told that `who` has left. */
async function farewell(raw: RawClient, who: RawClient): Promise<void> {
  for (;;) if ((await raw.receive('presence')).left.includes(who.welcome.session)) return
}

async function withFile(
  text: string,
): Promise<{ room: string; one: RawClient; two: RawClient; file: string }> {
  const room = await makeRoom({ 'a.txt': text })
  const one = await RawClient.join(room)
  const two = await RawClient.join(room)
  return { room, one, two, file: one.fileAt('a.txt') }
}

describe('a hibernating room', () => {
  it('keeps its sockets, and broadcasts a submission of one of them', async () => {
    const { room, one, two, file } = await withFile('abc')
    await one.commit([edit(file, ['1'])])
    await sleep(room)
    await one.commit([edit(file, ['2'])])
    await sleep(room)
    await two.commit([edit(file, ['3'])])
    expect(await one.text(file)).toBe('321abc')
  })

  it('still knows who everybody is', async () => {
    const { room, one, two, file } = await withFile('abc')
    await sleep(room)
    const commit = await two.commit([edit(file, ['x'])])
    expect(commit.entries).toMatchObject([{ client: two.client, user: two.welcome.user, n: 1 }])
    const { peers } = (await RawClient.join(room)).welcome
    const known = [one, two].map(({ client, welcome: { session, user, name } }) => ({
      session,
      client,
      user,
      name,
    }))
    expect(peers).toHaveLength(2)
    expect(peers).toEqual(expect.arrayContaining(known.map((peer) => expect.objectContaining(peer))))
  })

  it('still knows where everybody was, transformed over later edits', async () => {
    const { room, one, two, file } = await withFile('abc')
    one.send({ type: 'presence', seq: 1, file, selections: [[1, 2]], data: { tool: 'pen' } })
    const isOne = (frame: string) => frame.includes('"tool":"pen"')
    await two.nextFrame(isOne)
    await sleep(room)
    await two.commit([edit(file, ['xy'])])
    await sleep(room)
    const { peers } = (await RawClient.join(room)).welcome
    const peer = peers.find(({ session }) => session === one.welcome.session)
    expect(peer).toMatchObject({ file, selections: [[3, 4]], data: { tool: 'pen' } })
  })

  it('sends nothing when it wakes', async () => {
    const { room, one, two, file } = await withFile('abc')
    await two.text(file)
    one.sendFrame('ping')
    await one.nextFrame((frame) => frame === 'pong')
    await sleep(room)
    const before = one.frames.length
    await two.text(file)
    await one.text(file)
    expect(one.frames.slice(before).map((frame) => JSON.parse(frame).type)).toEqual(['text'])
  })

  it('[T3] answers pings without waking', async () => {
    const { room, one } = await withFile('abc')
    await sleep(room)
    one.sendFrame('ping')
    expect(await one.nextFrame((frame) => frame === 'pong')).toBe('pong')
    // An object that does not run cannot be evicted.
    await expect(sleep(room)).rejects.toThrow()
  })

  it('[P2] notices who leaves during hibernation, and tells the others', async () => {
    const { room, one, two } = await withFile('abc')
    await sleep(room)
    one.close()
    await farewell(two, one)
    expect(await one.closed).toMatchObject({ code: 1000 })
    expect(await (await request(`/api/rooms/${room}`)).json()).toMatchObject({ people: 1 })
  })

  it('[H5] replaces a connection from before hibernation', async () => {
    const { room, one } = await withFile('abc')
    await sleep(room)
    const newer = await RawClient.join(room, { client: one.client, token: one.token })
    expect(await one.closed).toMatchObject({ code: 4409 })
    expect(newer.welcome.peers.map(({ client }) => client)).not.toContain(one.client)
  })

  it('[H1] still knows who said hello', async () => {
    const { room, one } = await withFile('abc')
    await sleep(room)
    one.send({ type: 'hello', protocol: 1, client: one.client })
    expect(await one.closed).toMatchObject({ code: 4400 })
  })

  it('keeps every text, in the checkpoint or after it', async () => {
    const { room, one, two, file } = await withFile('')
    let expected = ''
    // More commits than before a checkpoint.
    for (let i = 0; i < 600; i++) {
      await one.commit([edit(file, [`${i} `])])
      expected = `${i} ${expected}`
    }
    await sleep(room)
    expect(await two.text(file)).toBe(expected)
    await two.commit([edit(file, [{ d: 4 }])])
    await sleep(room)
    expect(await one.text(file)).toBe(expected.slice(4))
    const checkpoint = await runInDurableObject(env.ROOM.getByName(room), (_, { storage: { sql } }) =>
      Number(sql.exec("SELECT value FROM meta WHERE key = 'checkpoint'").one().value),
    )
    expect(checkpoint).toBeGreaterThan(500)
  })
})

describe('what keeps a room awake', () => {
  let timers: PendingTimers | null = null

  afterEach(() => {
    timers?.stop()
    timers = null
  })

  it('is no timer once everything is done', async () => {
    timers = new PendingTimers()
    const { room, one, two, file } = await withFile('abc')
    one.send({ type: 'presence', seq: 1, file, selections: [[0, 1]] })
    await Promise.all([one.commit([edit(file, ['x'])]), two.commit([edit(file, ['y'])])])
    const replaced = await RawClient.join(room)
    const newer = await RawClient.join(room, replaced)
    await replaced.closed
    const faulty = await RawClient.join(room)
    faulty.sendFrame('nonsense')
    await faulty.closed
    const mute = await RawClient.open(room)
    mute.sendFrame('nonsense')
    await mute.closed
    const gone = await RawClient.open(room)
    gone.close()
    await gone.closed
    newer.close()
    await farewell(one, newer)
    await two.commit([edit(file, ['z'])])
    const { waiting, armed } = await vi.waitFor(() => {
      if (timers === null || timers.waiting.length > 0) throw new Error(`still waiting: ${timers?.waiting}`)
      return timers
    }, 1000)
    expect(waiting).toEqual([])
    expect(armed).toBeGreaterThan(5)
    await sleep(room)
    expect(await one.text(file)).toHaveLength(6)
  })

  it('is no alarm either for a single session without Postgres', async () => {
    const { room, one, two, file } = await withFile('abc')
    two.close()
    await farewell(one, two)
    await runDurableObjectAlarm(env.ROOM.getByName(room))
    await one.commit([edit(file, ['x'])])
    expect(await runDurableObjectAlarm(env.ROOM.getByName(room))).toBe(false)
  })
})
