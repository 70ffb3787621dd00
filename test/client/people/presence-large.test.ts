/** Presence that is invalid or too large: refused by the call, without ending the room. */
import { expect, it } from 'vitest'
import type { SocketLike } from '../../../client/types.ts'
import { Network } from '../support/network.ts'
import { append, ownPlace, until } from '../support/people.ts'

const here = ownPlace({ withoutDatabase: true, vars: { MAX_PRESENCE_UNITS: '500', MAX_SELECTIONS: '3' } })

async function two() {
  const name = await here.make({ 'a.txt': 'text' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  return { name, ann, bob, file: await ann.room.open('a.txt'), his: await bob.room.open('a.txt') }
}

const range = { anchor: 0, head: 1 }

it.each([
  ['more units than a message may have', { data: { x: 'x'.repeat(500) } }, 'presence_too_large'],
  ['more selections than allowed', { selections: [range, range, range, range] }, 'presence_too_large'],
  [
    'data with too many levels',
    { data: { x: JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`) } },
    'presence_too_large',
  ],
  ['a path in place of an id', { file: 'src/a.txt' }, 'bad_presence'],
  ['half a unit', { selections: [{ anchor: 0.5, head: 1 }] }, 'bad_presence'],
  ['NaN', { viewport: { anchor: 0, head: Number.NaN } }, 'bad_presence'],
  ['a list as data', { data: [] as never }, 'bad_presence'],
  ['data that is not JSON', { data: { x: 1n } }, 'bad_presence'],
])('[P1] throws for %s, sends nothing, and the room goes on', async (_, whereabouts, code) => {
  const { name, ann, bob, file } = await two()
  ann.room.setPresence({ file: file.file, selections: [range], data: { tool: 'pen' } })
  await until(bob.room, ['peers'], () => bob.room.peers[0]?.data.tool === 'pen')
  const { length } = ann.network.sent
  expect(() => ann.room.setPresence(whereabouts)).toThrow(expect.objectContaining({ name: 'SdkError', code }))
  append(file, '!')
  await ann.room.settled()
  const sent = ann.network.sent.slice(length).filter((frame) => frame.includes('"presence"'))
  expect(sent).toEqual([])
  expect(bob.room.peers[0]).toMatchObject({ file: file.file, data: { tool: 'pen' } })
  expect(await here.read(name, 'a.txt')).toBe('text!')
  expect(ann.network.closes).toEqual([])
})

it('[P1] emits an error for presence that the room finds too large, and the room goes on', async () => {
  const name = await here.make({ 'a.txt': 'text' })
  const network = new Network()
  let socket: SocketLike | undefined
  const { room } = await here.join(name, {
    socket: (url, protocols) => {
      socket = network.factory(url, protocols)
      return socket
    },
  })
  const file = await room.open('a.txt')
  const errors: unknown[] = []
  room.on('error', (error) => errors.push(error))
  const data = { x: 'x'.repeat(500) }
  socket?.send(JSON.stringify({ type: 'presence', seq: 1, file: null, selections: [], data }))
  await until(room, ['error'], () => errors.length > 0)
  expect(errors).toMatchObject([{ code: 'presence_too_large' }])
  append(file, '!')
  await room.settled()
  expect(network.closes).toEqual([])
})
