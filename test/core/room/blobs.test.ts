import { describe, expect, it } from 'vitest'
import type { Change, Commit } from '../../../core/protocol/messages.ts'
import { deflate, fill, inflate, placeOfBlob } from '../../../core/room/blobs.ts'

function commitOf(changes: Change[]): Commit<Change> {
  return {
    type: 'commit',
    seq: 7,
    at: 1,
    entries: [{ client: 'client-1', n: 1, user: 'u', changes }],
    sums: {},
  }
}

const small: Change = { type: 'edit', file: 'f', op: [3, 'hi'] }
const large: Change = { type: 'create', file: 'g', path: 'g', text: 'line 🦊\n'.repeat(9_000) }
const paste: Change = { type: 'edit', file: 'f', op: [5, 'x'.repeat(40_000), { d: 2 }] }

describe('[C6] large content', () => {
  it('leaves its commit and comes back into it', () => {
    const commit = commitOf([small, large, paste])
    const { commit: light, blobs } = deflate(commit)
    expect([...blobs.keys()]).toEqual(['7-0', '7-1'])
    expect(JSON.stringify(light).length).toBeLessThan(600)
    expect(inflate(light, (blob) => blobs.get(blob))).toEqual(commit)
  })

  it('stays where it is when it is small', () => {
    const commit = commitOf([small])
    expect(deflate(commit)).toEqual({ commit, blobs: new Map() })
  })

  it('never makes a commit larger than a row, however many changes it has', () => {
    const text = '\u0001'.repeat(20_000)
    const many = Array.from(
      { length: 1_000 },
      (_, i): Change => ({ type: 'create', file: `f${i}`, path: `p${i}`, text }),
    )
    const { commit, blobs } = deflate(commitOf(many))
    expect(JSON.stringify(commit).length).toBeLessThan(1_000_000)
    expect(blobs.size).toBe(1_000)
  })

  it('is found by the id that it was given, and by none that only counts the same', () => {
    const { blobs } = deflate(commitOf([large]))
    expect([...blobs.keys()].map(placeOfBlob)).toEqual([{ seq: 7, number: 0 }])
    const others = [
      '',
      '7',
      '7-',
      '-0',
      '07-0',
      '7-00',
      '7-0-0',
      '7e0-0',
      '7.0-0',
      '0x7-0',
      ' 7-0',
      '0-0',
      '7-0\n',
    ]
    expect(others.map(placeOfBlob)).toEqual(others.map(() => null))
  })

  it('that is damaged or missing is noticed', () => {
    const { commit, blobs } = deflate(commitOf([large]))
    expect(() => inflate(commit, () => undefined)).toThrow('missing')
    expect(() => inflate(commit, (blob) => `${blobs.get(blob)} `)).toThrow('damaged')
    expect(fill(commit, () => undefined)).toEqual(commit)
  })
})
