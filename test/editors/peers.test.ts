/** Remote cursors as CodeMirror state: mapping through changes of the document. */
import { EditorState } from '@codemirror/state'
import { describe, expect, it } from 'vitest'
import type { PeerInfo, TextChange } from '../../client/types.ts'
import { fileChange } from '../../editors/codemirror/binding.ts'
import { peersField, setPeers } from '../../editors/codemirror/peers.ts'

function ada(anchor: number, head: number, more: Partial<PeerInfo> = {}): PeerInfo {
  return {
    session: 's-ada',
    client: 'c-ada',
    user: 'ada',
    name: 'Ada',
    color: '#b42318',
    role: 'editor',
    viewport: null,
    file: 'f1',
    selections: [{ anchor, head }],
    data: {},
    ...more,
  }
}

function stateWith(peers: readonly PeerInfo[]): EditorState {
  const state = EditorState.create({ doc: 'hello world', extensions: [peersField] })
  return state.update({ effects: setPeers.of(peers) }).state
}

function change(client: string): TextChange {
  return { edits: [], origin: 'remote', user: null, client }
}

function selectionsOf(state: EditorState) {
  return state.field(peersField).flatMap((peer) => peer.selections)
}

describe('the cursors of peers', () => {
  it('move with text that is typed before them', () => {
    const state = stateWith([ada(6, 6)]).update({ changes: { from: 0, insert: '> ' } }).state
    expect(selectionsOf(state)).toEqual([{ anchor: 8, head: 8 }])
  })

  it('stay before what somebody else types at the same position', () => {
    const state = stateWith([ada(6, 6)]).update({ changes: { from: 6, insert: 'my ' } }).state
    expect(selectionsOf(state)).toEqual([{ anchor: 6, head: 6 }])
  })

  it('go behind what their own peer types', () => {
    const state = stateWith([ada(6, 6)]).update({
      changes: { from: 6, insert: 'my ' },
      annotations: fileChange.of(change('c-ada')),
    }).state
    expect(selectionsOf(state)).toEqual([{ anchor: 9, head: 9 }])
  })

  it('do not grow a selection by what others type at its ends', () => {
    const state = stateWith([ada(11, 6)]).update({
      changes: [
        { from: 6, insert: '>' },
        { from: 11, insert: '<' },
      ],
    }).state
    expect(selectionsOf(state)).toEqual([{ anchor: 12, head: 7 }])
  })

  it('are always inside the document', () => {
    expect(selectionsOf(stateWith([ada(3, 400)]))).toEqual([{ anchor: 3, head: 11 }])
  })

  it('are redrawn when the name, colour or position changes, and only then', () => {
    const state = stateWith([ada(1, 1)])
    const before = state.field(peersField)
    const showing = (peer: PeerInfo) => state.update({ effects: setPeers.of([peer]) }).state.field(peersField)
    expect(showing(ada(1, 1))).toBe(before)
    expect(showing(ada(1, 1, { name: 'Ada L.' }))).not.toBe(before)
    expect(showing(ada(1, 1, { color: '#175cd3' }))).not.toBe(before)
    expect(showing(ada(2, 2))).not.toBe(before)
    expect(showing(ada(1, 1, { session: 's-2' }))).not.toBe(before)
  })

  it('disappear with their peer', () => {
    const state = stateWith([ada(1, 1)]).update({ effects: setPeers.of([]) }).state
    expect(state.field(peersField)).toEqual([])
  })
})
