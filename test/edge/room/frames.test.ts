/** Invalid frames and their consequences: T2 to T6, O2 and P1. In each room a bystander must not notice. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeRoom, RawClient } from '../raw-client.ts'

const edit = (op: unknown, file: unknown = 'f') => ({
  type: 'submit',
  n: 1,
  base: 1,
  changes: [{ type: 'edit', file, op }],
})
const change = (value: unknown) => ({ type: 'submit', n: 1, base: 1, changes: [value] })
const presence = (extra: object) => ({ type: 'presence', seq: 1, file: 'f', selections: [], ...extra })

const FRAMES: readonly [string, string | ArrayBuffer][] = [
  ['[T2] a binary frame', new ArrayBuffer(8)],
  ['[T2] a binary frame with JSON', new TextEncoder().encode('{"type":"open"}').buffer as ArrayBuffer],
  ['[T2] nothing', ''],
  ['[T2] invalid JSON', '{"type":'],
  ['[T2] a list', '[]'],
  ['[T2] null', 'null'],
  ['[T2] a number', '1'],
  ['[T2] a string', '"ping"'],
  ['[T2] a ping in other words', 'PING'],
  ['[T2] an object without type', '{}'],
  ['[T2] an unknown type', '{"type":"admin"}'],
  ['[T2] a type from every prototype', '{"type":"constructor"}'],
  ['[T2] a type of the room', '{"type":"commit","seq":1,"at":0,"entries":[],"sums":{}}'],
  ['[T2] JSON nested very deep', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
]

const MESSAGES: readonly [string, unknown][] = [
  ['[O2] a skip that breaks the library', edit([1e300, 'x'])],
  ['[O2] a delete beyond all integers', edit([{ d: 1e300 }])],
  ['[O2] a fraction', edit([1.5, 'x'])],
  ['[O2] zero', edit([0, 'x'])],
  ['[O2] a skip backwards', edit([-1, 'x'])],
  ['[O2] true', edit([true, 'x'])],
  ['[O2] null', edit([null])],
  ['[O2] a nested list', edit([[1], 'x'])],
  ['[O2] an empty insert', edit([''])],
  ['[O2] a skip at the end', edit(['x', 1])],
  ['[O2] two inserts', edit(['x', 'y'])],
  ['[O2] two deletes', edit([{ d: 1 }, { d: 1 }])],
  ['[O2] a delete that also inserts', edit([{ d: 1, i: 'y' }])],
  ['[O2] a delete by text', edit([{ d: 'zz' }])],
  ['[O2] a delete of nothing', edit([{ d: 0 }])],
  ['[O2] an unknown component', edit([{ x: 1 }])],
  ['[O2] a sum beyond 2^53', edit([Number.MAX_SAFE_INTEGER, 'x', Number.MAX_SAFE_INTEGER, 'y'])],
  ['[O2] not a list', edit('x')],
  ['[O2] no op', edit(undefined)],
  ['[U4] a malformed file id', edit(['x'], '../f')],
  ['[U4] an empty file id', edit(['x'], '')],
  ['[U4] a file id that is not a string', edit(['x'], 7)],
  ['[S2] a change of an unknown type', change({ type: 'chmod', file: 'f' })],
  ['[S2] a change that is not an object', change('remove')],
  ['[S2] a creation without a path', change({ type: 'create', file: 'g', text: '' })],
  ['[S2] a renaming to a list', change({ type: 'rename', file: 'f', path: ['x'] })],
  ['[S1] no changes', { type: 'submit', n: 1, base: 1, changes: [] }],
  ['[S1] changes that are no list', { type: 'submit', n: 1, base: 1, changes: { 0: 'x', length: 1 } }],
  ['[S1] n from zero', { type: 'submit', n: 0, base: 1, changes: [{ type: 'remove', file: 'f' }] }],
  ['[S1] n as text', { type: 'submit', n: '1', base: 1, changes: [{ type: 'remove', file: 'f' }] }],
  ['[S1] a base below zero', { type: 'submit', n: 1, base: -1, changes: [{ type: 'remove', file: 'f' }] }],
  ['[S1] no base', { type: 'submit', n: 1, changes: [{ type: 'remove', file: 'f' }] }],
  ['[X1] an open of nothing', { type: 'open' }],
  ['[C6] a blob of another shape', { type: 'blob', blob: '../1' }],
  ['[P1] a selection of three', presence({ selections: [[0, 1, 2]] })],
  ['[P1] a selection before the text', presence({ selections: [[-1, 0]] })],
  ['[P1] selections that are no list', presence({ selections: 'all' })],
  ['[P1] data that is not an object', presence({ data: ['x'] })],
  ['[P1] no seq', presence({ seq: undefined })],
]

describe('a frame that breaks the protocol', () => {
  let room: string
  let witness: RawClient
  let seq = 1
  let typed = 0

  beforeAll(async () => {
    room = await makeRoom()
    witness = await RawClient.join(room)
    await witness.commit([{ type: 'create', file: 'f', path: 'f.txt', text: 'abc' }])
  })
  afterAll(async () => {
    expect(await witness.text('f')).toHaveLength(3 + typed)
    const types = new Set(witness.frames.map((frame) => JSON.parse(frame).type))
    expect([...types].sort()).toEqual(['commit', 'presence', 'text', 'welcome'])
  })

  /** The bystander continues as if nothing had happened. */
  async function nobodyNoticed(): Promise<void> {
    const commit = await witness.commit([{ type: 'edit', file: 'f', op: ['x'] }])
    expect(commit).toMatchObject({ seq: ++seq, entries: [{ client: witness.client }] })
    typed++
  }

  it.each(FRAMES)('%s closes its own socket with 4400 and nobody else notices [T5]', async (_, frame) => {
    const culprit = await RawClient.join(room)
    culprit.sendFrame(frame)
    expect(await culprit.closed).toMatchObject({ code: 4400 })
    await nobodyNoticed()
  })

  it.each(MESSAGES)('%s closes its own socket with 4400 and nobody else notices [T5]', async (_, message) => {
    const culprit = await RawClient.join(room)
    culprit.sendFrame(JSON.stringify(message))
    expect(await culprit.closed).toMatchObject({ code: 4400 })
    await nobodyNoticed()
  })

  it.each([['[T6] a frame of more than 8 Mi units', `"${'x'.repeat(8 * 1024 * 1024)}"`]])(
    '%s closes its own socket with 4413 and nobody else notices [T5]',
    async (_, frame) => {
      const culprit = await RawClient.join(room)
      culprit.sendFrame(frame)
      expect(await culprit.closed).toMatchObject({ code: 4413 })
      await nobodyNoticed()
    },
  )

  it.each([
    ['more than 8 Ki units', { data: { x: 'x'.repeat(8192) } }],
    ['101 selections', { selections: Array.from({ length: 101 }, () => [0, 0]) }],
  ])('[P1] presence of %s is dropped with a warning, and never more', async (_, extra) => {
    const one = await RawClient.join(room)
    one.send(presence({ file: null, data: { tool: 'pen' } }))
    one.send(presence(extra))
    expect(await one.receive('error')).toMatchObject({ code: 'presence_too_large', about: 'presence' })
    const two = await RawClient.join(room)
    const seen = two.welcome.peers.find(({ session }) => session === one.welcome.session)
    expect(seen).toMatchObject({ file: null, data: { tool: 'pen' } })
    one.submit([
      { type: 'create', file: `still-${one.welcome.session}`, path: one.welcome.session, text: '' },
    ])
    await one.receive('commit')
    seq++
    await nobodyNoticed()
  })

  it('[T5] what follows a broken frame on the same socket is ignored', async () => {
    const culprit = await RawClient.join(room)
    culprit.sendFrame('nonsense')
    culprit.submit([{ type: 'edit', file: 'f', op: ['culprit'] }])
    expect(await culprit.closed).toMatchObject({ code: 4400 })
    await nobodyNoticed()
  })

  it('[T2] the reason says what is wrong without disclosing internals', async () => {
    const culprit = await RawClient.join(room)
    culprit.send(edit([1.5, 'x']))
    const { reason } = await culprit.closed
    expect(reason).toContain('whole number')
    expect(reason).not.toMatch(/\bat \S+:\d+|\.ts\b|Error/)
  })
})

