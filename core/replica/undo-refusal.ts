/**
 * What can be undone of one file, after a submission was refused: as if what it carried had never been done. What was done after it is moved
 * over that, as the changes that wait for the room are; so that no undo brings a part of it back.
 */
import { compose } from '../text/compose.ts'
import { invert } from '../text/invert.ts'
import type { TextOp } from '../text/op.ts'
import type { Text } from '../text/text.ts'
import { rebase } from '../text/transform.ts'
import type { Segment } from './undo-layer.ts'

/**
 * Changes the segments that stay; those that were refused are for the caller to take out.
 * @param segments all of a file, oldest first, of settled layers
 * @param keys of what was refused
 * @param text the local text, with its changes
 * @returns the text that the segments that stay apply to
 */
export function withoutRefused(segments: readonly Segment[], keys: readonly number[], text: Text): Text {
  const first = segments.findIndex((segment) => isOneOf(segment, keys))
  if (first === -1) return text
  /** The texts before each segment's change, from the first that it carried; and the text now. */
  const texts = [text]
  for (const { op } of segments.slice(first).reverse()) texts.unshift(texts[0]!.apply(op))
  let without = texts[0]!
  /** From the text as it was to the text without it. */
  let difference: TextOp = []
  segments.slice(first).forEach((segment, i) => {
    if (isOneOf(segment, keys)) {
      difference = compose(segment.op, difference)
      return
    }
    const turned = rebase(difference, invert(segment.op, texts[i + 1]!))
    difference = turned.committed
    segment.op = invert(turned.pending, without)
    without = without.apply(turned.pending)
  })
  return without
}

/** Whether a segment undoes a change of one of these keys. */
export function isOneOf({ key }: Segment, keys: readonly number[]): boolean {
  return key !== null && keys.includes(key)
}
