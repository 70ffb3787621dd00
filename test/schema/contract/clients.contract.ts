/** Clients of a room: loading, looking up and forgetting them. */

import { describe, expect, it } from 'vitest'
import { CLIENTS_AT_LOAD } from '../../../schema/store.ts'
import { batchOf, clientOf, commitOf } from './samples.ts'
import type { StoreUnderTest } from './under-test.ts'

const HOUR_MS = 3_600_000

export function describeClients(tested: StoreUnderTest): void {
  describe('keeps the last submission of each client', () => {
    it('[S3] and loads a thousand of them with the room, and each of the others on request', async () => {
      const { store } = tested
      const room = tested.newRoom()
      const clients = Array.from({ length: CLIENTS_AT_LOAD }, (_, at) => clientOf(`client-${at}`, at + 1, 1))
      await store.flush(batchOf(room, 1, { commits: [commitOf(1)], clients }))
      const all = await store.load(room)
      expect([all?.clients.length, all?.hasMoreClients]).toEqual([CLIENTS_AT_LOAD, false])
      const late = clientOf('zz-late', 7, 2)
      await store.flush(batchOf(room, 2, { base: 1, commits: [commitOf(2)], clients: [late] }))
      const some = await store.load(room)
      expect([some?.clients.length, some?.hasMoreClients]).toEqual([CLIENTS_AT_LOAD, true])
      expect(await store.client(room, 'zz-late')).toEqual(late)
      expect(await store.client(room, 'client-0')).toEqual(clients[0])
      expect(await store.client(room, 'nobody')).toBeNull()
      expect(await store.client(tested.newRoom(), 'zz-late')).toBeNull()
    })

    it('and deletes old ones, once a flush that says so is stored', async () => {
      const { store } = tested
      const room = tested.newRoom()
      const flush = (base: number, client: string, forgetsBefore: number | null, isWhole = true) => {
        const seq = base + 1
        const clients = [clientOf(client, 1, seq)]
        return store.flush(
          batchOf(room, seq, { base, commits: [commitOf(seq)], clients, forgetsBefore, isWhole }),
        )
      }
      const known = async () => (await store.load(room))?.clients.map(({ client }) => client).sort()
      await flush(0, 'one', Date.now() + HOUR_MS)
      await flush(1, 'two', Date.now() - HOUR_MS)
      expect(await known()).toEqual(['one', 'two'])
      await flush(2, 'three', Date.now() + HOUR_MS, false)
      expect(await known()).toEqual(['one', 'two'])
      await flush(2, 'three', Date.now() + HOUR_MS)
      expect(await known()).toEqual(['three'])
    })
  })
}
