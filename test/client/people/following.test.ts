/** A followed user who disappears: how long they are still followed, by a fake clock. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Emitter } from '../../../client/emitter.ts'
import type { Followed, PeerInfo, PersonInfo } from '../../../client/index.ts'
import { Following } from '../../../client/people/following.ts'
import type { RoomEvents } from '../../../client/types.ts'

describe('a followed user who disappears', () => {
  let here: PersonInfo | undefined
  let isConnected = true
  const list: (Followed | null)[] = []
  let following: Following

  const session = (file: string | null, head = 0): PeerInfo => ({
    session: 's',
    client: 'c',
    user: 'ann',
    name: 'Ann',
    color: 'red',
    role: 'editor',
    file,
    selections: [{ anchor: head, head }],
    viewport: null,
    data: {},
  })
  const at = (...sessions: PeerInfo[]): PersonInfo => {
    return { user: 'ann', name: 'Ann', color: 'red', role: 'editor', isMe: false, sessions }
  }

  beforeEach(() => {
    vi.useFakeTimers()
    here = at(session('f'))
    isConnected = true
    list.length = 0
    const emitter = new Emitter<RoomEvents>()
    emitter.on('follow', (followed) => list.push(followed))
    following = new Following(
      { pathOf: (file) => (file === 'f' ? 'f.txt' : undefined) },
      { find: (user) => (user === 'ann' ? here : undefined) },
      {
        get isConnected() {
          return isConnected
        },
      },
      emitter,
    )
    following.follow('ann')
    list.length = 0
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  /** Sets the known person. */
  function becomes(person: PersonInfo | undefined, connected = true): void {
    here = person
    isConnected = connected
    following.update()
  }

  it('is followed for 5 more seconds, then no longer', () => {
    becomes(undefined)
    vi.advanceTimersByTime(4_999)
    expect([list, following.user]).toEqual([[], 'ann'])
    vi.advanceTimersByTime(1)
    expect([list, following.user]).toEqual([[null], null])
  })

  it('is still followed when back within that time, without an event unless the position changed', () => {
    becomes(undefined)
    vi.advanceTimersByTime(4_999)
    becomes(at(session('f')))
    vi.advanceTimersByTime(60_000)
    expect(list).toEqual([])
    becomes(at(session('f', 3)))
    expect(list).toMatchObject([{ path: 'f.txt', selections: [{ anchor: 3, head: 3 }] }])
  })

  it('is followed while this client is not connected, and 5 s more', () => {
    becomes(undefined)
    vi.advanceTimersByTime(3_000)
    becomes(undefined, false)
    vi.advanceTimersByTime(600_000)
    expect(following.user).toBe('ann')
    becomes(undefined)
    vi.advanceTimersByTime(4_999)
    expect(following.user).toBe('ann')
    vi.advanceTimersByTime(1)
    expect([list, following.user]).toEqual([[null], null])
  })

  it('is not followed into a window without a file, nor into an unknown file', () => {
    becomes(at(session(null), session('f')))
    becomes(at(session('unknown'), session('f')))
    expect(list).toEqual([])
    becomes(at(session(null)))
    expect(list).toMatchObject([{ path: null }])
  })
})
