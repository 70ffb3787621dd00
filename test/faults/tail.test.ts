/** A room keeps the tail of its log; older commits are in the archive, and used as if they were here. */
import { expect, it } from 'vitest'
import type { Commit } from '../../core/protocol/messages.ts'
import { type } from '../client/support/people.ts'
import { faultyPlace } from './faulty-place.ts'
import { RawPerson } from './raw-person.ts'

const here = faultyPlace({
  vars: {
    TAIL_COMMITS: '20',
    REQUESTS_PER_SECOND: '20',
    REQUEST_BURST: '200',
    // Longer than any machine takes to send the held frames: the test controls when the archive answers.
    DATABASE_TIMEOUT_MS: '60000',
    FLUSH_LEASE_MS: '180000',
  },
})

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
  // A requested flush prunes the log as well.
  expect((await here.flush(name)).status).toBe(200)
  // Its memory is gone.
  await here.stack.restart()
  ann.network.cut()
  const { epoch } = await (await RawPerson.join(here.stack.url, name)).hear('welcome')
  const broadcast = ann.network.received.filter((frame) => JSON.parse(frame).type === 'commit')
  expect(broadcast).toHaveLength(seq - since)
  return { name, since, seq, epoch, broadcast, id: ann.room.files[0]?.file ?? '', text: file.text }
}

