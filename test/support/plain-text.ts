/** The simplest possible text, as a model for others: applies an op to an array of characters. */

import type { TextOp } from '../../core/text/index.ts'

export function applyPlain(text: string, op: TextOp): string {
  const before = Array.from(text)
  const after: string[] = []
  let point = 0
  for (const component of op) {
    if (typeof component === 'number') {
      after.push(...before.slice(point, point + component))
      point += component
    } else if (typeof component === 'string') after.push(component)
    else point += component.d
    if (point > before.length) throw new RangeError('the op reaches past the end')
  }
  return after.join('') + before.slice(point).join('')
}
