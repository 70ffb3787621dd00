/** A cold room is loaded once, completely or not at all, and its texts are fetched on demand. */
import { expect, it } from 'vitest'
import { append, POLL, pathsOf } from '../client/support/people.ts'
import { Gate } from '../support/servers/faulty-endpoint.ts'
import { cutOff, faultyPlace, upTo } from './faulty-place.ts'
import { RawPerson } from './raw-person.ts'

const here = faultyPlace()

/** A room that only Postgres has. Also resets the recorded calls. */
async function cold(files: Record<string, string>): Promise<string> {
  const name = await here.make(files)
  await here.flushed(name)
  await here.stack.forget()
  here.endpoint.calls.length = 0
  return name
}

it('loads a cold room once for concurrent joins', async () => {
  const name = await cold({ 'a.txt': 'a', 'b.txt': 'b' })
  const gate = new Gate()
  here.endpoint.fate = ({ kind }) => (kind === 'load' ? { before: gate.opened } : 'pass')
  const joining = upTo(8).map(() => here.join(name))
  await here.call('load', name)
  const asking = upTo(4).map(() => here.status(name))
  const reading = here.read(name, 'b.txt')
  gate.open()
  for (const { room } of await Promise.all(joining)) {
    expect(pathsOf(room)).toEqual(['a.txt', 'b.txt'])
    expect((await room.open('a.txt')).text).toBe('a')
  }
  for (const { files } of await Promise.all(asking)) expect(files).toHaveLength(2)
  expect(await reading).toBe('b')
  expect(here.endpoint.of('load', name)).toHaveLength(1)
})

it.each([
  ['fails', 'fail'],
  ['is not answered', 'hang'],
  ['is cut off', 'cut'],
] as const)('makes everybody retry if the load %s, and shows nobody an empty room', async (_, fate) => {
  const name = await cold({ 'a.txt': 'a' })
  here.endpoint.fate = ({ kind }) => (kind === 'load' ? fate : 'pass')
  const { url } = here.stack
  const people = await Promise.all(upTo(6).map(() => RawPerson.open(url, name)))
  expect(await Promise.all(people.map(({ closed }) => closed))).toEqual(people.map(() => 1013))
  expect(people.flatMap(({ frames }) => frames)).toEqual([])
  const answers = await Promise.all(['', '/files/a.txt'].map((path) => here.get(name, path)))
  for (const answer of answers) {
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2'])
    expect(await answer.json()).toMatchObject({ error: { code: 'unavailable' } })
  }
  const patient = here.join(name)
  here.endpoint.heal()
  const { room } = await patient
  expect(pathsOf(room)).toEqual(['a.txt'])
  expect((await room.open('a.txt')).text).toBe('a')
})

it('opens a room that its object has while Postgres is down', async () => {
  const name = await here.make({ 'a.txt': 'a' })
  await here.flushed(name)
  await here.stack.restart()
  here.endpoint.fate = () => 'drop'
  const calls = here.endpoint.calls.length
  const ann = await here.join(name)
  const file = await ann.room.open('a.txt')
  expect(file.text).toBe('a')
  expect(here.endpoint.calls).toHaveLength(calls)
  append(file, '!')
  await ann.room.settled()
  expect(await here.read(name, 'a.txt')).toBe('a!')
  expect(here.endpoint.calls.slice(calls).filter(({ kind }) => kind !== 'flush')).toEqual([])
})

it('fetches only the opened text of a large cold room, once', async () => {
  const name = await cold(Object.fromEntries(upTo(200).map((i) => [`src/${i}.txt`, `text of ${i}`])))
  const [ann, bob] = [await here.join(name), await here.join(name)]
  expect(pathsOf(ann.room)).toHaveLength(200)
  expect(here.endpoint.of('texts', name)).toEqual([])
  const file = await ann.room.open('src/77.txt')
  expect(file.text).toBe('text of 77')
  expect((await bob.room.open('src/77.txt')).text).toBe('text of 77')
  expect(await here.read(name, 'src/77.txt')).toBe('text of 77')
  append(file, '!')
  await ann.room.settled()
  await here.flushed(name)
  const texts = here.endpoint.of('texts', name)
  expect(texts).toHaveLength(1)
  const id = ann.room.files.find(({ path }) => path === 'src/77.txt')?.file
  expect(texts[0]?.params).toEqual([name, `{"${id}"}`])
  expect(
    await here.query('select 1 from files where room = $1 and text = $2', [name, 'text of 77!']),
  ).toHaveLength(1)
})

it('[X3] makes a client wait for a text that cannot be fetched, without closing it', async () => {
  const name = await cold({ 'a.txt': 'a', 'b.txt': 'b' })
  const bob = await here.join(name)
  const his = await bob.room.open('b.txt')
  here.endpoint.fate = ({ kind }) => (kind === 'texts' ? 'fail' : 'pass')
  const ann = await here.join(name)
  const opening = ann.room.open('a.txt')
  const errors = () => ann.network.received.filter((frame) => frame.includes('text_unavailable')).length
  await expect.poll(errors, POLL).toBe(1)
  append(his, '!')
  await bob.room.settled()
  expect([...ann.network.closes, ...bob.network.closes]).toEqual([])
  expect((await here.get(name, '/files/a.txt')).status).toBe(503)
  here.endpoint.heal()
  const hers = await opening
  expect(hers.text).toBe('a')
  cutOff(ann, bob)
})
