/** A client that stops reading while others type: [L6] and [L7], over real sockets. */
import { expect, it } from 'vitest'
import type { OpenFile } from '../../../client/index.ts'
import { RawPerson, randomClient } from '../../faults/raw-person.ts'
import { secretOf } from '../../support/secrets.ts'
import { PausedSocket } from '../support/paused-socket.ts'
import { append, ownPlace, POLL, reads } from '../support/people.ts'

const MEBIBYTE = 1024 * 1024
/** A replacement that is inline in its commit. */
const PAGE = 30_000

const here = ownPlace({ withoutDatabase: true, vars: { MAX_SEND_QUEUE_UNITS: `${MEBIBYTE}` } })

/** Rewrites a file until this many units are committed. */
async function write(file: OpenFile, settled: () => Promise<void>, units: number): Promise<void> {
  for (let written = 0; written < units; written += PAGE) {
    const page = `${written} `.padEnd(PAGE, 'x')
    file.edit([{ at: 0, remove: file.text.length, insert: page }])
    await settled()
  }
}

async function roomWithPeople(files: Record<string, string> = { 'a.txt': '' }) {
  const name = await here.make(files)
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  const client = randomClient()
  const slow = await PausedSocket.open(here.stack.url, name, secretOf(client))
  slow.say({ type: 'hello', protocol: 1, client })
  await slow.read(() => slow.all('welcome').length === 1)
  return {
    ...{ name, ann, hers, client, slow },
    async noticedNothing() {
      append(his, '|his')
      await bob.room.settled()
      await reads(hers, his.text)
      await reads(his, hers.text)
      expect([ann.network.attempts.length, bob.network.attempts.length]).toEqual([1, 1])
    },
  }
}

it('[L6] a client that stops reading is closed with 4429 and comes back to everything; nobody else notices', async () => {
  const { name, ann, hers, client, slow, noticedNothing } = await roomWithPeople()
  expect((await here.status(name)).people).toBe(3)
  // Buffers on the way fill first: megabytes, at both ends of a TCP connection and in the platform.
  for (let i = 0; i < 20 && (await here.status(name)).people === 3; i++)
    await write(hers, () => ann.room.settled(), 2 * MEBIBYTE)
  expect((await here.status(name)).people).toBe(2)
  await noticedNothing()
  await slow.read(() => slow.code !== null)
  expect(slow.code).toBe(4429)
  const welcome = slow.all('welcome')[0]
  const commits = slow.all('commit').map(({ seq }) => seq)
  const { seq } = await here.status(name)
  const since = commits.at(-1) ?? 0
  // What it did receive has no gap.
  expect(commits).toEqual(commits.map((_, i) => (commits[0] ?? 0) + i))
  expect(since).toBeLessThan(seq)
  slow.drop()
  const back = await RawPerson.join(here.stack.url, name, { client, since, epoch: welcome?.epoch ?? '' })
  expect(back.all('welcome')).toMatchObject([{ resumed: true, seq }])
  await back.hear('commit', (commit) => commit.seq === seq)
  expect(back.all('commit').map((commit) => commit.seq)).toEqual(
    Array.from({ length: seq - since }, (_, i) => since + 1 + i),
  )
  await back.leave()
})

it('[L6] a client that reads late, but not too late, gets every frame in order', async () => {
  const { name, ann, hers, slow, noticedNothing } = await roomWithPeople()
  const { seq: before } = await here.status(name)
  await write(hers, () => ann.room.settled(), 2 * MEBIBYTE)
  await noticedNothing()
  const { seq } = await here.status(name)
  await slow.read(() => slow.all('commit').at(-1)?.seq === seq)
  expect(slow.all('commit').map((commit) => commit.seq)).toEqual(
    Array.from({ length: seq - before }, (_, i) => before + 1 + i),
  )
  expect(slow.code).toBe(null)
  slow.drop()
})

it('[L7] a client that requests far more than may queue, and reads later, gets it all in order, between commits', async () => {
  const text = 'y'.repeat(MEBIBYTE - 1)
  const names = Array.from({ length: 16 }, (_, i) => `large-${i}.txt`)
  const large = Object.fromEntries(names.map((path) => [path, text]))
  const { name, slow, hers, ann, noticedNothing } = await roomWithPeople({ 'a.txt': '', ...large })
  const files = (slow.all('welcome')[0]?.files ?? []).filter(({ path }) => path !== 'a.txt')
  for (const { file } of files) slow.say({ type: 'open', file })
  await write(hers, () => ann.room.settled(), MEBIBYTE / 4)
  await noticedNothing()
  const { seq: now, people } = await here.status(name)
  expect(people).toBe(3)
  await slow.read(() => slow.all('text').length === files.length)
  expect(slow.all('text').map(({ file }) => file)).toEqual(files.map(({ file }) => file))
  expect(slow.all('text').every((answer) => answer.text === text)).toBe(true)
  // The last responses were only made when there was somebody to read them.
  expect(slow.all('text').at(-1)?.seq).toBe(now)
  // Commits made meanwhile arrive in between, each once and in order, and each text is as of the commit
  // before it.
  let seq = slow.all('welcome')[0]?.seq
  for (const message of slow.messages.slice(1)) {
    if (message.type === 'commit') expect(message.seq).toBe((seq ?? 0) + 1)
    if (message.type === 'commit') seq = message.seq
    if (message.type === 'text') expect(message.seq).toBe(seq)
  }
  slow.drop()
  await expect.poll(async () => (await here.status(name)).people, POLL).toBe(2)
})
