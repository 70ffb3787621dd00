/** Grouping of typing into undo steps by time, and the `history` event. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Emitter } from '../../../client/emitter.ts'
import { History } from '../../../client/files/history.ts'
import type { RoomEvents } from '../../../client/types.ts'
import type { Effect } from '../../../core/replica/effects.ts'
import { Replica } from '../../../core/replica/replica.ts'

let replica: Replica
let history: History
let mayEdit = true
let emitted = 0

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 0 })
  mayEdit = true
  emitted = 0
  replica = new Replica('client-me')
  replica.drafts.create('f', 'f.txt', '')
  replica.open('f')
  const emitter = new Emitter<RoomEvents>()
  emitter.on('history', () => emitted++)
  emitter.on('error', (error) => {
    throw error
  })
  const room = {
    get canEdit() {
      return mayEdit
    },
    local: (change: () => Effect[]) => change(),
  }
  history = new History(replica, room, emitter)
})

afterEach(() => vi.useRealTimers())

/** Types letters with the given pause in ms between them. */
function type(text: string, ms: number): void {
  for (const letter of text) {
    vi.setSystemTime(Date.now() + ms)
    const points = replica.text('f')?.points ?? 0
    replica.drafts.edit('f', points === 0 ? [letter] : [points, letter], history.joins())
  }
}

const text = () => replica.text('f')?.toString()

it('joins typing without a pause, however long it is', () => {
  type('abcdefgh', 499)
  expect(history.turn('undo')).toBe(true)
  expect(text()).toBe('')
})

it('starts a new step after 500 ms', () => {
  type('ab', 100)
  type('cd', 500)
  history.turn('undo')
  expect(text()).toBe('abc')
  history.turn('undo')
  expect(text()).toBe('ab')
})

it('joins nothing to typing before an undo', () => {
  type('a', 1000)
  type('b', 1000)
  history.turn('undo')
  type('c', 1)
  history.turn('undo')
  expect(text()).toBe('a')
})

it('reports when the stacks change, and when files may no longer be changed', () => {
  history.report()
  expect(emitted).toBe(1)
  type('ab', 10)
  history.report()
  history.report()
  expect(emitted).toBe(2)
  mayEdit = false
  history.report()
  expect([emitted, history.can('undo'), history.turn('undo'), text()]).toEqual([3, false, false, 'ab'])
})
