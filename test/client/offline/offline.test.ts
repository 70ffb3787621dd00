/** Lost connections while people work: editing continues, and each edit arrives exactly once. */
import { expect, it } from 'vitest'
import type { StatusInfo } from '../../../client/index.ts'
import { append, count, has, lists, pathsOf, place, reads, until } from '../support/people.ts'

const here = place({ withoutDatabase: true })

it('[S10] merges what two clients typed offline, with each edit once', async () => {
  const name = await here.make({ 'a.txt': '|' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  for (const { network } of [ann, bob]) network.cut()
  for (let i = 0; i < 20; i++) {
    append(hers, `<ann ${i}>`)
    append(his, `<bob ${i}>`)
  }
  expect(hers.text).not.toContain('bob')
  for (const { network } of [ann, bob]) network.restore()
  await Promise.all([ann.room.settled(), bob.room.settled()])
  const text = await here.read(name, 'a.txt')
  await Promise.all([reads(hers, text), reads(his, text)])
  for (let i = 0; i < 20; i++) {
    for (const who of ['ann', 'bob']) expect(count(text, `<${who} ${i}>`), `<${who} ${i}>`).toBe(1)
  }
})

it('[S3] applies a commit once when its ack was lost', async () => {
  const name = await here.make({ 'a.txt': '' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  ann.network.deafen()
  append(hers, '<1>')
  await reads(his, '<1>')
  ann.network.cut()
  append(hers, '<2>')
  append(his, '<3>')
  ann.network.restore()
  await Promise.all([ann.room.settled(), bob.room.settled()])
  const text = await here.read(name, 'a.txt')
  expect([...text.matchAll(/<\d>/g)].map(String).sort()).toEqual(['<1>', '<2>', '<3>'])
  await Promise.all([reads(hers, text), reads(his, text)])
})

it('[H6] resumes from the last seen commit, without the list of files', async () => {
  const name = await here.make({ 'a.txt': '' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const his = await bob.room.open('a.txt')
  append(his, '<1>')
  const hers = await ann.room.open('a.txt')
  await has(hers, '<1>')
  ann.network.cut()
  append(his, '<2>')
  bob.room.create('b.txt', 'b')
  await bob.room.settled()
  const before = ann.network.received.length
  ann.network.restore()
  await has(hers, '<1>', '<2>')
  await lists(ann.room, 'a.txt', 'b.txt')
  const frames = ann.network.received.slice(before).map((frame) => JSON.parse(frame))
  expect(frames.find(({ type }) => type === 'welcome')).toMatchObject({ resumed: true, files: [] })
  expect(frames.filter(({ type }) => type === 'text')).toEqual([])
})

it('[H5] replaces its own dead connection that the room considers alive', async () => {
  const name = await here.make({ 'a.txt': '' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  await until(bob.room, ['peers'], () => bob.room.peers.length === 1)
  const { session } = ann.room.me
  ann.network.cutUnnoticed()
  append(hers, '<1>')
  ann.network.restore()
  await reads(his, '<1>')
  await until(
    bob.room,
    ['peers'],
    () => bob.room.peers.length === 1 && bob.room.peers[0]?.session === ann.room.me.session,
  )
  expect(ann.room.me.session).not.toBe(session)
  expect(ann.room.status.status).toBe('connected')
  expect((await here.status(name)).people).toBe(2)
})

it('keeps files created, renamed and removed offline', async () => {
  const name = await here.make({ 'a.txt': 'a', 'b.txt': 'b' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  ann.network.cut()
  ann.room.create('c.txt', 'c')
  append(await ann.room.open('c.txt'), '!')
  ann.room.rename('a.txt', 'd.txt')
  ann.room.remove('b.txt')
  expect(pathsOf(ann.room)).toEqual(['c.txt', 'd.txt'])
  ann.network.restore()
  await Promise.all([ann.room.settled(), lists(bob.room, 'c.txt', 'd.txt')])
  expect(await here.read(name, 'c.txt')).toBe('c!')
  expect(await here.read(name, 'd.txt')).toBe('a')
})

it('opens a file after reconnecting', async () => {
  const name = await here.make({ 'a.txt': 'a' })
  const ann = await here.join(name)
  ann.network.cut()
  const opened = ann.room.open('a.txt')
  ann.network.restore()
  expect((await opened).text).toBe('a')
})

it('reports the connection status and the number of pending changes', async () => {
  const name = await here.make({ 'a.txt': '', 'b.txt': '' })
  const ann = await here.join(name)
  const emitted: StatusInfo[] = []
  ann.room.on('status', (status) => emitted.push(status))
  const [one, two] = [await ann.room.open('a.txt'), await ann.room.open('b.txt')]
  expect(ann.room.status).toEqual({ status: 'connected', pending: 0, reason: null, code: null })
  ann.network.cut()
  expect(emitted).toEqual([
    { status: 'reconnecting', pending: 0, reason: 'the connection was lost', code: 1006 },
  ])
  append(one, '1')
  append(two, '2')
  append(two, '3')
  await until(ann.room, ['status'], () => ann.room.status.pending === 2)
  expect(ann.room.status.status).toBe('reconnecting')
  ann.network.restore()
  await ann.room.settled()
  await until(ann.room, ['status'], () => ann.room.status.pending === 0)
  expect(emitted.at(-1)).toEqual({ status: 'connected', pending: 0, reason: null, code: null })
  const ways = emitted.map(({ status }) => status)
  expect(ways.slice(ways.lastIndexOf('reconnecting') + 1).every((way) => way === 'connected')).toBe(true)
  expect(ways.lastIndexOf('reconnecting')).toBeLessThan(ways.indexOf('connected'))
  expect(emitted.map((status) => JSON.stringify(status))).toEqual(
    emitted.map((status) => JSON.stringify(status)).filter((text, i, all) => text !== all[i - 1]),
  )
})

it('survives repeated losses of the connection', async () => {
  const name = await here.make({ 'a.txt': '' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  for (let i = 0; i < 6; i++) {
    if (i % 2 === 0) ann.network.deafen()
    append(hers, `<${i}>`)
    await has(his, `<${i}>`)
    ann.network.cut()
    append(hers, `<o${i}>`)
    append(his, `<b${i}>`)
    ann.network.restore()
    await ann.room.settled()
  }
  await bob.room.settled()
  const text = await here.read(name, 'a.txt')
  await Promise.all([reads(hers, text), reads(his, text)])
  for (let i = 0; i < 6; i++)
    for (const who of ['', 'o', 'b']) expect(count(text, `<${who}${i}>`), `<${who}${i}>`).toBe(1)
})