describe('ping', () => {
  it('[T3] is answered with pong, also before hello', async () => {
    const raw = await RawClient.open(await makeRoom())
    raw.sendFrame('ping')
    expect(await raw.nextFrame(() => true)).toBe('pong')
    await raw.hello()
    raw.sendFrame('ping')
    expect(await raw.nextFrame((frame) => frame === 'pong')).toBe('pong')
  })
})

describe('unusual but valid input', () => {
  it('ignores unknown fields', async () => {
    const raw = await RawClient.open(await makeRoom())
    await raw.hello({ ...({ future: true } as object) })
    raw.send({
      type: 'submit',
      n: 1,
      base: 0,
      future: 1,
      changes: [{ type: 'create', file: 'f', path: 'f', text: '', future: 1 }],
    })
    const { entries } = await raw.receive('commit')
    expect(entries[0]?.changes).toEqual([{ type: 'create', file: 'f', path: 'f', text: '' }])
  })

  it.each(['__proto__x', 'constructor', 'toString', 'hasOwnProperty'])(
    'accepts a file with the id and path %s',
    async (name) => {
      const raw = await RawClient.join(await makeRoom())
      const file = name.replaceAll('_', '')
      const { sums } = await raw.commit([{ type: 'create', file, path: name, text: 'abc' }])
      expect(sums).toEqual({ [file]: 2656864683 })
      expect(await raw.text(file)).toBe('abc')
    },
  )
})
