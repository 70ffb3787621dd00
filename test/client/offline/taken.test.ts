/**
 * A client id taken by somebody else [H4]: the SDK chooses another one, and nothing is lost or done twice.
 */
import { expect, it } from 'vitest'
import type { Unsynced } from '../../../client/index.ts'
import type { ServerMessage } from '../../../core/protocol/messages.ts'
import { RawPerson } from '../../faults/raw-person.ts'
import { MemoryStorage } from '../../support/memory-storage.ts'
import { secretOf } from '../../support/secrets.ts'
import { append, count, has, type Person, place, reads, until } from '../support/people.ts'

const here = place({ withoutDatabase: true })
const EMPTY = '[]'

/** The client ids in the hellos of somebody’s connections. */
function idsOf({ network }: Pick<Person, 'network'>): string[] {
  const said = network.sent.map((frame) => JSON.parse(frame)).filter(({ type }) => type === 'hello')
  return said.map(({ client }) => client)
}

/** The users of the commits that somebody received. */
function entriesIn(witness: Person) {
  const messages = witness.network.received.map((frame) => JSON.parse(frame) as ServerMessage)
  return messages.flatMap((message) => (message.type === 'commit' ? message.entries : []))
}

/** Joins with somebody else’s client id, under a different secret. */
function impostor(name: string, client: string): Promise<RawPerson> {
  return RawPerson.join(here.stack.url, name, { client })
}

it('[H4] a client that was away without commits continues under another id, and all its typing arrives once', async () => {
  const name = await here.make({ 'a.txt': '' })
  const witness = await here.join(name)
  const seen = await witness.room.open('a.txt')
  const ann = await here.join(name)
  await until(witness.room, ['peers'], () => witness.room.peers.length === 1)
  const taken = witness.room.peers[0]?.client ?? ''
  const file = await ann.room.open('a.txt')
  ann.network.cut()
  await until(witness.room, ['peers'], () => witness.room.peers.length === 0)
  const thief = await impostor(name, taken)
  thief.submit(1_000_000, 1, { type: 'create', file: 'theirs', path: 'theirs.txt', text: '' })
  await thief.hear('commit')
  append(file, '<1>')
  ann.room.create('b.txt', 'new')
  append(file, '<2>')
  ann.network.restore()
  await ann.room.settled()
  await reads(seen, '<1><2>')
  expect(await here.read(name, 'b.txt')).toBe('new')
  expect(ann.room.status).toMatchObject({ status: 'connected', pending: 0 })
  const ids = idsOf(ann)
  expect(ids.slice(0, 2)).toEqual([taken, taken])
  expect(ids.at(-1)).not.toBe(taken)
  const { user } = ann.room.me
  expect(
    new Set(
      entriesIn(witness)
        .filter((entry) => entry.user === user)
        .map(({ client }) => client),
    ),
  ).toEqual(new Set([ids.at(-1)]))
  // And from then on as usual.
  ann.network.cut()
  append(file, '<3>')
  ann.network.restore()
  await reads(seen, '<1><2><3>')
})

it('[H4] work in flight is handed back when the token is now another user’s, and the rest is sent', async () => {
  const name = await here.make({ 'a.txt': '' })
  const seen = await (await here.join(name)).room.open('a.txt')
  let token = secretOf('ann')
  const ann = await here.join(name, { token: () => token })
  const file = await ann.room.open('a.txt')
  const handed: Unsynced[] = []
  ann.room.on('unsynced', (unsynced) => handed.push(unsynced))
  // It is committed, and she does not receive the ack.
  ann.network.deafen()
  append(file, '<in flight>')
  await reads(seen, '<in flight>')
  append(file, '<unsent>')
  token = secretOf('bob')
  ann.network.cut()
  ann.network.restore()
  await ann.room.settled()
  await has(seen, '<unsent>')
  expect(seen.text.split('>').sort()).toEqual(['', '<in flight', '<unsent'])
  expect(handed).toMatchObject([{ reason: 'other_user', path: 'a.txt', typed: ['<in flight>'] }])
  expect(file.text).toBe(seen.text)
})

it('[H4] [S3] stored work is sent by the next page under another id, and not again by later pages', async () => {
  const name = await here.make({ 'a.txt': '' })
  const storage = new MemoryStorage()
  const page = (cut = false) => here.join(name, { storage, token: secretOf('ann'), cut })
  const witness = await here.join(name)
  const seen = await witness.room.open('a.txt')
  const first = await page()
  const file = await first.room.open('a.txt')
  const [taken = ''] = idsOf(first)
  first.network.cut()
  append(file, '<kept>')
  await storage.until((kept) => kept.includes('<kept>'))
  storage.crash()
  await until(witness.room, ['peers'], () => witness.room.peers.length === 0)
  await impostor(name, taken)
  const second = await page()
  // Nothing is sent under the new id before the copy has it: whatever happens to this page, the next one
  // knows it.
  await has(seen, '<kept>')
  storage.crash()
  const third = await page()
  await third.room.settled()
  const text = await here.read(name, 'a.txt')
  expect([text, count(text, '<kept>')]).toEqual(['<kept>', 1])
  expect(idsOf(second).at(-1)).not.toBe(taken)
  await storage.until((kept) => kept === EMPTY)
})

it('[H4] the copy of another user of the same browser stays theirs, also without commits', async () => {
  const name = await here.make({ 'a.txt': '' })
  const storage = new MemoryStorage()
  const page = (who: string) => here.join(name, { storage, token: secretOf(who) })
  const ann = await page('ann')
  const file = await ann.room.open('a.txt')
  ann.network.cut()
  append(file, '<ann>')
  await storage.until((kept) => kept.includes('<ann>'))
  storage.crash()
  const bob = await page('bob')
  const his = await bob.room.open('a.txt')
  append(his, '<bob>')
  await bob.room.settled()
  expect(his.text).toBe('<bob>')
  expect(storage.kept).toContain('<ann>')
  const again = await page('ann')
  await again.room.settled()
  await has(his, '<ann>', '<bob>')
})
