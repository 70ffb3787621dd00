/** Frames that are cheap to send and expensive to handle are refused before they are parsed: T6 and T7. */
import { describe, expect, it } from 'vitest'
import { SMALL_FRAME_UNITS, VIEWER_REPORT_UNITS } from '../../../core/protocol/limits.ts'
import { OwnedRoom } from '../owned-room.ts'
import { makeRoom, type RawClient, request } from '../raw-client.ts'

/** A frame of exactly this many units, with these fields and an unknown key. */
function padded(fields: object, units: number): string {
  const bare = JSON.stringify({ ...fields, pad: '' })
  return JSON.stringify({ ...fields, pad: 'x'.repeat(units - bare.length) })
}

const lists = (units: number) => `${'['.repeat(units / 2)}${']'.repeat(units / 2)}`

/** The owner of a room, who edits, and a viewer. */
async function watched() {
  const room = await OwnedRoom.make({ 'a.txt': '' })
  const [owner, viewer, file] = [await room.owner(), await room.join('vera', 'viewer'), 'a.txt']
  const id = owner.fileAt(file)
  const noticedNothing = async () => {
    const commit = await owner.commit([{ type: 'edit', file: id, op: ['x'] }])
    expect(commit.entries).toMatchObject([{ client: owner.client }])
  }
  return { room, owner, viewer, file: id, noticedNothing }
}

async function codeOf(raw: RawClient, frame: string): Promise<number> {
  raw.sendFrame(frame)
  return (await raw.closed).code
}

describe('a viewer', () => {
  const frames = (file: string): [string, string][] => {
    const deep = lists(1024 * 1024)
    const flat = `[${Array(200_000).fill('[]').join(',')}]`
    const desync = `"file":"${file}","seq":1,"good":0,"sum":1,"points":1`
    return [deep, flat].flatMap((junk): [string, string][] => [
      ['an op', `{"type":"submit","n":1,"base":1,"changes":[{"type":"edit","file":"${file}","op":${junk}}]}`],
      ['the ops of a report', `{"type":"desync",${desync},"ops":${junk}}`],
      ['an unknown key', `{"type":"open","file":"${file}","pad":${junk}}`],
      [
        'the data of presence',
        `{"type":"presence","seq":1,"file":null,"selections":[],"data":{"x":${junk}}}`,
      ],
      ['no message', junk],
    ])
  }

  it('[T6] is closed with 4413 for any frame above 64 Ki units, and nobody else notices', async () => {
    const { room, file, noticedNothing } = await watched()
    for (const [i, [what, frame]] of frames(file).entries()) {
      const viewer = await room.join(`viewer-${i}`, 'viewer')
      expect(await codeOf(viewer, frame), what).toBe(4413)
      await noticedNothing()
    }
  })

  it('[T6] may send a frame of 64 Ki units', async () => {
    const { viewer, file, noticedNothing } = await watched()
    viewer.sendFrame(padded({ type: 'open', file }, SMALL_FRAME_UNITS))
    expect(await viewer.receive('text')).toMatchObject({ file })
    expect(await codeOf(viewer, padded({ type: 'open', file }, SMALL_FRAME_UNITS + 1))).toBe(4413)
    await noticedNothing()
  })

  it('[D2] may send a report of 48 Ki units', async () => {
    const { viewer, file, noticedNothing } = await watched()
    const report = { type: 'desync', file, seq: 1, good: 0, sum: 1, points: 0 }
    viewer.sendFrame(padded(report, VIEWER_REPORT_UNITS))
    expect(await viewer.text(file)).toBe('')
    expect(await codeOf(viewer, padded(report, VIEWER_REPORT_UNITS + 1))).toBe(4413)
    await noticedNothing()
  })

  it('[T6] [R3] is limited by the current role, in both directions', async () => {
    const { room, owner, file, noticedNothing } = await watched()
    const ada = await room.join('ada')
    const text = 'x'.repeat(SMALL_FRAME_UNITS)
    await ada.commit([{ type: 'edit', file, op: [text] }])
    await owner.commit([{ type: 'role', user: 'ada', role: 'viewer' }])
    await owner.commit([{ type: 'role', user: 'ada', role: 'editor' }])
    await ada.commit([{ type: 'edit', file, op: [text] }])
    const { seq } = await owner.commit([{ type: 'role', user: 'ada', role: 'viewer' }])
    const submit = (n: number, base: number) =>
      JSON.stringify({ type: 'submit', n, base, changes: [{ type: 'edit', file, op: [text] }] })
    // It was already under way: rejected as a short one would be.
    ada.sendFrame(submit(8, seq - 1))
    expect(await ada.receive('reject')).toMatchObject({ n: 8, code: 'forbidden' })
    expect(await codeOf(ada, submit(9, seq))).toBe(4413)
    await noticedNothing()
  })
})

describe('any client', () => {
  const editFrame = (file: string, op: string) =>
    `{"type":"submit","n":1,"base":1,"changes":[{"type":"edit","file":"${file}","op":${op}}]}`

  it('[T7] is closed with 4400 for a frame that is nested more than 32 levels deep', async () => {
    const { room, file, noticedNothing } = await watched()
    for (const units of [60, 60_000, 6_000_000]) {
      const ada = await room.join('ada')
      expect(await codeOf(ada, editFrame(file, lists(units)))).toBe(4400)
      await noticedNothing()
    }
  })

  it('[T7] is closed with 4413 for hundreds of thousands of lists, objects or members', async () => {
    const { room, file, noticedNothing } = await watched()
    for (const one of ['[]', '{}', '{"x":1}']) {
      const ada = await room.join('ada')
      expect(await codeOf(ada, editFrame(file, `[${Array(100_000).fill(one).join(',')}]`))).toBe(4413)
      await noticedNothing()
    }
  })

  it('[T6] is closed with 4413 for any long frame that is not a submission', async () => {
    const { room, file, noticedNothing } = await watched()
    for (const message of [{ type: 'open', file }, { type: 'blob', blob: '1-0' }, { type: 'dance' }]) {
      const ada = await room.join('ada')
      expect(await codeOf(ada, padded(message, SMALL_FRAME_UNITS + 1)), message.type).toBe(4413)
      await noticedNothing()
    }
  })
})

describe('an HTTP body', () => {
  const post = (path: string, body: string) => request(path, { method: 'POST', body })

  it.each([
    ['deep', lists(16_000_000)],
    ['deep in a field', `{"files":${lists(16_000_000)}}`],
    ['flat', `{"files":{"a":[${Array(1_000_000).fill('[]').join(',')}]}}`],
  ])('[T7] of millions of brackets is refused before it is parsed: %s', async (_, body) => {
    const answer = await post('/api/rooms', body)
    expect([400, 413]).toContain(answer.status)
    const { error } = (await answer.json()) as { error: { code: string; message: string } }
    expect(error.message).toMatch(/nested at most 32 levels|too many arrays/)
  })

  it('[T7] may be a project of 5,000 files', async () => {
    const files = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`src/file-${i}.ts`, 'x']))
    expect(await makeRoom(files)).toBeTruthy()
  })
})