it('[H6] starts a client afresh that needs the archive while that is down, and resumes it from there later', async () => {
  const { name, since, seq, epoch, broadcast } = await grown()
  const { url } = here.stack
  here.endpoint.fate = ({ kind }) => (kind === 'commits' ? 'fail' : 'pass')
  const afresh = await RawPerson.join(url, name, { since, epoch })
  expect(await afresh.hear('welcome')).toMatchObject({ resumed: false, seq, files: [{ path: 'a.txt' }] })
  // The tail needs no archive.
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

it('[S5] transforms a submission over archived commits, and answers resync if they are unavailable', async () => {
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

it('[S3] [S4] [H4] does not read the archive for what can be judged without it', async () => {
  const { name, since, seq, epoch, id } = await grown()
  const { url } = here.stack
  const raw = await RawPerson.join(url, name)
  const asked = () => here.endpoint.of('commits', name).length
  const edit = { type: 'edit', file: id, op: ['x'] } as const
  raw.submit(1, seq, edit)
  await raw.hear('commit')
  // A duplicate; and a client's base cannot be below its own last commit.
  raw.submit(1, since, edit)
  expect(await raw.hear('ack')).toMatchObject({ n: 1, seq: seq + 1 })
  raw.submit(2, since, edit)
  expect(await raw.hear('reject')).toMatchObject({ n: 2, code: 'bad_base' })
  const client = raw.client
  await raw.leave()
  const thief = await RawPerson.open(url, name)
  thief.say({ type: 'hello', protocol: 1, client, since, epoch })
  expect(await thief.closed).toBe(4423)
  const modern = await RawPerson.open(url, name)
  modern.say({ type: 'hello', protocol: 2, client: modern.client, since, epoch })
  expect(await modern.closed).toBe(4426)
  expect(asked()).toBe(0)
})

it('[S5] reads only commits that are not in memory from the archive', async () => {
  const { name, since, seq, id } = await grown()
  const { url } = here.stack
  const asked = () => here.endpoint.of('commits', name).length
  const [one, two] = [await RawPerson.join(url, name), await RawPerson.join(url, name)]
  // Enough for the journal to prune what memory still has.
  for (let n = 1; n <= 50; n++) {
    one.submit(n, seq + n - 1, { type: 'edit', file: id, op: ['.'] })
    await one.hear('commit', (commit) => commit.seq === seq + n)
  }
  expect((await here.flush(name)).status).toBe(200)
  two.submit(1, seq, { type: 'edit', file: id, op: ['late'] })
  await two.hear('commit', (commit) => commit.seq === seq + 51)
  expect(asked()).toBe(0)
  const three = await RawPerson.join(url, name)
  three.submit(1, since, { type: 'edit', file: id, op: ['later'] })
  await three.hear('commit', (commit) => commit.seq === seq + 52)
  expect(asked()).toBe(1)
  await Promise.all([one, two, three].map((person) => person.leave()))
})

it('[L7] limits how much waits for the archive, and closes with 4429 beyond it', async () => {
  const { name, since, seq, id } = await grown()
  const { url } = here.stack
  const [culprit, patient, other] = [
    await RawPerson.join(url, name),
    await RawPerson.join(url, name),
    await RawPerson.join(url, name),
  ]
  let answer = () => {}
  const before = new Promise<void>((resolve) => {
    answer = resolve
  })
  here.endpoint.fate = ({ kind }) => (kind === 'commits' ? { before } : 'pass')
  for (const raw of [culprit, patient]) raw.submit(1, since, { type: 'edit', file: id, op: ['first'] })
  // It exceeds the limit without being parsed.
  const text = 'x'.repeat(5 * 1024 * 1024)
  patient.submit(2, since, { type: 'create', file: 'large', path: 'large.txt', text })
  for (const n of [2, 3]) culprit.submit(n, since, { type: 'create', file: `f${n}`, path: `f${n}`, text })
  expect(await culprit.closed).toBe(4429)
  other.submit(1, seq, { type: 'edit', file: id, op: ['!'] })
  await other.hear('commit', (commit) => commit.seq === seq + 1)
  answer()
  await patient.hear('commit', ({ entries }) => entries.some(({ client }) => client === patient.client))
  // By its turn, its base is below its own last commit.
  expect(await patient.hear('reject')).toMatchObject({ n: 2 })
  expect(await here.read(name, 'a.txt')).not.toContain('firstfirst')
  await Promise.all([patient, other].map((person) => person.leave()))
})

it('[L3] reads the archive once for submissions with the same base', async () => {
  const { name, since, id } = await grown()
  const raw = await RawPerson.join(here.stack.url, name)
  for (let n = 1; n <= 100; n++) raw.submit(n, since, { type: 'edit', file: id, op: [1_000_000, 'x'] })
  expect(await raw.hear('reject', ({ n }) => n === 100)).toMatchObject({ code: 'op_out_of_range' })
  expect(here.endpoint.of('commits', name)).toHaveLength(1)
  await raw.leave()
})

it('[L3] closes with 4429 if a client causes repeated reads of the archive', async () => {
  const { name, since, seq, id } = await grown()
  const raw = await RawPerson.join(here.stack.url, name)
  const other = await RawPerson.join(here.stack.url, name)
  for (let i = 0; i < 100; i++) raw.say({ type: 'blob', blob: `${since + 1}-${i}` })
  expect(await raw.hear('error', ({ code }) => code === 'too_fast')).toMatchObject({ about: 'request' })
  expect(await raw.closed).toBe(4429)
  expect(here.endpoint.of('commits', name).length).toBeLessThan(60)
  other.submit(1, seq, { type: 'edit', file: id, op: ['!'] })
  await other.hear('commit', (commit) => commit.seq === seq + 1)
  await other.leave()
})

function commitsOf(person: RawPerson): string[] {
  return person.frames.filter((frame) => (JSON.parse(frame) as Commit).type === 'commit')
}

it('[D2] [D3] finds the commit of a report in the archive; while that is down, the report is only logged', async () => {
  const { name, since, id } = await grown()
  const { url } = here.stack
  const raw = await RawPerson.join(url, name)
  const desync = { type: 'desync', file: id, good: since, points: 1 } as const
  const reports = async () => {
    // Handled in order: the text requested after it shows that it was handled.
    raw.say({ type: 'open', file: id })
    const { length } = raw.all('text')
    await raw.hear('text', () => raw.all('text').length > length)
    const answer = await fetch(`${url}/api/rooms/${name}/desyncs`)
    return ((await answer.json()) as { desyncs: { said: { sum: number }; commit: Commit }[] }).desyncs
  }
  here.endpoint.fate = ({ kind }) => (kind === 'commits' ? 'fail' : 'pass')
  raw.say({ ...desync, seq: since + 1, sum: 1 })
  expect(await reports()).toEqual([])
  const lines = here.stack.logs.filter((line) => line.startsWith('{"event":"desync"'))
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { room: name, file: id, seq: since + 1, cause: 'unknown', sums: { room: null, client: 1 } },
  ])
  here.endpoint.heal()
  raw.say({ ...desync, seq: since + 1, sum: 2 })
  const [report, ...rest] = await reports()
  expect([report?.said.sum, report?.commit.seq, rest]).toEqual([2, since + 1, []])
  expect(report?.commit.entries.flatMap(({ changes }) => changes)).toMatchObject([{ op: ['<0>'] }])
  await raw.leave()
})
