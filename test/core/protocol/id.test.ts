import { expect, it } from 'vitest'
import { idOf, randomId } from '../../../core/protocol/id.ts'

const bytes = (fill: (i: number) => number) => Uint8Array.from({ length: 12 }, (_, i) => fill(i))

it('[U4] ids have 12 characters and begin with a letter', () => {
  for (const fill of [0, 255, 128, 63]) expect(idOf(bytes(() => fill))).toMatch(/^[A-Za-z][A-Za-z0-9_-]{11}$/)
  expect(randomId(crypto)).toMatch(/^[A-Za-z][A-Za-z0-9_-]{11}$/)
})

it('different bits give different ids', () => {
  const ids = new Set([idOf(bytes(() => 0))])
  for (let i = 0; i < 12; i++)
    for (let bit = 0; bit < (i === 0 ? 5 : 6); bit++) ids.add(idOf(bytes((at) => (at === i ? 1 << bit : 0))))
  expect(ids.size).toBe(1 + 71)
})
