/** The cost of a JSON text, bounded without parsing it. */
import { describe, expect, it } from 'vitest'
import { JSON_DEPTH, jsonExcess } from '../../../core/protocol/json-bounds.ts'
import { freshSeed, Random } from '../../support/random.ts'

const lists = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`

describe('the depth of a JSON text', () => {
  it.each([
    ['lists', lists],
    ['objects', objects],
    ['both', (depth: number) => `${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`],
  ])('[T6] is limited for %s', (_, nested) => {
    expect(jsonExcess(nested(JSON_DEPTH))).toBeNull()
    expect(jsonExcess(nested(JSON_DEPTH + 2))).toBe('too_deep')
    expect(jsonExcess(`[${nested(JSON_DEPTH)}]`)).toBe('too_deep')
  })

  it('[T6] counts open levels, not the number of brackets', () => {
    expect(
      jsonExcess(
        `[${Array(1_000)
          .fill(lists(JSON_DEPTH - 1))
          .join(',')}]`,
      ),
    ).toBeNull()
  })

  it('[T6] ignores brackets in strings, whatever their escapes', () => {
    const brackets = '['.repeat(200)
    for (const escapes of ['', '\\"', '\\\\', '\\\\\\"', '\\u0022', '\\"'.repeat(99), '\\\\'.repeat(99)]) {
      for (const filler of ['', 'x'.repeat(31), 'x'.repeat(33), 'x'.repeat(500)]) {
        const string = `"${filler}${escapes}${filler}${brackets}${escapes}"`
        expect(jsonExcess(`{"text":${string}}`)).toBeNull()
        expect(jsonExcess(`{"text":${string},"x":${lists(JSON_DEPTH)}}`)).toBe('too_deep')
      }
    }
  })

  it('[T6] reads no further than the first excess level', () => {
    const text = `${'['.repeat(JSON_DEPTH + 1)}${'"'.repeat(100)}`
    expect(jsonExcess(text)).toBe('too_deep')
  })

  it.each([
    ['a string without an end', '["abc'],
    ['an escape at the end', '["abc\\'],
    ['nothing', ''],
    ['more closing brackets than opening ones', ']]]]'],
  ])('leaves %s to the parser', (_, text) => expect(jsonExcess(text)).toBeNull())

  const seed = freshSeed()
  it(`[T6] equals that of the parsed value (SEED=${seed})`, () => {
    const chance = new Random(seed)
    const strings = [
      '',
      'x',
      '"',
      '\\',
      '\\"',
      '[[[',
      '}}',
      'é€😀',
      '\n',
      ',',
      'x'.repeat(70),
      '"'.repeat(40),
    ]
    const value = (depth: number): unknown => {
      if (depth <= 0 || chance.chance(0.1)) return chance.chance(0.5) ? chance.int(1e9) : chance.pick(strings)
      const inner = Array.from({ length: chance.int(4) }, () => value(depth - 1))
      if (chance.chance(0.5)) return inner
      return Object.fromEntries(inner.map((one, i) => [`${chance.pick(strings)}${i}`, one]))
    }
    const depthOf = (one: unknown): number =>
      typeof one === 'object' && one !== null ? 1 + Math.max(0, ...Object.values(one).map(depthOf)) : 0
    let deep = 0
    for (let i = 0; i < 300; i++) {
      let wrapped = value(9)
      for (let level = 0; level < JSON_DEPTH - 6; level++) wrapped = [wrapped]
      const isDeep = depthOf(wrapped) > JSON_DEPTH
      if (isDeep) deep++
      expect(jsonExcess(JSON.stringify(wrapped, null, i % 3))).toBe(isDeep ? 'too_deep' : null)
    }
    expect(deep).toBeGreaterThan(10)
    expect(deep).toBeLessThan(290)
  })
})

describe('the values of a JSON text', () => {
  const many = (one: string, count: number) => `[${Array(count).fill(one).join(',')}]`

  it.each([
    ['lists', '[]'],
    ['objects', '{}'],
    ['objects with one member', '{"x":1}'],
    ['members', '{"d":1,"e":1}'],
    ['numbers', '1,1,1,1,1,1,1,1'],
    ['strings', '"","","","","","","",""'],
  ])('[T6] may not include hundreds of thousands of %s', (_, one) => {
    expect(jsonExcess(many(one, 1_000))).toBeNull()
    expect(jsonExcess(many(one, 100_000))).toBe('too_complex')
  })

  it('[T6] may include an op of 200,000 components, or 1,000 changes', () => {
    expect(jsonExcess(many('{"d":1},5,"x",5', 50_000))).toBeNull()
    const change = { type: 'create', file: 'abcdefghijkl', path: 'src/a.ts', text: 'x' }
    expect(
      jsonExcess(JSON.stringify({ type: 'submit', n: 1, base: 1, changes: Array(1_000).fill(change) })),
    ).toBeNull()
  })
})
