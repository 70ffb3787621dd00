/**
 * The first op into rooms that sleep: each has one large file and one client, and nobody does anything until the platform has let go of the
 * objects. That they slept is seen by asking, afterwards, which instance answers. The server has a database, as a deployment has.
 */
import { EdgeroomClient, flushRoom, makeRoom, probe } from '../adapters/edgeroom-client.ts'
import { median, rounded } from '../lib/numbers.ts'
import type { Figures, Params } from './job.ts'
import { textOf } from './texts.ts'

/** workerd lets go of an object that did nothing for 10 s. */
const SLEEP_MS = 13_000

export async function waking(url: string, params: Params): Promise<Figures> {
  const bytes = params.number('bytes')
  const sleepers = []
  for (let i = 0; i < params.number('rooms'); i++) {
    const room = `sleeper-${i}`
    await makeRoom(url, room, { 'main.txt': textOf(bytes) })
    let acked = () => {}
    const client = await EdgeroomClient.join(url, room, 0, {
      commit: () => acked(),
      closed(reason) {
        throw new Error(reason)
      },
    })
    const file = client.files[0]?.file ?? ''
    await client.open(file)
    const type = (n: number) =>
      new Promise<number>((resolve) => {
        const started = performance.now()
        acked = () => resolve(performance.now() - started)
        client.submit(n, [{ type: 'edit', file, op: [bytes >> 1, 'x'] }])
      })
    await type(1)
    await flushRoom(url, room)
    sleepers.push({ room, client, file, type, instance: (await probe(url, room)).instance })
  }
  await new Promise((resolve) => setTimeout(resolve, SLEEP_MS))
  const times: number[] = []
  const awakeTimes: number[] = []
  let slept = 0
  let lost = 0
  for (const { room, client, file, type, instance } of sleepers) {
    times.push(await type(2))
    awakeTimes.push(await type(3))
    if ((await probe(url, room)).instance !== instance) slept++
    lost += bytes + 3 - (await client.open(file)).length
    client.close()
  }
  if (slept < times.length) throw new Error(`of ${times.length} rooms only ${slept} slept`)
  return {
    firstAckMs: rounded(median(times)),
    slowestFirstAckMs: rounded(Math.max(...times)),
    awakeAckMs: rounded(median(awakeTimes)),
    rooms: times.length,
    lost,
  }
}
