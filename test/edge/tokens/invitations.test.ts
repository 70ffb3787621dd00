/**
 * Tokens that a room lists and its owner revokes, one at a time or all at once. Rules A8, A9, A11 and R10 to
 * R12.
 */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { signToken } from '../../../auth/tokens.ts'
import { tokenRulesOf } from '../../../durable-objects/settings/token-rules.ts'
import { secretOf } from '../../support/secrets.ts'
import { Deployment, SECRET } from '../deployment.ts'
import { codeOf, OwnedRoom } from '../owned-room.ts'
import { RawClient, request } from '../raw-client.ts'
import { OURS, sign } from './makers.ts'

interface Listed {
  readonly id: string
  readonly user: string
  readonly name: string
  readonly role: string
  readonly at: number
  readonly expires: number
}

interface Made {
  readonly id: string
  readonly token: string
  readonly user: string
  readonly expires: number
}

const rules = tokenRulesOf({ ENVIRONMENT: 'local' })

function ask(room: OwnedRoom, method: string, path = '', body?: object, token = room.token) {
  const headers = { Authorization: `Bearer ${token}` }
  const init = body === undefined ? {} : { body: JSON.stringify(body) }
  return request(`/api/rooms/${room.name}/tokens${path}`, { method, headers, ...init })
}

async function list(room: OwnedRoom, token = room.token): Promise<readonly Listed[]> {
  const answer = await ask(room, 'GET', '', undefined, token)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('Cache-Control')).toBe('no-store')
  return (await answer.json<{ tokens: Listed[] }>()).tokens
}

async function invite(room: OwnedRoom, body: object = { role: 'editor' }): Promise<Made> {
  const answer = await ask(room, 'POST', '', body)
  expect(answer.status).toBe(201)
  return answer.json()
}

const statusOf = async (room: OwnedRoom, token: string) =>
  (await request(`/api/rooms/${room.name}`, { headers: { Authorization: `Bearer ${token}` } })).status

describe('[A11] the list of the tokens of a room', () => {
  it('has the owner’s and each invitation, oldest first, without the tokens themselves', async () => {
    const room = await OwnedRoom.make()
    const ada = await invite(room, { role: 'viewer', user: 'ada', name: 'Ada', expiresInS: 60 })
    const tokens = await list(room)
    expect(tokens).toEqual([
      expect.objectContaining({ name: 'Olga', role: 'owner' }),
      {
        id: ada.id,
        user: 'ada',
        name: 'Ada',
        role: 'viewer',
        at: ada.expires - 60_000,
        expires: ada.expires,
      },
    ])
    expect(JSON.stringify(tokens)).not.toMatch(/eyJ|\.[\w-]{20}/)
    const { welcome } = await room.owner()
    expect(Object.keys(welcome.policy.invitations)).toEqual(tokens.map(({ id }) => id))
  })

  it('is only for the owner, and so is revoking', async () => {
    const room = await OwnedRoom.make({}, 'edit')
    const { id, token } = await invite(room)
    for (const shown of [token, secretOf('one')]) {
      for (const [method, path] of [
        ['GET', ''],
        ['DELETE', `/${id}`],
        ['POST', '/revoke'],
      ] as const) {
        expect(await codeOf(await ask(room, method, path, undefined, shown))).toBe('403 forbidden')
      }
    }
    expect(await codeOf(await request('/api/rooms/nowhere/tokens'))).toBe('404 no_such_room')
    expect(await statusOf(room, token)).toBe(200)
  })

  it('survives hibernation', async () => {
    const room = await OwnedRoom.make()
    const other = await invite(room)
    const gone = await invite(room)
    expect((await ask(room, 'DELETE', `/${gone.id}`)).status).toBe(204)
    const object = env.ROOM.getByName(room.name)
    await runInDurableObject(object, () => {})
    await evictDurableObject(object)
    expect((await list(room)).map(({ id }) => id)).toContain(other.id)
    expect(await statusOf(room, other.token)).toBe(200)
    expect(await statusOf(room, gone.token)).toBe(401)
  })
})

