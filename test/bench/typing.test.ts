/** The load of typing, on a system in memory: who types, who has a cursor, and what is counted. */
import { describe, expect, it } from 'vitest'
import type { Adapter, Sink } from '../../bench/adapters/adapter.ts'
import { Params } from '../../bench/load/job.ts'
import { typing } from '../../bench/load/typing.ts'

interface Member {
  readonly index: number
  readonly sink: Sink
}

/** Sends on what it gets in a later event, as a server would. */
class MemorySystem {
  /** The cursors that each client moved. */
  readonly moves = new Map<number, number[]>()
  /** The positions of the ops of each client. */
  readonly ops = new Map<number, number[]>()
  readonly #texts = new Map<string, string>()
  readonly #members = new Map<string, Member[]>()
  readonly #hasCursors: boolean
  readonly #loses: number

  constructor({ hasCursors = true, loses = 0 } = {}) {
    this.#hasCursors = hasCursors
    this.#loses = loses
  }

  get rooms(): number {
    return this.#texts.size
  }

  readonly adapter: Adapter = {
    seed: async (room, text) => {
      this.#texts.set(room, text)
      return () => {}
    },
    connect: async (room, index, sink) => {
      const members = this.#members.get(room) ?? []
      this.#members.set(room, [...members, { index, sink }])
      const others = () => (this.#members.get(room) ?? []).filter((member) => member.index !== index)
      return {
        socket: { bytesIn: 0, framesIn: 0 },
        send: (n, position, letter) => {
          this.ops.set(index, [...(this.ops.get(index) ?? []), position])
          setImmediate(() => {
            this.#texts.set(room, (this.#texts.get(room) ?? '') + letter)
            for (const other of others()) other.sink.remote(index, n)
            sink.ack(n)
          })
        },
        ...(this.#hasCursors
          ? {
              moveCursor: (position: number) => {
                this.moves.set(index, [...(this.moves.get(index) ?? []), position])
                setImmediate(() => {
                  for (const other of others()) other.sink.cursors?.(1)
                })
              },
            }
          : {}),
        close: () => {},
      }
    },
    join: async (room) => {
      const text = this.#texts.get(room) ?? ''
      return { text: text.slice(0, text.length - this.#loses), ms: 0, bytes: 0 }
    },
    build: () => Promise.reject(new Error('not needed')),
  }
}

const load = (system: MemorySystem, params: Readonly<Record<string, number>>) =>
  typing(system.adapter, 0, new Params({ warmup: 0.05, secs: 0.3, ...params }))

describe('people who type at a rate', () => {
  it('move their cursor with every letter, to where it was typed', async () => {
    const system = new MemorySystem()
    const figures = await load(system, { clients: 3, rate: 100 })
    expect([...system.moves.keys()].sort()).toEqual([0, 1, 2])
    expect(system.moves).toEqual(system.ops)
    expect(figures.cursors).toBeGreaterThan(0)
    expect(figures).toMatchObject({ lost: 0, undelivered: 0, dropped: 0 })
  })

  it('in many rooms are read back from all of them', async () => {
    const figures = await load(new MemorySystem({ loses: 1 }), { clients: 3, rate: 20, rooms: 40 })
    expect(figures.lost).toBe(40)
    const system = new MemorySystem()
    expect(await load(system, { clients: 3, rate: 20, rooms: 40 })).toMatchObject({ lost: 0, undelivered: 0 })
    expect([system.rooms, system.ops.size]).toEqual([40, 120])
  })

  it('cannot be measured on a system without cursors', async () => {
    const system = new MemorySystem({ hasCursors: false })
    await expect(load(system, { clients: 2, rate: 50 })).rejects.toThrow('no cursors to move')
  })
})

describe('programs', () => {
  it('in a closed loop have no cursors', async () => {
    const system = new MemorySystem({ hasCursors: false })
    const figures = await load(system, { clients: 2 })
    expect(figures.opsPerS).toBeGreaterThan(0)
    expect(figures.cursors).toBeUndefined()
    expect(figures.lost).toBe(0)
  })

  it('beside people type faster than they do, and only the people have cursors', async () => {
    const system = new MemorySystem()
    await load(system, { clients: 2, programs: 2, rate: 20 })
    expect([...system.moves.keys()].sort()).toEqual([0, 1])
    const count = (index: number) => system.ops.get(index)?.length ?? 0
    expect(Math.min(count(2), count(3))).toBeGreaterThan(Math.max(count(0), count(1)))
  })
})
