/** [U3] Old rooms with paths that differ only in case or Unicode form can be loaded, and work. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { batchOf, fileOf } from '../../schema/contract/samples.ts'
import { type Caller, ROOM, Stage } from '../room-stage.ts'

const PATHS = ['README.md', 'readme.md', 'caf\u00e9', 'cafe\u0301', 'Src', 'src/a', 'cod\u202etxt.exe']
const STORED = PATHS.map((path, i) => fileOf(`f${i}`, 1, { path, text: `${i}` }))

let stage: Stage
let n = 0

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) })
  stage = new Stage()
  await stage.truth.flush(batchOf(ROOM, 1, { files: STORED }))
  await stage.life.start()
})

afterEach(() => {
  vi.useRealTimers()
})

async function submit(caller: Caller, change: object): Promise<string> {
  caller.frames.length = 0
  caller.send({ type: 'submit', n: ++n, base: stage.life.journal.seq, changes: [change] })
  await vi.advanceTimersByTimeAsync(10)
  const [reject] = caller.heard('reject')
  return reject === undefined ? `committed ${caller.heard('commit').length}` : String(reject.code)
}

it('keep every file, and can edit and rename each, from Postgres and from the journal', async () => {
  const one = await stage.join('client-1')
  expect(one.heard('welcome')).toMatchObject([{ files: PATHS.map((path) => ({ path })) }])
  for (const { file } of STORED)
    expect(await submit(one, { type: 'edit', file, op: ['x'] })).toBe('committed 1')
  await stage.sleep(one)
  expect(await submit(one, { type: 'rename', file: 'f1', path: 'ReadMe.md' })).toBe('path_taken')
  expect(await submit(one, { type: 'rename', file: 'f1', path: 'guide.md' })).toBe('committed 1')
  expect(await submit(one, { type: 'rename', file: 'f0', path: 'readme.md' })).toBe('committed 1')
  expect(await submit(one, { type: 'remove', file: 'f3' })).toBe('committed 1')
  expect(await submit(one, { type: 'rename', file: 'f4', path: 'lib' })).toBe('committed 1')
  expect(await submit(one, { type: 'revive', file: 'f3', seq: stage.life.journal.seq - 1 })).toBe(
    'committed 1',
  )
  await stage.sleep(one)
  await stage.life.flush()
  const paths = ['readme.md', 'guide.md', 'caf\u00e9', 'cafe\u0301 (2)', 'lib', 'src/a', 'cod\u202etxt.exe']
  const stored = await stage.truth.load(ROOM)
  expect(Object.fromEntries(stored?.files.map(({ file, path }) => [file, path]) ?? [])).toEqual(
    Object.fromEntries(paths.map((path, i) => [`f${i}`, path])),
  )
  const texts = await stage.truth.texts(
    ROOM,
    STORED.map(({ file }) => file),
  )
  expect(STORED.map(({ file }) => texts.get(file)?.text)).toEqual(STORED.map((_, i) => `x${i}`))
})