describe('[R12] a revoked token', () => {
  it('closes its sockets with 4401 at once, opens nothing any more, and does not affect others', async () => {
    const room = await OwnedRoom.make({ 'a.txt': '' })
    const [one, other] = [
      await invite(room, { role: 'editor', user: 'ada' }),
      await invite(room, { role: 'editor', user: 'ada' }),
    ]
    const gone = await RawClient.join(room.name, { token: one.token })
    const stays = await RawClient.join(room.name, { token: other.token })
    expect((await ask(room, 'DELETE', `/${one.id}`)).status).toBe(204)
    expect(await gone.closed).toMatchObject({ code: 4401, reason: expect.stringContaining('revoked') })
    expect(await (await RawClient.open(room.name, { token: one.token })).closed).toMatchObject({ code: 4401 })
    expect(
      await codeOf(
        await request(`/api/rooms/${room.name}`, { headers: { Authorization: `Bearer ${one.token}` } }),
      ),
    ).toBe('401 unauthenticated')
    await stays.commit([{ type: 'edit', file: stays.fileAt('a.txt'), op: ['still here'] }])
    expect(await codeOf(await ask(room, 'DELETE', `/${one.id}`))).toBe('404 no_such_token')
    expect(await codeOf(await ask(room, 'DELETE', '/constructor'))).toBe('404 no_such_token')
  })

  it('is not accepted over a socket that another token opened', async () => {
    const room = await OwnedRoom.make()
    const [one, other] = [
      await invite(room, { role: 'editor', user: 'ada' }),
      await invite(room, { role: 'editor', user: 'ada' }),
    ]
    const raw = await RawClient.join(room.name, { token: other.token })
    await ask(room, 'DELETE', `/${one.id}`)
    raw.send({ type: 'auth', token: one.token })
    expect(await raw.closed).toMatchObject({ code: 4401 })
  })

  it('can also be revoked by the owner over a socket', async () => {
    const room = await OwnedRoom.make()
    const { id, token } = await invite(room)
    const gone = await RawClient.join(room.name, { token })
    await (await room.owner()).commit([{ type: 'revoke', token: id }])
    expect(await gone.closed).toMatchObject({ code: 4401 })
    expect(await statusOf(room, token)).toBe(401)
  })

  it('cannot be renewed: a stolen owner’s token is worthless once revoked', async () => {
    const room = await OwnedRoom.make()
    const [first] = await list(room)
    const again = await invite(room, { role: 'editor', user: first?.user })
    expect((await ask(room, 'DELETE', `/${first?.id}`, undefined, again.token)).status).toBe(204)
    expect(await codeOf(await ask(room, 'POST', '', { role: 'editor', user: first?.user }))).toBe(
      '401 unauthenticated',
    )
    expect((await list(room, again.token)).map(({ id }) => id)).toEqual([again.id])
  })

  it('cannot be restored by a client: a room lists only what its own API has signed', async () => {
    const room = await OwnedRoom.make()
    const owner = await room.owner()
    owner.submit([
      { type: 'invite', token: 't1', user: 'ada', name: 'Ada', role: 'editor', expires: 9e12, at: 1 },
    ])
    expect(await owner.closed).toMatchObject({ code: 4400 })
  })
})

describe('[A11] all tokens at once', () => {
  it('are revoked with one request, which returns a new one for the owner', async () => {
    const room = await OwnedRoom.make({}, 'edit')
    const ada = await invite(room)
    const older = await signToken(
      { user: 'ben', name: 'Ben', room: room.name, role: 'editor', expiresAt: Date.now() + 60_000 },
      rules,
    )
    const everywhere = await sign({ ...OURS, role: 'owner' }, { key: await rules.secret })
    const tokens = [room.token, ada.token, older, everywhere]
    const sockets = await Promise.all(tokens.map((token) => RawClient.join(room.name, { token })))
    const guest = await RawClient.join(room.name)
    const answer = await ask(room, 'POST', '/revoke')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    const fresh = await answer.json<Made>()
    for (const { closed } of sockets) expect(await closed).toMatchObject({ code: 4401 })
    for (const token of tokens) expect(await statusOf(room, token)).toBe(401)
    expect((await RawClient.join(room.name, { token: fresh.token })).welcome).toMatchObject({
      role: 'owner',
      user: sockets[0]?.welcome.user,
    })
    expect((await list(room, fresh.token)).map(({ id }) => id)).toEqual([fresh.id])
    await guest.commit([{ type: 'chat', text: 'a guest has no token to take back' }])
  })
})

