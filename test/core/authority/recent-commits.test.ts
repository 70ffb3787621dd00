/**
 * The authority's access to the past: complete or nothing, read once for all, and not for every message that
 * names it.
 */
import { describe, expect, it } from 'vitest'
import { Authority } from '../../../core/authority/authority.ts'
import { emptyRoom } from '../../../core/model/state.ts'
import { DEFAULT_LIMITS } from '../../../core/protocol/limits.ts'
import type { Change, Commit } from '../../../core/protocol/messages.ts'
import { Text } from '../../../core/text/text.ts'

/** A room that just woke after a number of commits, each a letter at the start of its only file. */
class Woken {
  readonly readings: (readonly [after: number, upTo: number])[] = []
  readonly authority: Authority
  #clients = 0

  constructor(commits: number, units = 1) {
    const state = emptyRoom()
    const text = Text.from('x'.repeat(commits * units))
    state.files.set({ file: 'f', path: 'f', revision: commits, created: 1, text })
    state.seq = commits
    const past = {
      text: () => text,
      client: () => null,
      removals: () => null,
      blob: () => null,
      commits: (after: number, upTo: number) => {
        this.readings.push([after, upTo])
        return Array.from({ length: upTo - after }, (_, i) => commitOf(after + i + 1, units))
      },
    }
    this.authority = new Authority(state, past, { ...DEFAULT_LIMITS, fileBytes: 1e9 })
  }

  /** A new client submits. */
  submit(base: number): string {
    const client = `client-${++this.#clients}`
    const author = { client, user: client, name: client, role: null }
    const changes: Change[] = [{ type: 'edit', file: 'f', op: ['y'] }]
    return this.authority.submit(author, { type: 'submit', n: 1, base, changes }, 0).type
  }

  seal(): void {
    this.authority.seal(0)
  }
}

function commitOf(seq: number, units: number): Commit<Change> {
  const op = ['x'.repeat(units)]
  const entry = { client: 'client-a', n: seq, user: 'a', changes: [{ type: 'edit' as const, file: 'f', op }] }
  return { type: 'commit', seq, at: 0, entries: [entry], sums: {} }
}

describe('commits since an old base', () => {
  it('[S5] are read once, however many submissions name it', () => {
    const room = new Woken(3_000)
    for (let i = 0; i < 50; i++) {
      expect(room.submit(2)).toBe('accepted')
      room.seal()
    }
    expect(room.readings).toEqual([[2, 3_000]])
    expect(room.submit(1)).toBe('accepted')
    expect(room.submit(2_500)).toBe('accepted')
    expect(room.readings).toEqual([
      [2, 3_000],
      [1, 2],
    ])
  })

  it('[S5] count as gone if there are more than 10,000 to read: nothing is read', () => {
    const room = new Woken(10_010)
    expect(room.submit(9)).toBe('resync')
    expect(room.readings).toEqual([])
    expect(room.submit(10)).toBe('accepted')
  })

  it('[S5] count as gone if they are too large, in one read or in several', () => {
    const room = new Woken(200, 32 * 1024)
    expect(room.submit(1)).toBe('resync')
    expect(room.submit(100)).toBe('accepted')
    expect(room.submit(1)).toBe('resync')
    expect(room.submit(100)).toBe('accepted')
  })

  it('are dropped when memory is trimmed', () => {
    const room = new Woken(3_000)
    room.submit(2)
    room.seal()
    expect(room.authority.remembersFrom).toBe(2)
    for (let i = 0; i < 2_100; i++) {
      room.submit(room.authority.state.seq)
      room.seal()
    }
    expect(room.authority.remembersFrom).toBeGreaterThan(3_000)
  })
})

describe('recent commits', () => {
  it('[P2] include those in memory and those shortly before, which are read once', () => {
    const room = new Woken(3_000)
    for (let i = 0; i < 50; i++) expect(room.authority.recentAfter(2_900)).toHaveLength(100)
    expect(room.readings).toEqual([[2_900, 3_000]])
    expect(room.authority.recentAfter(3_000)).toEqual([])
  })

  it('[P2] exclude older ones: nothing is read', () => {
    const room = new Woken(3_000)
    for (const seq of [0, 1, 1_500, 1_900]) expect(room.authority.recentAfter(seq)).toBeNull()
    expect(room.authority.recentAfter(3_001)).toBeNull()
    expect(room.readings).toEqual([])
  })
})
