/** Remote cursors, by the same rules in both editors; and the presence that a Monaco editor sends. */
import { EditorState } from '@codemirror/state'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Edit, PeerInfo, SelectionRange, TextChange } from '../../../client/types.ts'
import { fileChange } from '../../../editors/codemirror/binding.ts'
import { changesOf } from '../../../editors/codemirror/changes.ts'
import { peersField, setPeers } from '../../../editors/codemirror/peers.ts'
import { movePeers } from '../../../editors/monaco/peers.ts'
import { Reporter } from '../../../editors/monaco/reporter.ts'
import { type PeerCursors, takePeers } from '../../../editors/peer-cursors.ts'
import { createModel } from './model.ts'
import { FakeEditor, FakeRoom } from './room.ts'

function ada(anchor: number, head: number, more: Partial<PeerInfo> = {}): PeerInfo {
  return {
    session: 's-ada',
    client: 'c-ada',
    user: 'ada',
    name: 'Ada',
    color: '#b42318',
    role: 'editor',
    file: 'f1',
    selections: [{ anchor, head }],
    viewport: null,
    data: {},
    ...more,
  }
}

const TEXT = 'hello world'

interface Shown {
  /** Takes over the room’s peers. */
  take(peers: readonly PeerInfo[]): Shown
  change(edits: readonly Edit[], client: string): Shown
  readonly peers: readonly PeerCursors[]
}

function inMonaco(peers: readonly PeerCursors[] = [], units = TEXT.length): Shown {
  return {
    peers,
    take: (infos) => inMonaco(takePeers(peers, infos, units), units),
    change(edits, client) {
      const change: TextChange = { edits, origin: 'remote', user: null, client }
      const longer = edits.reduce((sum, { remove, insert }) => sum + insert.length - remove, units)
      return inMonaco(movePeers(peers, change), longer)
    },
  }
}

function inCodeMirror(state = EditorState.create({ doc: TEXT, extensions: [peersField] })): Shown {
  return {
    peers: state.field(peersField),
    take: (infos) => inCodeMirror(state.update({ effects: setPeers.of(infos) }).state),
    change(edits, client) {
      const annotation = fileChange.of({ edits, origin: 'remote', user: null, client })
      const changes = changesOf(edits, state.doc.length)
      return inCodeMirror(state.update({ changes, annotations: annotation }).state)
    },
  }
}

describe.each([
  { name: 'CodeMirror', open: () => inCodeMirror() },
  { name: 'Monaco', open: () => inMonaco() },
])('the cursors of peers in $name', ({ open }) => {
  const places = (shown: Shown): readonly SelectionRange[] => shown.peers.flatMap((peer) => peer.selections)

  it('move with text that is typed before them', () => {
    const shown = open()
      .take([ada(6, 6)])
      .change([{ at: 0, remove: 0, insert: '> ' }], 'c-bob')
    expect(places(shown)).toEqual([{ anchor: 8, head: 8 }])
  })

  it('stay before what somebody else types at the same position', () => {
    const shown = open()
      .take([ada(6, 6)])
      .change([{ at: 6, remove: 0, insert: 'my ' }], 'c-bob')
    expect(places(shown)).toEqual([{ anchor: 6, head: 6 }])
  })

  it('go behind what their own peer types, and show their name again', () => {
    const before = open().take([ada(6, 6)])
    const shown = before.change([{ at: 6, remove: 0, insert: 'my ' }], 'c-ada')
    expect(places(shown)).toEqual([{ anchor: 9, head: 9 }])
    expect(shown.peers[0]?.moves).toBe((before.peers[0]?.moves ?? 0) + 1)
  })

  it('do not grow a selection by what others type at its ends', () => {
    const edits = [
      { at: 6, remove: 0, insert: '>' },
      { at: 11, remove: 0, insert: '<' },
    ]
    expect(
      places(
        open()
          .take([ada(11, 6)])
          .change(edits, 'c-bob'),
      ),
    ).toEqual([{ anchor: 12, head: 7 }])
  })

  it('are always inside the text', () => {
    expect(places(open().take([ada(3, 400)]))).toEqual([{ anchor: 3, head: 11 }])
  })

  it('are redrawn when the name, colour or position changes, and only then', () => {
    const shown = open().take([ada(1, 1)])
    const showing = (peer: PeerInfo) => shown.take([peer]).peers
    expect(showing(ada(1, 1))).toBe(shown.peers)
    expect(showing(ada(1, 1, { name: 'Ada L.' }))).not.toBe(shown.peers)
    expect(showing(ada(1, 1, { color: '#175cd3' }))).not.toBe(shown.peers)
    expect(showing(ada(2, 2))).not.toBe(shown.peers)
    expect(showing(ada(1, 1, { session: 's-2' }))).not.toBe(shown.peers)
  })

  it('disappear with their peer', () => {
    expect(
      open()
        .take([ada(1, 1)])
        .take([]).peers,
    ).toEqual([])
  })
})

