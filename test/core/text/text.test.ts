/** Texts and their tree, compared with plain strings. */
import { describe, expect, it } from 'vitest'
import { bytesOf, checksumOf, OpError, pointsOf, Text, type TextOp } from '../../../core/text/index.ts'
import {
  build,
  MAX_CHILDREN,
  MAX_LEAF,
  MIN_CHILDREN,
  MIN_LEAF,
  replace,
  type TreeNode,
} from '../../../core/text/rope.ts'
import { applyPlain } from '../../support/plain-text.ts'
import { seeded } from '../../support/seeded.ts'

const test = seeded()
const { note } = test

function expectSame(text: Text, plain: string): void {
  expect(text.toString() === plain, note).toBe(true)
  expect([text.points, text.units, text.bytes, text.checksum()], note).toEqual([
    pointsOf(plain),
    plain.length,
    bytesOf(plain),
    checksumOf(plain),
  ])
}

describe('the checksum', () => {
  it('matches the documented test vectors', () => {
    expect(checksumOf('')).toBe(0)
    expect(checksumOf('abc')).toBe(2656864683)
    expect(checksumOf('Grüße, 世界 😀\n')).toBe(1175737697)
  })

  it('follows the formula unit by unit', () => {
    const text = test.random.textOf(101)
    let h = 0n
    for (let i = 0; i < text.length; i++) h = (h * 747796405n + BigInt(text.charCodeAt(i)) + 1n) % 2n ** 32n
    let x = Number(h ^ BigInt(text.length))
    x = Number((BigInt(x ^ (x >>> 16)) * 0x85ebca6bn) & 0xffffffffn)
    x = Number((BigInt((x ^ (x >>> 13)) >>> 0) * 0xc2b2ae35n) & 0xffffffffn)
    expect(checksumOf(text), note).toBe((x ^ (x >>> 16)) >>> 0)
  })
})

describe('the size of a string', () => {
  it('is right in points and bytes at every boundary between kinds of characters', () => {
    for (const point of [1, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff]) {
      const text = String.fromCodePoint(point)
      expect([pointsOf(text), bytesOf(text)]).toEqual([1, Buffer.byteLength(text)])
    }
    const text = test.random.textOf(500)
    expect([pointsOf(text), bytesOf(text)], note).toEqual([500, Buffer.byteLength(text)])
  })
})

describe('a text', () => {
  it('equals a plain string after every op', () => {
    for (let round = 0; round < 25; round++) {
      let plain = test.random.text(test.random.chance(0.5) ? 40 : 4000)
      let text = Text.from(plain)
      expectSame(text, plain)
      for (let i = 0; i < 40; i++) {
        const op: TextOp = test.random.chance(0.05) ? [test.random.textOf(3000)] : test.random.op(text.points)
        const before = text
        const plainBefore = plain
        text = text.apply(op)
        plain = applyPlain(plain, op)
        expectSame(text, plain)
        expect(before.toString() === plainBefore, note).toBe(true)
      }
    }
  })

  it('converts between points and units at any position', () => {
    for (const size of [0, 1, 5, 300, 2500]) {
      const plain = test.random.textOf(size)
      const text = Text.from(plain)
      let unit = 0
      let point = 0
      for (const character of plain) {
        if (text.unitOf(point) !== unit || text.pointOf(unit) !== point || text.splitsPair(unit)) {
          expect.fail(`point ${point}, unit ${unit}, ${note}`)
        }
        if (character.length === 2 && (text.pointOf(unit + 1) !== point || !text.splitsPair(unit + 1))) {
          expect.fail(`unit ${unit} is a pair, ${note}`)
        }
        unit += character.length
        point++
      }
      expect([text.unitOf(point), text.pointOf(unit), text.splitsPair(unit)]).toEqual([unit, point, false])
    }
  })

  it('can be sliced by points and by units', () => {
    const plain = test.random.textOf(3000)
    const characters = Array.from(plain)
    const text = Text.from(plain)
    for (let i = 0; i < 300; i++) {
      const to = test.random.int(3001)
      const from = test.random.int(to + 1)
      expect(text.slice(from, to) === characters.slice(from, to).join(''), note).toBe(true)
      const [fromUnit, toUnit] = [text.unitOf(from), text.unitOf(to)]
      expect(text.sliceUnits(fromUnit, toUnit) === plain.slice(fromUnit, toUnit), note).toBe(true)
    }
  })

  it('refuses positions outside', () => {
    const text = Text.from('a😀')
    for (const wrong of [-1, 0.5, 4, Number.NaN]) {
      expect(() => text.unitOf(wrong)).toThrow(RangeError)
      expect(() => text.pointOf(wrong)).toThrow(RangeError)
      expect(() => text.splitsPair(wrong)).toThrow(RangeError)
    }
    expect(() => text.unitOf(3)).toThrow(RangeError)
    expect(() => text.slice(2, 1)).toThrow(RangeError)
    expect(() => text.slice(0, 3)).toThrow(RangeError)
    expect(() => text.sliceUnits(0, 4)).toThrow(RangeError)
  })

  it('refuses an op that does not fit instead of clipping it', () => {
    for (const op of [[{ d: 3 }], [3, 'x'], [1, { d: 2 }]] satisfies TextOp[]) {
      expect(() => Text.from('a😀').apply(op)).toThrow(OpError)
    }
    expect(Text.from('a😀').apply([2, 'x']).toString()).toBe('a😀x')
  })

  it('is the empty text once everything is deleted', () => {
    const text = Text.from(test.random.textOf(5000))
    expect(text.apply([{ d: text.points }])).toBe(Text.empty)
    expect(Text.from('')).toBe(Text.empty)
    expect(Text.empty.apply([])).toBe(Text.empty)
    expectSame(Text.empty, '')
  })

  it('accepts an insert of a megabyte and a delete of nearly all of it', () => {
    const large = test.random.textOf(1000).repeat(1000)
    const text = Text.from('ab').apply([1, large])
    expectSame(text, `a${large}b`)
    expectSame(
      text.apply([3, { d: 999_990 }]),
      `a${Array.from(large).slice(0, 2).join('')}${Array.from(large).slice(-8).join('')}b`,
    )
  })

  it('equals any text with the same characters', () => {
    const plain = test.random.textOf(6000)
    const text = Text.from(plain)
    const edited = text.apply([3000, 'x'])
    expect(text.equals(text)).toBe(true)
    expect(text.equals(edited)).toBe(false)
    expect(edited.apply([3000, { d: 1 }]).equals(text)).toBe(true)
    const halves = Text.from(text.slice(0, 1234)).apply([1234, text.slice(1234, 6000)])
    expect(halves.equals(text)).toBe(true)
    expect(text.apply([3000, 'x']).equals(text.apply([3000, 'y']))).toBe(false)
  })
})

