/**
 * Several users in one browser [H4]: a copy is used only by its user, by the owner stored with it, before
 * anything of it is sent or shown. Everybody’s work survives.
 */
import { expect, it } from 'vitest'
import { connect } from '../../../client/index.ts'
import { whoseOf } from '../../../client/offline/owner.ts'
import { MemoryStorage } from '../../support/memory-storage.ts'
import { secretOf } from '../../support/secrets.ts'
import { append, count, has, type OwnedRoom, place, reads } from '../support/people.ts'

const here = place({ withoutDatabase: true })
const EMPTY = '[]'
/** Time in ms to join; longer than a room needs to become `offline` with a copy. */
const TRIES_MS = 4_500

const ANN = secretOf('ann')
const BOB = secretOf('bob')

/** A room with one file in which Ann typed offline; her page is gone. */
async function leftBy(token: string, owned?: OwnedRoom): Promise<{ name: string; storage: MemoryStorage }> {
  const name = owned?.room ?? (await here.make({ 'a.txt': '' }))
  const storage = new MemoryStorage()
  const { room, network } = await here.join(name, { storage, token })
  const file = await room.open('a.txt')
  network.cut()
  append(file, '<ann>')
  await storage.until((kept) => kept.includes('<ann>'))
  storage.crash()
  return { name, storage }
}

/** Joins without a network. */
function joinAway(name: string, storage: MemoryStorage, token: string | (() => string)) {
  return here.join(name, { storage, token, cut: true, connectMs: TRIES_MS })
}

it('[H4] [S3] an offline copy is shown only to its user, and each user’s work is committed under their name', async () => {
  const { name, storage } = await leftBy(ANN)
  await expect(joinAway(name, storage, BOB)).rejects.toMatchObject({ code: 'unreachable' })
  const ann = await joinAway(name, storage, ANN)
  const hers = await ann.room.open('a.txt')
  expect([ann.room.status.status, hers.text]).toEqual(['offline', '<ann>'])
  append(hers, '<more>')
  await storage.until((kept) => kept.includes('<more>'))
  storage.crash()
  const witness = await (await here.join(name)).room.open('a.txt')
  const authors = new Set<string | null>()
  witness.on('change', ({ user }) => authors.add(user))
  const bob = await here.join(name, { storage, token: BOB })
  append(await bob.room.open('a.txt'), '<bob>')
  await bob.room.settled()
  await reads(witness, '<bob>')
  const again = await here.join(name, { storage, token: ANN })
  await again.room.settled()
  await has(witness, '<ann><more>', '<bob>')
  expect(authors).toEqual(new Set([bob.room.me.user, again.room.me.user]))
  await storage.until((kept) => kept === EMPTY)
})

it('[H4] a copy still belongs to its user after the token was renewed', async () => {
  const owned = await here.own({ 'a.txt': '' })
  const tokens = [0, 1].map(() => here.invite(owned, { role: 'editor', user: 'ann' }))
  const [first = '', renewed = ''] = await Promise.all(tokens)
  expect(renewed).not.toBe(first)
  const { name, storage } = await leftBy(first, owned)
  const other = await here.invite(owned, { role: 'editor', user: 'bob' })
  await expect(joinAway(name, storage, other)).rejects.toMatchObject({ code: 'unreachable' })
  const ann = await joinAway(name, storage, () => renewed)
  expect((await ann.room.open('a.txt')).text).toBe('<ann>')
})

it('[H4] a copy is not used while the token function returns nothing offline', async () => {
  const { name, storage } = await leftBy(ANN)
  let isAway = true
  let asked = 0
  const token = () => {
    asked++
    if (isAway) throw new Error('the login server is away')
    return ANN
  }
  await expect(joinAway(name, storage, token)).rejects.toMatchObject({ code: 'unreachable' })
  expect(storage.kept).toContain('<ann>')
  isAway = false
  asked = 0
  const { room } = await here.join(name, { storage, token })
  expect(asked).toBe(1)
  await room.settled()
  expect((await room.open('a.txt')).text).toBe('<ann>')
})

it('[H4] a copy without a stored owner is used after the room has named the user', async () => {
  const { name, storage } = await leftBy(ANN)
  storage.rewrite('replica', (part) => {
    const { whose, ...older } = JSON.parse(part)
    expect(whose).toMatch(/^[0-9a-f]{64}$/)
    return JSON.stringify(older)
  })
  await expect(joinAway(name, storage, ANN)).rejects.toMatchObject({ code: 'unreachable' })
  const bob = await here.join(name, { storage, token: BOB })
  const his = await bob.room.open('a.txt')
  append(his, '<bob>')
  await bob.room.settled()
  expect([his.text, storage.kept.includes('<ann>')]).toEqual(['<bob>', true])
  const ann = await here.join(name, { storage, token: ANN })
  const hers = await ann.room.open('a.txt')
  await has(hers, '<ann>', '<bob>')
  expect(count(hers.text, '<ann>')).toBe(1)
  await storage.until((kept) => kept === EMPTY)
})

it('[H4] a copy stays with its user if the room maps a token to another user', async () => {
  const { name, storage } = await leftBy(ANN)
  storage.rewrite('replica', (part) => JSON.stringify({ ...JSON.parse(part), whose: whoseOf(BOB) }))
  const bob = await here.join(name, { storage, token: BOB })
  const his = await bob.room.open('a.txt')
  append(his, '<bob>')
  await bob.room.settled()
  expect([his.text, storage.kept.includes('<ann>')]).toEqual(['<bob>', true])
  const ann = await here.join(name, { storage, token: ANN })
  await has(await ann.room.open('a.txt'), '<ann>', '<bob>')
})

it('a copy has nothing from which a token could be derived', async () => {
  const owned = await here.own({ 'a.txt': '' })
  const token = await here.invite(owned, { role: 'editor', user: 'ann' })
  for (const shown of [ANN, token]) {
    const { storage } = await leftBy(shown, shown === token ? owned : undefined)
    for (const part of shown.split('.')) expect(storage.kept).not.toContain(part)
  }
})

it('a copy is not waited for after `connect` was aborted while the token function is pending', async () => {
  const stop = new AbortController()
  const socket = () => expect.unreachable('no socket is to be opened')
  const token = () => {
    stop.abort('enough')
    return new Promise<string>(() => {})
  }
  const { url } = here.stack
  const storage = new MemoryStorage()
  const joined = connect({ url, room: 'tea', token, socket, storage, signal: stop.signal })
  await expect(joined).rejects.toBe('enough')
})
