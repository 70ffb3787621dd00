/** Who is here and where: P1, P2 and P4. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Peer, PresenceMessage } from '../../../core/protocol/messages.ts'
import { makeRoom, RawClient } from '../raw-client.ts'

const edit = (file: string, op: unknown) => ({ type: 'edit', file, op })

/** The next matching presence of `who` that `raw` receives. */
async function sighting(raw: RawClient, who: RawClient, fits: (peer: Peer) => boolean): Promise<Peer> {
  for (;;) {
    const { peers } = await raw.receive('presence')
    const peer = peers.find(({ session }) => session === who.welcome.session)
    if (peer !== undefined && fits(peer)) return peer
  }
}

async function together(): Promise<{ room: string; one: RawClient; two: RawClient; file: string }> {
  const room = await makeRoom({ 'a.txt': 'abcdef' })
  const one = await RawClient.join(room)
  const two = await RawClient.join(room)
  await sighting(one, two, () => true)
  return { room, one, two, file: one.fileAt('a.txt') }
}

describe('presence', () => {
  it('[P1] [P2] is sent to everybody, including its sender', async () => {
    const { one, two, file } = await together()
    const selections = [
      [1, 3],
      [5, 4],
    ]
    one.send({ type: 'presence', seq: 1, file, selections, viewport: [0, 5], data: { tool: 'pen' } })
    const { session, user, name } = one.welcome
    const who = { session, client: one.client, user, name, role: 'editor' }
    const expected = { ...who, file, selections, viewport: [0, 5], data: { tool: 'pen' } }
    expect(await sighting(two, one, (peer) => peer.file !== null)).toEqual(expected)
    expect(await sighting(one, one, (peer) => peer.file !== null)).toEqual(expected)
  })

  it('[P2] only the latest presence of a session is sent', async () => {
    const { one, two, file } = await together()
    for (let i = 0; i <= 6; i++) one.send({ type: 'presence', seq: 1, file, selections: [[i, i]] })
    const peer = await sighting(two, one, ({ selections }) => selections[0]?.[0] === 6)
    expect(peer.selections).toEqual([[6, 6]])
    const seen = two.frames
      .map((frame) => JSON.parse(frame) as PresenceMessage)
      .filter(
        ({ type, peers }) =>
          type === 'presence' && peers.some(({ session }) => session === one.welcome.session),
      )
    expect(seen.length).toBeLessThan(5)
  })

  it('[P2] selections are transformed to the seq of the message', async () => {
    const { one, two, file } = await together()
    await two.commit([edit(file, ['XY'])])
    // Set at 1, before the room's seq of 2.
    one.send({ type: 'presence', seq: 1, file, selections: [[0, 3]] })
    const peer = await sighting(two, one, ({ selections }) => selections.length > 0)
    expect(peer.selections).toEqual([[0, 5]])
    const frame = two.frames.findLast((text) => text.startsWith('{"type":"presence"'))
    expect(JSON.parse(frame ?? '')).toMatchObject({ seq: 2 })
  })

  it('[P2] names a session that left', async () => {
    const { one, two } = await together()
    one.close()
    for (;;) {
      const { left } = await two.receive('presence')
      if (left.includes(one.welcome.session)) break
    }
  })

  it('[P2] names a session that was closed for an error', async () => {
    const { one, two } = await together()
    one.sendFrame('nonsense')
    for (;;) {
      const { left } = await two.receive('presence')
      if (left.includes(one.welcome.session)) break
    }
  })

  it('[P4] is read before a commit of the same turn', async () => {
    const { one, two, file } = await together()
    // A presence frame was just sent: without the commit, the next would wait.
    one.send({ type: 'presence', seq: 1, file, selections: [[6, 6]] })
    one.submit([edit(file, [6, 'g'])])
    await two.receive('commit')
    const types = two.frames.map((frame) => JSON.parse(frame).type)
    expect(types.slice(-2)).toEqual(['presence', 'commit'])
  })

  it('[T8] goes in the frame of a commit, for a client that asked for it, also after hibernation', async () => {
    const { room, one, file } = await together()
    const reader = await RawClient.open(room)
    await reader.hello({ lines: true })
    const plain = await RawClient.open(room)
    await plain.hello({ lines: false })
    await sighting(one, plain, () => true)
    await evictDurableObject(env.ROOM.getByName(room), { webSockets: 'hibernate' })
    one.send({ type: 'presence', seq: 1, file, selections: [[6, 6]] })
    one.submit([edit(file, [6, 'g'])])
    const commit = await reader.receive('commit')
    expect(reader.sizes.at(-1)).toBe(2)
    expect(reader.frames.slice(-2).map((frame) => JSON.parse(frame).type)).toEqual(['presence', 'commit'])
    expect(await plain.receive('commit')).toEqual(commit)
    expect(new Set(plain.sizes)).toEqual(new Set([1]))
    // C3: the bytes are those of the log.
    expect(reader.frames.at(-1)).toBe(plain.frames.at(-1))
  })

  it('[P4] is never written', async () => {
    const { room, one, two, file } = await together()
    one.send({ type: 'presence', seq: 1, file, selections: [[2, 2]], data: { secret: 'nowhere on disk' } })
    await sighting(two, one, ({ selections }) => selections.length > 0)
    const rows = await runInDurableObject(env.ROOM.getByName(room), (_, { storage: { sql } }) =>
      ['meta', 'commits', 'files', 'texts', 'clients', 'blobs'].flatMap((table) =>
        sql.exec(`SELECT * FROM ${table}`).toArray(),
      ),
    )
    expect(rows.length).toBeGreaterThan(0)
    expect(JSON.stringify(rows)).not.toContain('nowhere on disk')
  })

  it.each([
    ['numbers that weigh more than their JSON', `[${Array(2_600).fill('-0').join(',')}]`],
    ['fractions', `[${Array(1_900).fill('1.5').join(',')}]`],
    ['letters of two bytes each', JSON.stringify('漢'.repeat(7_900))],
    [
      'lists in lists, as deep as a frame may be',
      `[${Array(120)
        .fill(`${'['.repeat(29)}${']'.repeat(29)}`)
        .join(',')}]`,
    ],
  ])('[P1] may be as large as allowed, with %s', async (_, data) => {
    const { one, two, file } = await together()
    one.sendFrame(`{"type":"presence","seq":1,"file":"${file}","selections":[[1,2]],"data":{"x":${data}}}`)
    const peer = await sighting(two, one, ({ selections }) => selections.length > 0)
    expect(peer).toMatchObject({ selections: [[1, 2]], data: { x: JSON.parse(data.replaceAll('-0', '0')) } })
    // It was not closed.
    expect(await one.text(file)).toBe('abcdef')
  })

  it('[T7] [P1] may not be nested deeper than a frame', async () => {
    const { room, one, two, file } = await together()
    const lists = `${'['.repeat(31)}${']'.repeat(31)}`
    one.sendFrame(`{"type":"presence","seq":1,"file":"${file}","selections":[],"data":{"x":${lists}}}`)
    expect(await one.closed).toMatchObject({ code: 4400 })
    expect(await two.text(file)).toBe('abcdef')
    expect((await RawClient.join(room)).welcome.peers).toHaveLength(1)
  })

  it('[P1] a selection beyond the text is harmless', async () => {
    const { one, two, file } = await together()
    one.send({ type: 'presence', seq: 1, file, selections: [[0, Number.MAX_SAFE_INTEGER]] })
    one.send({ type: 'presence', seq: 99, file, selections: [[0, 1]] })
    one.send({ type: 'presence', seq: 1, file: 'nowhere', selections: [[0, 1]] })
    one.submit([edit(file, [{ d: 6 }, 'x'])])
    expect(await two.receive('commit')).toMatchObject({ seq: 2 })
    await sighting(two, one, (peer) => peer.file === 'nowhere')
  })
})
