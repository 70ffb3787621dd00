/** Limits on connections, and on frames before hello: L4 and L5, with the defaults. */
import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS } from '../../../core/protocol/limits.ts'
import { makeRoom, RawClient } from '../raw-client.ts'

const { helloUnits, connectionsPerUser } = DEFAULT_LIMITS

async function roomWithWitness() {
  const room = await makeRoom({ 'a.txt': 'abc' })
  const witness = await RawClient.join(room)
  const file = witness.fileAt('a.txt')
  const noticedNothing = async () => {
    const commit = await witness.commit([{ type: 'edit', file, op: ['x'] }])
    expect(commit.entries).toMatchObject([{ client: witness.client }])
    const types = new Set(witness.frames.map((frame) => JSON.parse(frame).type))
    expect([...types].filter((type) => !['welcome', 'presence', 'commit'].includes(type))).toEqual([])
  }
  return { room, noticedNothing }
}

describe('before hello', () => {
  const hello = (units: number) => {
    const frame = { type: 'hello', protocol: 1, client: 'client-with-pad', pad: '' }
    return JSON.stringify({ ...frame, pad: 'x'.repeat(units - JSON.stringify(frame).length) })
  }

  it('[L5] accepts frames up to the limit', async () => {
    const raw = await RawClient.open(await makeRoom())
    raw.sendFrame(hello(helloUnits))
    expect((await raw.receive('welcome')).type).toBe('welcome')
  })

  it('[L5] closes with 4413 beyond it, and nobody else notices', async () => {
    const { room, noticedNothing } = await roomWithWitness()
    const raw = await RawClient.open(room)
    raw.sendFrame(hello(helloUnits + 1))
    expect(await raw.closed).toMatchObject({ code: 4413 })
    await noticedNothing()
  })
})

describe('connections', () => {
  it('[L4] are limited per user, without affecting others', async () => {
    const { room, noticedNothing } = await roomWithWitness()
    const token = 'guest-with-many-tabs'
    const tabs = await Promise.all(
      Array.from({ length: connectionsPerUser }, () => RawClient.join(room, { token })),
    )
    const refused = await RawClient.open(room, { token })
    expect(await refused.closed).toMatchObject({ code: 4429, reason: 'too many connections' })
    const other = await RawClient.join(room)
    await noticedNothing()
    tabs[0]?.close()
    await tabs[0]?.closed
    const again = await RawClient.join(room, { token })
    expect(again.welcome.seq).toBe(other.welcome.seq + 1)
  })
})
