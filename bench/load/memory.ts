/**
 * Memory of a live room: opens many rooms, each with one client that types, and divides the growth by
 * their number. Some rooms are opened before, so that one-time costs do not count; everyone types shortly
 * before the measurement, so that no object hibernates; and the minimum of several samples is used,
 * because of garbage collection.
 */
import type { Adapter, LoadClient } from '../adapters/adapter.ts'
import { QUIET } from '../adapters/adapter.ts'
import { rounded } from '../lib/numbers.ts'
import { usageOf } from '../lib/processes.ts'
import type { Figures, Params } from './job.ts'
import { textOf } from './texts.ts'

const FILE_BYTES = 10_000
const BEFORE = 20
const TOGETHER = 8
/** Number of memory samples, and ms between them. */
const LOOKS = 5
const LOOK_MS = 400

export async function memory(adapter: Adapter, server: number, params: Params): Promise<Figures> {
  const count = params.number('rooms')
  const rooms: TypedRoom[] = []
  for (let i = 0; i < BEFORE; i += TOGETHER) rooms.push(...(await openRooms(adapter, i, TOGETHER)))
  await typeInAll(rooms)
  const before = await leastRss(server, params.number('looks', LOOKS))
  const from = rooms.length
  for (let i = 0; i < count; i += TOGETHER) rooms.push(...(await openRooms(adapter, from + i, TOGETHER)))
  await typeInAll(rooms)
  const after = await leastRss(server, params.number('looks', LOOKS))
  const last = rooms.at(-1)
  const joined = last === undefined ? null : await adapter.join(last.name)
  const lost =
    joined === null || last === undefined ? Number.NaN : FILE_BYTES + last.typed - joined.text.length
  for (const { client } of rooms) client.close()
  return { kbPerRoom: rounded((after - before) / (rooms.length - from), 0), lost }
}

interface TypedRoom {
  readonly name: string
  readonly client: LoadClient
  typed: number
  acked(): void
}

function openRooms(adapter: Adapter, from: number, count: number): Promise<TypedRoom[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const name = `memory-${from + i}`
      const unseed = await adapter.seed(name, textOf(FILE_BYTES))
      const client = await adapter.connect(name, 0, { ...QUIET, ack: () => room.acked() })
      unseed()
      const room: TypedRoom = { name, client, typed: 0, acked: () => {} }
      return room
    }),
  )
}

/** Types one letter in each room; resolves when all are acked. */
async function typeInAll(rooms: readonly TypedRoom[]): Promise<void> {
  await Promise.all(
    rooms.map(
      (room) =>
        new Promise<void>((resolve) => {
          room.acked = resolve
          room.client.send(room.typed++, FILE_BYTES >> 1, 'x')
        }),
    ),
  )
}

/** Minimum resident kB of workerd, or of the server if it has no workerd. */
export async function leastRss(server: number, looks = LOOKS): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < looks; i++) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    const { rssKb, workerdRssKb } = usageOf(server)
    least = Math.min(least, workerdRssKb > 0 ? workerdRssKb : rssKb)
  }
  return least
}
