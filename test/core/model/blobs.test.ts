/** Large content, which is stored beside its commit and inlined again. */
import { describe, expect, it } from 'vitest'
import { extractBlobs, fill, inlineBlobs, placeOfBlob } from '../../../core/model/blobs.ts'
import { isFileChange, isPolicyChange } from '../../../core/protocol/changes.ts'
import { CHAT_UNITS, INLINE_BYTES } from '../../../core/protocol/limits.ts'
import type { Change, Commit, Entry } from '../../../core/protocol/messages.ts'

const SEQ = 7

function commitOf(...changes: Change[]): Commit<Change> {
  return { type: 'commit', seq: SEQ, at: 1, entries: [entryOf(changes)], sums: {} }
}

function entryOf(changes: readonly Change[]): Entry<Change> {
  return { client: 'client-1', n: 1, user: 'u', changes }
}

function extract(commit: Commit<Change>, inlineBytes = INLINE_BYTES) {
  const blobs = new Map<string, string>()
  const entries = commit.entries.map((entry) => extractBlobs(entry, inlineBytes, SEQ, blobs))
  return { commit: { ...commit, entries }, blobs }
}

const small: Change = { type: 'edit', file: 'f', op: [3, 'hi'] }
const large: Change = { type: 'create', file: 'g', path: 'g', text: 'line 🦊\n'.repeat(9_000) }
const paste: Change = { type: 'edit', file: 'f', op: [5, 'x'.repeat(40_000), { d: 2 }] }

describe('[C6] large content', () => {
  it('is extracted from its commit and inlined again', () => {
    const commit = commitOf(small, large, paste)
    const { commit: light, blobs } = extract(commit)
    expect([...blobs.keys()]).toEqual(['7-0', '7-1'])
    expect(JSON.stringify(light).length).toBeLessThan(600)
    expect(inlineBlobs(light, (blob) => blobs.get(blob))).toEqual(commit)
  })

  it('is measured as written: control characters take six bytes, others up to four', () => {
    const text = (character: string, times: number): Change => {
      return { type: 'create', file: 'g', path: 'g', text: character.repeat(times) }
    }
    const isLarge = (change: Change) => extract(commitOf(change)).blobs.size === 1
    expect(isLarge(text('a', 32_000))).toBe(false)
    expect(isLarge(text('\u0001', 32_000 / 6))).toBe(false)
    expect(isLarge(text('\u0001', 6_000))).toBe(true)
    expect(isLarge(text('語', 11_000))).toBe(true)
    expect(isLarge(text('"', 17_000))).toBe(true)
  })

  it('follows from the type of its change: chat and policy changes stay in the commit', () => {
    const long = 'x'.repeat(CHAT_UNITS)
    const people: Change[] = [
      { type: 'chat', text: long, name: long },
      { type: 'role', user: long, role: 'viewer', name: long },
      { type: 'kick', user: long, at: 5 },
      { type: 'mode', mode: 'classroom' },
      { type: 'access', access: 'view' },
      { type: 'chatting', on: false },
      { type: 'close', closed: true },
      { type: 'rename', file: 'f', path: long },
      { type: 'remove', file: 'f' },
    ]
    const commit = commitOf(...people)
    expect(extract(commit, 0)).toEqual({ commit, blobs: new Map() })
  })

  it('and its change, of every type, belong to a file, the policy or chat', () => {
    const odd = { type: 'chat', text: 'hi', file: 'f' } as Change
    expect([isFileChange(odd), isPolicyChange(odd)]).toEqual([false, false])
  })

  it('is found by its id, and not by another spelling of the same numbers', () => {
    const { blobs } = extract(commitOf(large))
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

  it('that is damaged or missing is detected', () => {
    const { commit, blobs } = extract(commitOf(large))
    expect(() => inlineBlobs(commit, () => undefined)).toThrow('missing')
    expect(() => inlineBlobs(commit, (blob) => `${blobs.get(blob)} `)).toThrow('damaged')
    expect(fill(commit, () => undefined)).toEqual(commit)
  })
})
