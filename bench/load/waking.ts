/**
 * The first op in hibernated rooms: each has a large file and one client, which is idle until the platform
 * evicts the object. That it was evicted is verified afterwards by its instance id. The server has a
 * database, as in a deployment.
 */
import { EdgeroomClient, flushRoom, makeRoom, probe } from '../adapters/edgeroom-client.ts'
import { median, rounded } from '../lib/numbers.ts'
import type { Figures, Params } from './job.ts'
import { textOf } from './texts.ts'

/** workerd evicts an object after 10 s of inactivity. */
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
  if (slept < times.length) throw new Error(`only ${slept} of ${times.length} rooms hibernated`)
  return {
    firstAckMs: rounded(median(times)),
    slowestFirstAckMs: rounded(Math.max(...times)),
    awakeAckMs: rounded(median(awakeTimes)),
    rooms: times.length,
    lost,
  }
}