describe('the tree under a text', () => {
  it('stays balanced and well filled through 100,000 edits', () => {
    let root = build(test.random.textOf(20_000))
    for (let i = 0; i < 100_000; i++) {
      const growing = (i >>> 13) % 2 === 0
      const from = test.random.int(root.points + 1)
      const insert = test.random.chance(growing ? 0.9 : 0.2) ? test.random.textOf(1 + test.random.int(3)) : ''
      const reach = test.random.chance(0.001) ? 2000 : 6
      const to = insert === '' ? Math.min(root.points, from + 1 + test.random.int(reach)) : from
      root = replace(root, from, to, insert, pointsOf(insert), bytesOf(insert))
      if (i % 1000 === 0) check(root, true)
    }
    const leaves = check(root, true)
    expect(root.units / leaves, note).toBeGreaterThan(MAX_LEAF * 0.4)
  })

  it('stays so when typing at one place and deleting backwards', () => {
    let root = build('')
    for (let i = 0; i < 20_000; i++) root = replace(root, root.points, root.points, '😀', 1, 4)
    check(root, true)
    for (let i = 0; i < 5000; i++) root = replace(root, 5000, 5000, 'x', 1, 1)
    check(root, true)
    while (root.points > 0) {
      const from = Math.max(0, root.points - 7)
      root = replace(root, from, root.points, '', 0, 0)
    }
    expect(root.units).toBe(0)
  })
})

/** Checks sizes and counts of a node and everything below it; returns its number of leaves. */
function check(node: TreeNode, isRoot: boolean): number {
  const broken = (what: string) => expect.fail(`${what}, ${note}`)
  if (node.height === 0) {
    if (node.text.length > MAX_LEAF || (!isRoot && node.text.length < MIN_LEAF)) broken('leaf size')
    if (/\p{Surrogate}/u.test(node.text)) broken('a leaf splits a pair')
    if (node.units !== node.text.length || node.points !== pointsOf(node.text)) broken('leaf count')
    if (node.bytes !== bytesOf(node.text)) broken('leaf bytes')
    return 1
  }
  const fewest = isRoot ? 2 : MIN_CHILDREN
  if (node.children.length < fewest || node.children.length > MAX_CHILDREN) broken('children')
  let leaves = 0
  let [points, units, bytes] = [0, 0, 0]
  for (const child of node.children) {
    if (child.height !== node.height - 1) broken('height')
    leaves += check(child, false)
    points += child.points
    units += child.units
    bytes += child.bytes
  }
  if (points !== node.points || units !== node.units || bytes !== node.bytes) broken('sums')
  return leaves
}
