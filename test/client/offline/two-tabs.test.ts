/**
 * One client id in two tabs: the newer continues, the older stops permanently, and nothing is in the log
 * twice.
 */
import { expect, it } from 'vitest'
import type { SdkError } from '../../../client/index.ts'
import { LiveRoom } from '../../../client/room.ts'
import { Replica } from '../../../core/replica/replica.ts'
import { secretOf } from '../../support/secrets.ts'
import { Network } from '../support/network.ts'
import { append, count, type Person, place, reads, until } from '../support/people.ts'

const here = place({ withoutDatabase: true })

/** A tab with a given client id. */
async function tab(name: string, client: string): Promise<Person> {
  const network = new Network()
  const url = `${here.stack.url.replace(/^http/, 'ws')}/api/rooms/${name}/connect`
  const target = { url, token: () => secretOf(client), socket: network.factory }
  const start = { replica: new Replica(client), persist: null, isResumed: false, unsynced: [] }
  const room = new LiveRoom(name, target, start)
  await until(room, ['status'], () => room.status.status === 'connected')
  return { room, network }
}

it('[H5] [S3] the older tab stops; its submissions are in the log once, and the newer continues from there', async () => {
  const name = await here.make({ 'a.txt': '' })
  const client = crypto.randomUUID()
  const witness = await here.join(name)
  const seen = await witness.room.open('a.txt')
  const older = await tab(name, client)
  const hers = await older.room.open('a.txt')
  // Its ack never arrives, and more waits behind it.
  older.network.deafen()
  append(hers, '<in flight>')
  await reads(seen, '<in flight>')
  append(hers, '<unsent>')
  const settled = older.room.settled().catch((error: SdkError) => error.code)
  const newer = await tab(name, client)
  await until(older.room, ['status'], () => older.room.status.status === 'refused')
  expect(older.room.status).toMatchObject({ code: 4409 })
  expect(older.network.closes).toEqual([4409])
  expect(await settled).toBe('replaced')
  expect(() => append(hers, '<late>')).toThrow(expect.objectContaining({ code: 'replaced' }))
  const file = await newer.room.open('a.txt')
  expect(file.text).toBe('<in flight>')
  for (const token of ['<1>', '<2>', '<3>']) {
    append(file, token)
    await newer.room.settled()
  }
  await reads(seen, '<in flight><1><2><3>')
  expect(await here.read(name, 'a.txt')).toBe('<in flight><1><2><3>')
  const numbers = witness.network.received
    .map((frame) => JSON.parse(frame))
    .filter(({ type }) => type === 'commit')
    .flatMap(({ entries }) => entries)
    .filter((entry) => entry.client === client)
    .map(({ n }) => n)
  expect(numbers).toEqual([1, 2, 3, 4])
  // It never reconnected, which would have closed the newer tab.
  expect(older.network.attempts).toHaveLength(1)
  expect(newer.room.status.status).toBe('connected')
  newer.room.close()
})

it('[H5] refuses submissions of the older tab after the newer has joined', async () => {
  const name = await here.make({ 'a.txt': '' })
  const client = crypto.randomUUID()
  const older = await tab(name, client)
  const hers = await older.room.open('a.txt')
  older.network.hold()
  append(hers, '<held>')
  const newer = await tab(name, client)
  const file = await newer.room.open('a.txt')
  append(file, '<newer>')
  older.network.release()
  await until(older.room, ['status'], () => older.room.status.status === 'refused')
  await newer.room.settled()
  const text = await here.read(name, 'a.txt')
  expect([text, count(text, '<held>')]).toEqual(['<newer>', 0])
  expect(older.room.status.pending).toBe(1)
  newer.room.close()
})
