/** How a flush is split into transactions. */

import { describe, expect, it } from 'vitest'
import { chunks, type FlushPart, flushParts, MAX_PART_UNITS } from '../../schema/statements/flush-parts.ts'
import { batchOf, clientOf, commitOf, fileOf } from './contract/samples.ts'

const body = (seq: number, units: number) => commitOf(seq, { body: 'x'.repeat(units) })
const text = (file: string, units: number) => fileOf(file, 1, { text: 'x'.repeat(units) })

/** The contents of each part: seqs of commits and ids of files. */
const brought = (parts: Iterable<FlushPart>) =>
  [...parts].map(({ commits, files }) => [...commits.map(({ seq }) => seq), ...files.map(({ file }) => file)])

const batch = batchOf('r', 9, {
  commits: [body(7, 4), body(8, 4), body(9, 4)],
  files: [text('a', 4), text('b', 4), fileOf('c', 9, { text: null })],
  removed: ['d'],
  clients: [clientOf('c', 1, 9)],
})

describe('a flush', () => {
  it('stays whole up to the limit', () => {
    expect([...flushParts(batch, 20)]).toEqual([{ ...batch, number: 0, last: true }])
    expect([...flushParts(batchOf('r', 9))]).toEqual([{ ...batchOf('r', 9), number: 0, last: true }])
  })

  it('is split beyond it: commits first, then files', () => {
    expect(brought(flushParts(batch, 19))).toEqual([
      [7, 8, 9, 'a'],
      ['b', 'c'],
    ])
    expect(brought(flushParts(batch, 8))).toEqual([
      [7, 8],
      [9, 'a'],
      ['b', 'c'],
    ])
  })

  it('puts its removals and clients in the last part', () => {
    const parts = [...flushParts(batch, 8)]
    expect(parts.map(({ last, removed, clients }) => [last, removed, clients])).toEqual([
      [false, [], []],
      [false, [], []],
      [true, ['d'], batch.clients],
    ])
    for (const part of parts) expect(part).toMatchObject({ room: 'r', epoch: 'first', seq: 9 })
  })

  it('reads a part only on demand', () => {
    let read = 0
    const files = function* () {
      for (const id of ['a', 'b', 'c']) {
        read++
        yield text(id, 4)
      }
    }
    const parts = flushParts({ ...batch, commits: [], files: files() }, 4)
    parts.next()
    // Only the next row shows that the part is full.
    expect(read).toBe(2)
  })

  it('that is incomplete has no last part', () => {
    const parts = [...flushParts({ ...batch, isWhole: false }, 8)]
    expect(parts.map(({ last, number, removed, clients }) => [last, number, removed, clients])).toEqual([
      [false, 0, [], []],
      [false, 1, [], []],
      [false, 2, [], []],
    ])
  })

  it('never splits a row, however large', () => {
    expect(brought(flushParts(batch, 1))).toEqual([[7], [8], [9], ['a'], ['b'], ['c']])
  })

  it('counts the blobs of a commit, too', () => {
    const commits = [commitOf(1, { body: 'xx', blobs: { one: 'xxx', two: 'xxx' } }), body(2, 1)]
    expect(brought(flushParts(batchOf('r', 2, { commits }), 8))).toEqual([[1], [2]])
    expect(brought(flushParts(batchOf('r', 2, { commits }), 9))).toEqual([[1, 2]])
  })

  it('may have 4 Mi units in one part', () => {
    const half = MAX_PART_UNITS / 2
    expect(MAX_PART_UNITS).toBe(4 * 1024 * 1024)
    expect([...flushParts(batchOf('r', 1, { files: [text('a', half), text('b', half)] }))]).toHaveLength(1)
    expect([...flushParts(batchOf('r', 1, { files: [text('a', half), text('b', half + 1)] }))]).toHaveLength(
      2,
    )
  })
})

describe('rows', () => {
  it('are also split by their number', () => {
    expect(chunks([1, 2, 3, 4, 5], () => 0, { maxUnits: 1, maxRows: 2 })).toEqual([[1, 2], [3, 4], [5]])
    expect(chunks([], () => 0, { maxUnits: 1 })).toEqual([])
  })
})
