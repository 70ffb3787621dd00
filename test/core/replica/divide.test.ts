/** An edit of several parts that was in flight while others typed at the same place. */
import { expect, it } from 'vitest'
import { dividedAs } from '../../../core/replica/withdrawal/divide.ts'
import { composeOps } from '../../../core/text/compose.ts'
import { Text } from '../../../core/text/index.ts'
import type { TextOp } from '../../../core/text/op.ts'
import { rebase } from '../../../core/text/transform.ts'

const BEFORE = Text.from('0123456789')

it.each<{ name: string; parts: TextOp[]; theirs: TextOp }>([
  {
    name: 'beside a deletion',
    parts: [
      [3, { d: 2 }],
      [3, 'paste'],
      [8, '!'],
    ],
    theirs: [5, 'x'],
  },
  {
    name: 'within a deletion',
    parts: [
      [2, 'a', { d: 4 }],
      [3, 'paste'],
      [8, 'b', { d: 3 }],
    ],
    theirs: [4, 'x'],
  },
  {
    name: 'where they deleted',
    parts: [
      [1, { d: 6 }],
      [1, 'paste'],
      [6, { d: 1 }, '😀'],
    ],
    theirs: [3, { d: 6 }],
  },
])('keeps its parts, which compose to it ($name)', ({ parts, theirs }) => {
  const sent = composeOps(parts)
  const whole = rebase(theirs, sent).pending
  let over = theirs
  const moved = parts.map((part) => {
    const turned = rebase(over, part)
    over = turned.committed
    return turned.pending
  })
  const divided = dividedAs(moved, whole)!
  const text = BEFORE.apply(theirs)
  expect(divided.reduce((now, op) => now.apply(op), text).toString()).toBe(text.apply(whole).toString())
  const inserted = (op: TextOp) => op.filter((component) => typeof component === 'string').join('')
  expect(divided.map(inserted)).toEqual(moved.map(inserted))
})

it('says so if the parts are not those of the edit', () => {
  expect(dividedAs([[1, 'a']], [1, 'ab'])).toBeNull()
  expect(dividedAs([[1, 'ab']], [1, 'a'])).toBeNull()
  expect(dividedAs([[{ d: 1 }]], [{ d: 2 }])).toBeNull()
})
