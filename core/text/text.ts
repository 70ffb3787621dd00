// A text as rooms and clients hold it: immutable, measured in points, units and bytes at once, with a
// checksum that is cheap to maintain. An edit creates a new Text that shares everything but a path with the
// old one; the cost grows only with the logarithm of the text. Positions are points (Unicode code points, as
// in ops) or units (UTF-16, as in editors), never mixed. Knows how to apply an op, but not how ops are
// transformed or where they come from.

import { finishHash } from './checksum.ts'
import { basePoints, OpError, type TextOp } from './op.ts'
import { build, EMPTY_LEAF, replace, type TreeNode } from './rope.ts'
import { bytesOf, isLow, pointAt, pointsOf, unitAt } from './units.ts'

export class Text {
  static readonly empty = new Text(EMPTY_LEAF)

  readonly #root: TreeNode

  private constructor(root: TreeNode) {
    this.#root = root
  }

  /** A text from a string that passed `parseText`. Linear. */
  static from(text: string): Text {
    return text === '' ? Text.empty : new Text(build(text))
  }

  /** The text under a node, see chunks.ts. */
  static over(node: TreeNode): Text {
    return new Text(node)
  }

  /** See chunks.ts. */
  get root(): TreeNode {
    return this.#root
  }

  /** Length in Unicode code points. */
  get points(): number {
    return this.#root.points
  }

  /** Length in UTF-16 units. */
  get units(): number {
    return this.#root.units
  }

  /** Length in UTF-8 bytes. */
  get bytes(): number {
    return this.#root.bytes
  }

  /**
   * The same checksum as `checksumOf`, as uint32; computes only what changed since it was last requested.
   */
  checksum(): number {
    return finishHash(this.#root.hash(), this.#root.units)
  }

  /**
   * The text after an op in normal form. Cost: components times the logarithm of the text.
   * @throws OpError `op_out_of_range` if the op covers more points than there are; nothing is ever clipped
   */
  apply(op: TextOp): Text {
    const base = basePoints(op)
    if (!(base <= this.#root.points)) {
      throw new OpError(
        'op_out_of_range',
        `the op needs a text of ${base} points, this one has ${this.#root.points}`,
      )
    }
    let root = this.#root
    let point = 0
    let i = 0
    while (i < op.length) {
      const component = op[i]!
      if (typeof component === 'number') {
        point += component
        i++
        continue
      }
      // All inserts and deletes up to the next skip are one replacement, in whatever order they occur.
      let insert = ''
      let removed = 0
      for (; i < op.length; i++) {
        const next = op[i]!
        if (typeof next === 'number') break
        if (typeof next === 'string') insert += next
        else removed += next.d
      }
      const insertPoints = pointsOf(insert)
      root = replace(root, point, point + removed, insert, insertPoints, bytesOf(insert))
      point += insertPoints
    }
    if (root === this.#root) return this
    return root.units === 0 ? Text.empty : new Text(root)
  }

  /**
   * The unit at which a point begins.
   * @throws RangeError outside of the text
   */
  unitOf(point: number): number {
    let node = this.#root
    inside(point, node.points, 'point')
    let unit = 0
    let rest = point
    while (node.height > 0) {
      const children = node.children
      let i = 0
      while (rest > children[i]!.points) {
        rest -= children[i]!.points
        unit += children[i++]!.units
      }
      node = children[i]!
    }
    return unit + unitAt(node.text, rest, node.points)
  }

  /**
   * The point that begins at a unit or, for the second unit of a surrogate pair, the point of the pair.
   * @throws RangeError outside of the text
   */
  pointOf(unit: number): number {
    let node = this.#root
    inside(unit, node.units, 'unit')
    let point = 0
    let rest = unit
    while (node.height > 0) {
      const children = node.children
      let i = 0
      while (rest > children[i]!.units) {
        rest -= children[i]!.units
        point += children[i++]!.points
      }
      node = children[i]!
    }
    return point + pointAt(node.text, rest, node.points)
  }

  /**
   * Whether the unit is the second half of a surrogate pair, so that cutting before it would split a
   * character.
   * @throws RangeError outside of the text
   */
  splitsPair(unit: number): boolean {
    let node = this.#root
    inside(unit, node.units, 'unit')
    if (node.points === node.units) return false
    let rest = unit
    while (node.height > 0) {
      const children = node.children
      let i = 0
      while (rest > children[i]!.units) rest -= children[i++]!.units
      node = children[i]!
    }
    // Leaf boundaries split no pair, so the unit after the end of a leaf is never a second half.
    return rest < node.units && isLow(node.text.charCodeAt(rest))
  }

  /**
   * The string between two points.
   * @throws RangeError outside of the text
   */
  slice(fromPoint: number, toPoint: number): string {
    inside(toPoint, this.#root.points, 'point')
    inside(fromPoint, toPoint, 'point')
    return this.sliceUnits(this.unitOf(fromPoint), this.unitOf(toPoint))
  }

  /**
   * The string between two units; the caller ensures that they split no pair.
   * @throws RangeError outside of the text
   */
  sliceUnits(fromUnit: number, toUnit: number): string {
    inside(toUnit, this.#root.units, 'unit')
    inside(fromUnit, toUnit, 'unit')
    const parts: string[] = []
    collect(this.#root, fromUnit, toUnit, parts)
    return parts.length === 1 ? parts[0]! : parts.join('')
  }

  toString(): string {
    return this.sliceUnits(0, this.#root.units)
  }

  /** Whether both have the same characters. Shared subtrees are not compared. */
  equals(other: Text): boolean {
    return sameText(this.#root, other.#root)
  }
}

function inside(position: number, end: number, what: string): void {
  if (!(position >= 0 && position <= end && Number.isInteger(position))) {
    throw new RangeError(`${what} ${position} is not between 0 and ${end}`)
  }
}

function collect(node: TreeNode, fromUnit: number, toUnit: number, into: string[]): void {
  if (node.height === 0) {
    into.push(fromUnit === 0 && toUnit === node.units ? node.text : node.text.slice(fromUnit, toUnit))
    return
  }
  let start = 0
  for (let i = 0; i < node.children.length && start < toUnit; i++) {
    const child = node.children[i]!
    const end = start + child.units
    if (end > fromUnit) {
      collect(child, Math.max(0, fromUnit - start), Math.min(child.units, toUnit - start), into)
    }
    start = end
  }
}

function sameText(a: TreeNode, b: TreeNode): boolean {
  if (a === b) return true
  if (a.units !== b.units || a.points !== b.points || a.bytes !== b.bytes) return false
  if (a.height === 0 && b.height === 0) return a.text === b.text
  if (a.height === b.height && alignedChildren(a, b)) {
    for (let i = 0; i < a.children.length; i++) {
      if (!sameText(a.children[i]!, b.children[i]!)) return false
    }
    return true
  }
  return textOf(a) === textOf(b)
}

/** Whether the children of both nodes cover the same ranges of units. */
function alignedChildren(a: TreeNode, b: TreeNode): boolean {
  if (a.children.length !== b.children.length) return false
  for (let i = 0; i < a.children.length; i++) {
    if (a.children[i]!.units !== b.children[i]!.units) return false
  }
  return true
}

function textOf(node: TreeNode): string {
  const parts: string[] = []
  collect(node, 0, node.units, parts)
  return parts.join('')
}