describe('[R10] [R11] banning', () => {
  it('closes a user with 4403, who cannot return with another token', async () => {
    const room = await OwnedRoom.make()
    const owner = await room.owner()
    const ada = await room.join('ada')
    await owner.commit([{ type: 'ban', user: 'ada', on: true }])
    expect(await ada.receive('commit')).toMatchObject({
      entries: [{ changes: [{ type: 'ban', user: 'ada', on: true, at: expect.any(Number) }] }],
    })
    expect(await ada.closed).toMatchObject({ code: 4403, reason: expect.stringContaining('kept out') })
    const again = await room.invite('ada')
    expect(await (await RawClient.open(room.name, { token: again })).closed).toMatchObject({ code: 4403 })
    expect(await statusOf(room, again)).toBe(403)
    await owner.commit([{ type: 'ban', user: 'ada', on: false }])
    expect((await RawClient.join(room.name, { token: again })).welcome.role).toBe('editor')
  })

  it('of all guests closes them with 4401, until the owner allows them again', async () => {
    const room = await OwnedRoom.make({}, 'edit')
    const owner = await room.owner()
    const token = secretOf('one')
    const [guest, ada] = [await RawClient.join(room.name, { token }), await room.join('ada')]
    await owner.commit([{ type: 'guests', on: false }])
    expect(await guest.closed).toMatchObject({ code: 4401, reason: expect.stringContaining('guests') })
    for (const secret of [token, secretOf('another')]) {
      expect(await (await RawClient.open(room.name, { token: secret })).closed).toMatchObject({ code: 4401 })
      expect(await statusOf(room, secret)).toBe(401)
    }
    await ada.commit([{ type: 'chat', text: 'still here' }])
    await owner.commit([{ type: 'guests', on: true }])
    expect((await RawClient.join(room.name, { token })).welcome.role).toBe('editor')
  })
})

describe('[A3] [A9] beside an identity provider', () => {
  const provided = new Deployment({
    AUTH_SECRET: SECRET,
    AUTH_JWKS_URL: 'https://id.example/keys',
    AUTH_ISSUER: 'https://id.example/',
    AUTH_AUDIENCE: 'edgeroom',
  })
  const post = async (path: string, body: object, token: string) =>
    provided.request(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { Authorization: `Bearer ${token}` },
    })

  it('an owner cannot make somebody one of its users by naming them', async () => {
    const made = await (await post('/api/rooms', {}, await sign(OURS))).json<Made & { room: string }>()
    const path = `/api/rooms/${made.room}/tokens`
    const invited = await (await post(path, { role: 'editor', user: 'alice' }, made.token)).json<Made>()
    expect(invited.user).toBe('~alice')
    const again = await (await post(path, { role: 'editor', user: '~alice' }, made.token)).json<Made>()
    expect(again.user).toBe('~alice')
    expect(await codeOf(await post(path, { role: 'editor', user: 'x'.repeat(128) }, made.token))).toBe(
      '400 bad_user',
    )
  })

  it('a token signed by the deployment cannot renew itself', async () => {
    const made = await (await post('/api/rooms', {}, await sign(OURS))).json<Made & { room: string }>()
    expect(made.user).toBe('ada')
    const path = `/api/rooms/${made.room}/tokens`
    expect((await post(path, { role: 'editor', user: 'ada' }, made.token)).status).toBe(401)
    const revoked = await post(`${path}/revoke`, {}, made.token)
    expect([revoked.status, await revoked.json()]).toEqual([
      200,
      { user: 'ada', id: null, token: null, expires: null },
    ])
    expect(await codeOf(await post(path, { role: 'editor' }, made.token))).toBe('401 unauthenticated')
  })
})
