/** A room keeps the tail of its log; what is older is in the archive, and whoever needs it gets it as if it were here. */
import { expect, it } from 'vitest'
import type { Commit } from '../../core/protocol/messages.ts'
import { type } from '../client/people.ts'
import { faultyPlace } from './faulty-place.ts'
import { RawPerson } from './raw-person.ts'

const here = faultyPlace({ vars: { TAIL_COMMITS: '20' } })

/** A room of 61 commits whose first is far behind the tail; `since` is the first one. */
async function grown() {
  const name = await here.make({ 'a.txt': '|start' })
  const ann = await here.join(name)
  const { seq: since } = await here.status(name)
  const file = await ann.room.open('a.txt')
  for (let i = 0; i < 60; i++) {
    type(file, file.text.indexOf('|'), `<${i}>`)
    await ann.room.settled()
  }
  const { seq } = await here.status(name)
  // Whoever asks for it to be flushed gets it tidied up as well.
  expect((await here.flush(name)).status).toBe(200)
  // What it had in memory is forgotten.
  await here.stack.restart()
  ann.network.cut()
  const { epoch } = await (await RawPerson.join(here.stack.url, name)).hear('welcome')
  const broadcast = ann.network.received.filter((frame) => JSON.parse(frame).type === 'commit')
  expect(broadcast).toHaveLength(seq - since)
  return { name, since, seq, epoch, broadcast, id: ann.room.files[0]?.file ?? '', text: file.text }
}

it('[H6] starts a client afresh whose past is in the archive, while that is away, and resumes it from there after', async () => {
  const { name, since, seq, epoch, broadcast } = await grown()
  const { url } = here.stack
  here.endpoint.fate = ({ kind }) => (kind === 'commits' ? 'fail' : 'pass')
  const afresh = await RawPerson.join(url, name, { since, epoch })
  expect(await afresh.hear('welcome')).toMatchObject({ resumed: false, seq, files: [{ path: 'a.txt' }] })
  // What is in the tail needs no archive.
  const late = await RawPerson.join(url, name, { since: seq - 20, epoch })
  expect(await late.hear('welcome')).toMatchObject({ resumed: true, seq })
  await late.hear('commit', (commit) => commit.seq === seq)
  expect(commitsOf(late)).toEqual(broadcast.slice(-20))
  here.endpoint.heal()
  const back = await RawPerson.join(url, name, { since, epoch })
  expect(await back.hear('welcome')).toMatchObject({ resumed: true, seq, files: [] })
  await back.hear('commit', (commit) => commit.seq === seq)
  expect(commitsOf(back)).toEqual(broadcast)
  expect(here.endpoint.of('commits', name)).toHaveLength(2)
  await Promise.all([afresh, late, back].map((person) => person.leave()))
})

it('[S5] transforms a submission over commits of the archive, and never over a past that is away', async () => {
  const { name, since, seq, id, text } = await grown()
  const { url } = here.stack
  const raw = await RawPerson.join(url, name)
  here.endpoint.fate = ({ kind }) => (kind === 'commits' ? 'fail' : 'pass')
  raw.submit(1, since, { type: 'edit', file: id, op: [1, 'late '] })
  await raw.hear('resync')
  expect(await here.read(name, 'a.txt')).toBe(text)
  here.endpoint.heal()
  raw.submit(2, since, { type: 'edit', file: id, op: [1, 'late '] })
  const commit = await raw.hear('commit')
  expect(commit.seq).toBe(seq + 1)
  expect(await here.read(name, 'a.txt')).toBe(text.replace('|start', '|late start'))
  await raw.leave()
  await here.flushed(name)
  expect(await here.stored(name)).toEqual({ 'a.txt': text.replace('|start', '|late start') })
})

function commitsOf(person: RawPerson): string[] {
  return person.frames.filter((frame) => (JSON.parse(frame) as Commit).type === 'commit')
}
