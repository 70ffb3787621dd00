// Inverts an op. Ops do not carry the text they delete, so it is taken from the text before.

import { basePoints, OpError, type TextOp } from './op.ts'
import { OpBuilder } from './op-builder.ts'
import type { Text } from './text.ts'
import { pointsOf } from './units.ts'

/**
 * The op that, applied after `op`, restores `before`.
 * @param before the text to which `op` was applied
 * @throws OpError `op_out_of_range` if `op` does not fit it
 */
export function invert(op: TextOp, before: Text): TextOp {
  if (!(basePoints(op) <= before.points)) {
    throw new OpError('op_out_of_range', `the op does not fit a text of ${before.points} points`)
  }
  const inverse = new OpBuilder()
  let point = 0
  for (let i = 0; i < op.length; i++) {
    const component = op[i]!
    if (typeof component === 'number') {
      inverse.skip(component)
      point += component
    } else if (typeof component === 'string') {
      inverse.delete(pointsOf(component))
    } else {
      inverse.insert(before.slice(point, point + component.d))
      point += component.d
    }
  }
  return inverse.finish()
}
