import { expect, it } from 'vitest'
import { idOf } from '../../../core/protocol/id.ts'

const bytes = (fill: (i: number) => number) => Uint8Array.from({ length: 16 }, (_, i) => fill(i))

it('[U4] makes ids of 22 characters that begin with a letter', () => {
  for (const fill of [0, 255, 128, 63]) expect(idOf(bytes(() => fill))).toMatch(/^[A-Z][A-Za-z0-9_-]{21}$/)
})

it('tells any two sets of bits apart', () => {
  const ids = new Set([idOf(bytes(() => 0))])
  for (let bit = 0; bit < 128; bit++) ids.add(idOf(bytes((i) => (i === bit >> 3 ? 1 << (bit & 7) : 0))))
  expect(ids.size).toBe(129)
})