describe('a Monaco editor sends', () => {
  let frames: Map<number, () => void>
  beforeEach(() => {
    frames = new Map()
    let made = 0
    vi.stubGlobal('requestAnimationFrame', (draw: () => void) => {
      frames.set(++made, draw)
      return made
    })
    vi.stubGlobal('cancelAnimationFrame', (frame: number) => frames.delete(frame))
  })
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  function nextFrame(): void {
    const due = [...frames.values()]
    frames.clear()
    for (const draw of due) draw()
  }

  function open(text = TEXT, room = new FakeRoom(), file = 'f1') {
    const model = createModel(text)
    const host = new FakeEditor(model)
    host.select([0, 0])
    return { room, model, host, reporter: new Reporter(host, model, room, { file }) }
  }

  it('all its selections and its viewport, once per frame', () => {
    const lines = Array.from({ length: 100 }, (_, i) => String(i).padStart(3, '0')).join('\n')
    const { room, host } = open(lines)
    nextFrame()
    room.emitted.length = 0
    host.select([1, 3], [8, 6])
    host.setScrollTop(40)
    host.focus()
    expect(room.emitted).toEqual([])
    nextFrame()
    nextFrame()
    const selections = [
      { anchor: 1, head: 3 },
      { anchor: 8, head: 6 },
    ]
    expect(room.emitted).toEqual([{ file: 'f1', selections, viewport: { anchor: 8, head: 47 } }])
  })

  it('no more selections than the room accepts', () => {
    const { room, host } = open('x'.repeat(300))
    host.select(...Array.from({ length: 200 }, (_, i) => [i, i] as const))
    nextFrame()
    expect(room.emitted.at(-1)?.selections).toHaveLength(100)
  })

  it('nothing while it is detached, or shows another model', () => {
    const { room, host, model } = open()
    host.connected = false
    nextFrame()
    host.connected = true
    host.show(createModel('another'))
    host.select([3, 3])
    nextFrame()
    expect(room.emitted).toEqual([])
    host.show(model)
    nextFrame()
    expect(room.emitted).toHaveLength(1)
  })

  it('its position again after a reconnect', () => {
    const { room } = open()
    nextFrame()
    room.setStatus('reconnecting')
    room.setStatus('connected')
    expect(room.emitted).toHaveLength(2)
    room.setStatus('connected')
    expect(room.emitted).toHaveLength(2)
  })

  it('that the user is nowhere when it is destroyed, unless another editor has sent since', () => {
    const room = new FakeRoom()
    const one = open(TEXT, room, 'f1')
    nextFrame()
    const two = open(TEXT, room, 'f2')
    nextFrame()
    one.reporter.destroy()
    expect(room.emitted.at(-1)?.file).toBe('f2')
    two.reporter.destroy()
    expect(room.emitted.at(-1)).toEqual({ file: null, selections: [] })
    expect([one.host.listeners, two.host.listeners]).toEqual([0, 0])
  })

  it('nothing for what others do to an editor without the user', () => {
    const room = new FakeRoom()
    const one = open(TEXT, room, 'f1')
    const two = open(TEXT, room, 'f2')
    nextFrame()
    expect(room.emitted.at(-1)?.file).toBe('f2')
    one.host.setScrollTop(10)
    one.host.setSelections([], 'edgeroom')
    nextFrame()
    expect(room.emitted.at(-1)?.file).toBe('f2')
    one.host.focus()
    nextFrame()
    expect(room.emitted.at(-1)?.file).toBe('f1')
    two.reporter.destroy()
    expect(room.emitted.at(-1)?.file).toBe('f1')
  })
})
