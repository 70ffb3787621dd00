/**
 * Tokens that expire: renewed over the open connection before they do; and what happens without a newer
 * one.
 */
import { describe, expect, it } from 'vitest'
import { signToken } from '../../../auth/tokens.ts'
import { SdkError } from '../../../client/index.ts'
import type { Role } from '../../../core/protocol/messages.ts'
import { tokenRulesOf } from '../../../durable-objects/settings/token-rules.ts'
import { append, next, type Person, place, reads, until } from '../support/people.ts'

const here = place({ withoutDatabase: true })

interface Lasting {
  readonly ms: number
  readonly role?: Role
  readonly user?: string
}

/** A token of this deployment for a room, valid for this time. */
function sign(room: string, { ms, role = 'editor', user = 'ann' }: Lasting): Promise<string> {
  const rules = tokenRulesOf({ ENVIRONMENT: 'local' })
  return signToken({ user, name: user, room, role, expiresAt: Date.now() + ms }, rules)
}

/** Frames of a type, to or from the room. */
function frames(list: readonly string[], type: string): { readonly [field: string]: unknown }[] {
  return list.map((frame) => JSON.parse(frame)).filter((message) => message.type === type)
}

/** Resolves when the room has accepted this many newer tokens. */
async function renewed({ network }: Person, times: number): Promise<void> {
  const answers = () => frames(network.received, 'auth').length
  await expect.poll(answers, { timeout: 20_000 }).toBeGreaterThanOrEqual(times)
}

function isRefused({ room }: Person): Promise<void> {
  return until(room, ['status'], () => room.status.status === 'refused')
}

describe('an expiring token', () => {
  it('is renewed again and again over one connection, and work continues beyond its expiry', async () => {
    const name = await here.make({ 'a.txt': '' })
    let asked = 0
    const token = () => {
      asked++
      return sign(name, { ms: 2_000 })
    }
    const start = Date.now()
    const ann = await here.join(name, { token })
    const file = await ann.room.open('a.txt')
    await renewed(ann, 3)
    while (Date.now() < start + 2_500) await renewed(ann, frames(ann.network.received, 'auth').length + 1)
    append(file, 'still here')
    await ann.room.settled()
    expect(ann.network.attempts).toHaveLength(1)
    const sent = frames(ann.network.sent, 'auth').map(({ token }) => token)
    expect(new Set(sent).size).toBe(sent.length)
    expect(asked).toBe(sent.length + 1)
  })

  it('may change the role, with immediate effect locally and for others', async () => {
    const name = await here.make({ 'a.txt': '' })
    let role: Role = 'editor'
    const ann = await here.join(name, { token: () => sign(name, { ms: 2_000, role }) })
    const bob = await here.join(name)
    await until(bob.room, ['peers'], () => bob.room.peers[0]?.role === 'editor')
    role = 'viewer'
    await until(ann.room, ['policy'], () => ann.room.me.role === 'viewer')
    expect(ann.room.canEdit).toBe(false)
    await until(bob.room, ['peers'], () => bob.room.peers[0]?.role === 'viewer')
    expect(ann.network.attempts).toHaveLength(1)
  })

  it('is requested again while the function returns the same one or none, until there is a newer one', async () => {
    const name = await here.make({})
    const old = await sign(name, { ms: 6_000 })
    let asked = 0
    const token = () => {
      asked++
      if (asked === 2) throw new Error('the identity provider is away')
      return asked < 5 ? old : sign(name, { ms: 60_000 })
    }
    const ann = await here.join(name, { token })
    const emitted = next(ann.room, 'error')
    await renewed(ann, 1)
    expect(await emitted).toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('provider is away'),
    })
    expect(asked).toBe(5)
    expect([ann.network.attempts.length, ann.room.status.status]).toEqual([1, 'connected'])
  })

  it('costs one reconnect when a newer one is only available after expiry, and no edits', async () => {
    const name = await here.make({ 'a.txt': '' })
    const old = await sign(name, { ms: 1_500 })
    const bob = await here.join(name)
    const his = await bob.room.open('a.txt')
    let isOver = false
    const ann = await here.join(name, { token: () => (isOver ? sign(name, { ms: 60_000 }) : old) })
    ann.room.on('status', ({ code }) => {
      isOver ||= code === 4401
    })
    const hers = await ann.room.open('a.txt')
    await until(ann.room, ['status'], () => ann.room.status.status === 'reconnecting')
    expect(ann.room.status).toMatchObject({ code: 4401, reason: expect.stringContaining('expired') })
    append(hers, 'typed meanwhile')
    await reads(his, 'typed meanwhile')
    expect([ann.network.closes, ann.network.attempts.length]).toEqual([[4401], 2])
    await until(ann.room, ['status'], () => ann.room.status.status === 'connected')
  })

  it('is final when the function has no newer one: called once more, then refused', async () => {
    const name = await here.make({ 'a.txt': '' })
    const old = await sign(name, { ms: 1_500 })
    const ann = await here.join(name, { token: () => old })
    const file = await ann.room.open('a.txt')
    await isRefused(ann)
    expect(ann.room.status).toMatchObject({ code: 4401 })
    expect([ann.network.closes, ann.network.attempts.length]).toEqual([[4401, 4401], 2])
    expect(() => append(file, '!')).toThrow(expect.objectContaining({ code: 'unauthenticated' }))
  })

  it('is final at once when it was given as a string', async () => {
    const name = await here.make({})
    const ann = await here.join(name, { token: await sign(name, { ms: 1_500 }) })
    await isRefused(ann)
    expect([ann.network.closes, ann.network.attempts.length]).toEqual([[4401], 1])
    expect(frames(ann.network.sent, 'auth')).toEqual([])
  })

  it('cannot be replaced with another user’s', async () => {
    const name = await here.make({})
    let user = 'ann'
    const ann = await here.join(name, { token: () => sign(name, { ms: 2_000, user }) })
    user = 'bob'
    await isRefused(ann)
    expect(ann.room.status).toMatchObject({ code: 4403, reason: expect.stringContaining('another user') })
    expect(ann.network.attempts).toHaveLength(1)
  })
})

describe('a refused token', () => {
  it('[T1] is requested once more when it comes from a function', async () => {
    const name = await here.make({})
    const answers = ['not.a.token', await sign(name, { ms: 60_000 })]
    let asked = 0
    const { room, network } = await here.join(name, { token: () => answers[asked++] ?? '' })
    expect([room.me.user, asked, network.closes]).toEqual(['ann', 2, [4401]])
  })

  it('is final the second time, and at once for a string', async () => {
    const name = await here.make({})
    let asked = 0
    const token = () => `not.a.token${++asked}`
    await expect(here.join(name, { token })).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(asked).toBe(2)
    const refused = await here.join(name, { token: 'not.a.token' }).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(SdkError)
    expect(refused).toMatchObject({ code: 'unauthenticated' })
  })

  it('may be refused again after another was accepted, over a much later connection', async () => {
    const name = await here.make({})
    const good = await sign(name, { ms: 60_000 })
    const answers = ['not.a.token', good, 'not.a.token', good]
    let asked = 0
    const { room, network } = await here.join(name, { token: () => answers[asked++] ?? '' })
    network.cut()
    network.restore()
    await until(room, ['status'], () => room.status.status === 'connected')
    expect([asked, network.closes]).toEqual([4, [4401, 4401]])
  })
})
