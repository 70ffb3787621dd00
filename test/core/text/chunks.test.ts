/** Texts in chunks: what is loaded, and that nothing else differs from a text that is in memory. */
import { describe, expect, it } from 'vitest'
import { chunksOf, chunkText, textOfChunks } from '../../../core/text/chunks.ts'
import type { TextOp } from '../../../core/text/op.ts'
import { Text } from '../../../core/text/text.ts'
import { seeded } from '../../support/seeded.ts'

const run = seeded()
const LINE = 'Grüße, 世界 😀 and some plain words\n'
const LARGE = LINE.repeat(30_000)

/** The text as it is when only its chunks' sizes are known, and which of them were loaded. */
function unloadedFrom(text: Text) {
  const chunks = chunksOf(text)
  const loads: number[] = []
  const sizes = chunks.map((chunk) => {
    const { points, units, bytes } = chunk
    return { points, units, bytes, hash: chunk.hash() }
  })
  const bodies = chunks.map(chunkText)
  const copy = textOfChunks(sizes, (index) => {
    loads.push(index)
    return bodies[index] ?? ''
  })
  return { copy, loads, bodies }
}

describe('a text in chunks', () => {
  it('consists of parts that fit a row, and of one if it is small', () => {
    expect(chunksOf(Text.from(LINE))).toHaveLength(1)
    const chunks = chunksOf(Text.from(LARGE))
    expect(chunks.map(chunkText).join('')).toBe(LARGE)
    expect(chunks.length).toBeGreaterThan(5)
    for (const { units } of chunks) expect(units).toBeLessThanOrEqual(256 * 1024)
  })

  it('knows its sizes and its checksum without loading anything', () => {
    const text = Text.from(LARGE)
    const { copy, loads } = unloadedFrom(text)
    expect([copy.points, copy.units, copy.bytes]).toEqual([text.points, text.units, text.bytes])
    expect(copy.checksum()).toBe(text.checksum())
    expect(loads).toEqual([])
  })

  it('loads what an edit touches, once, and keeps the other chunks as they are', () => {
    const text = Text.from(LARGE)
    const { copy, loads } = unloadedFrom(text)
    const before = chunksOf(copy)
    const op: TextOp = [300_000, 'x', { d: 2 }]
    const edited = copy.apply(op).apply([300_000, 'y'])
    expect(loads).toHaveLength(1)
    expect(edited.checksum()).toBe(text.apply(op).apply([300_000, 'y']).checksum())
    expect(loads).toHaveLength(1)
    expect(chunksOf(edited).filter((chunk) => !before.includes(chunk))).toHaveLength(1)
    expect(edited.slice(299_990, 300_010)).toBe(text.apply(op).apply([300_000, 'y']).slice(299_990, 300_010))
    expect(loads).toHaveLength(1)
  })

  it('loads a chunk again if that failed, and accepts no other text in its place', () => {
    const text = Text.from(LARGE)
    const chunks = chunksOf(text)
    let body: () => string = () => {
      throw new Error('the disk fails')
    }
    const sizes = chunks.map((chunk) => {
      const { points, units, bytes } = chunk
      return { points, units, bytes, hash: chunk.hash() }
    })
    const copy = textOfChunks(sizes, () => body())
    expect(() => copy.apply([9, 'x'])).toThrow('the disk fails')
    const first = chunks[0] === undefined ? '' : chunkText(chunks[0])
    body = () => `${first.slice(0, -1)}?`
    expect(() => copy.apply([9, 'x'])).toThrow('a chunk of')
    body = () => first
    expect(copy.apply([9, 'x']).slice(0, 12)).toBe(text.apply([9, 'x']).slice(0, 12))
  })

  it('behaves like any other under random edits, stored and loaded again and again', () => {
    const below = (most: number) => run.random.int(Math.max(1, most))
    let expected = Text.from(LARGE)
    let { copy } = unloadedFrom(expected)
    for (let i = 0; i < 300; i++) {
      const at = below(expected.points)
      const removed = below(Math.min(expected.points - at, i % 20 === 0 ? 200_000 : 30))
      const insert = LINE.slice(0, 14).repeat(i % 20 === 10 ? below(15_000) : below(3))
      const op: TextOp = [...(at > 0 ? [at] : []), ...(insert === '' ? [] : [insert])]
      const whole: TextOp = removed > 0 ? [...op, { d: removed }] : op
      if (whole.length === 0 || typeof whole.at(-1) === 'number') continue
      expected = expected.apply(whole)
      copy = copy.apply(whole)
      expect([copy.points, copy.units, copy.bytes]).toEqual([expected.points, expected.units, expected.bytes])
      if (i % 10 !== 0 || chunksOf(copy).length < 2) continue
      expect(copy.checksum()).toBe(expected.checksum())
      copy = unloadedFrom(copy).copy
    }
    expect(copy.equals(expected)).toBe(true)
  })
})
