/** Blobs of old commits are in the archive. Reading one costs one row, not all later commits. */
import { expect, it } from 'vitest'
import { append, type } from '../client/support/people.ts'
import { faultyPlace } from './faulty-place.ts'
import { RawPerson } from './raw-person.ts'

// No call should time out here, however busy the machine is.
const here = faultyPlace({
  vars: { TAIL_COMMITS: '20', DATABASE_TIMEOUT_MS: '20000', FLUSH_LEASE_MS: '60000' },
})

const LARGE = 'large "and\\ full of 😀\n'.repeat(3_000)

/** A room whose commit `seq` has a blob and is far behind the tail, in an object that has just woken. */
async function withArchivedBlob() {
  const name = await here.make({ 'a.txt': '|' })
  const ann = await here.join(name)
  const file = await ann.room.open('a.txt')
  append(file, LARGE)
  await ann.room.settled()
  const { seq } = await here.status(name)
  for (let i = 0; i < 60; i++) {
    type(file, file.text.indexOf('|'), `<${i}>`)
    await ann.room.settled()
  }
  ann.room.close()
  expect((await here.flush(name)).status).toBe(200)
  await here.stack.restart()
  const raw = await RawPerson.join(here.stack.url, name)
  here.endpoint.calls.length = 0
  /** The ranges of commits read from the archive. */
  const asked = () => here.endpoint.of('commits', name).map(({ params }) => params.slice(1, 3).map(Number))
  return { name, seq, raw, asked }
}

it('[C6] fetches only the commit of the blob, however many came since', async () => {
  const { seq, raw, asked } = await withArchivedBlob()
  raw.say({ type: 'blob', blob: `${seq}-0` })
  const { content } = await raw.hear('blob')
  expect(JSON.parse(content)).toEqual([1, LARGE])
  expect(asked()).toEqual([[seq - 1, seq]])
  raw.say({ type: 'blob', blob: `${seq + 1}-0` })
  expect(await raw.hear('error')).toMatchObject({ code: 'no_such_blob', about: `${seq + 1}-0` })
  expect(asked()).toEqual([
    [seq - 1, seq],
    [seq, seq + 1],
  ])
  await raw.leave()
})

it('[C6] finds a blob by its id alone, and reads no other commit', async () => {
  const { seq, raw, asked } = await withArchivedBlob()
  const others = [
    ...[`0${seq}-0`, `${seq}-00`, `${seq}-0-0`, `${seq}e0-0`, `${seq}.0-0`, `0x${seq.toString(16)}-0`],
    ...[`${seq}`, `${seq}-`, '0-0', '9007199254740993-0', `${seq + 1_000}-0`],
  ]
  for (const blob of others) {
    raw.say({ type: 'blob', blob })
    await raw.hear('error', ({ about }) => about === blob)
  }
  expect(raw.all('blob')).toEqual([])
  expect(asked()).toEqual([])
  await raw.leave()
})
