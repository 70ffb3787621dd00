// The tree under a text: immutable, balanced like a B-tree, all leaves at the same depth. Invariants for
// every node but the root: a leaf has MIN_LEAF to MAX_LEAF units, an inner node MIN_CHILDREN to MAX_CHILDREN
// children. No leaf boundary splits a surrogate pair. Every operation creates new nodes along one or two
// paths and shares the rest. The children of a node may be loaded when they are first needed. `join` and
// `split` follow Blelloch, Ferizovic, Sun: "Just Join for Parallel Ordered Sets" (2016), adapted to B-trees.
// Knows nothing of ops, and does not check ranges: the caller does.

import { appendHash, hashUnits } from './checksum.ts'
import { bytesBetween, bytesOf, isHigh, pointsOf, unitAt } from './units.ts'

export const MAX_LEAF = 1024
export const MIN_LEAF = 256
export const MAX_CHILDREN = 16
export const MIN_CHILDREN = 6

// New leaves and nodes leave room to grow, so that edits after a load do not split each one they touch.
export const FRESH_LEAF = 768
export const FRESH_CHILDREN = 12

const NO_CHILDREN: readonly TreeNode[] = []
const UNKNOWN = -1

/**
 * A leaf (height 0, `text`) or an inner node (`children`, one level lower each). A single shape keeps access
 * fast.
 */
export class TreeNode {
  readonly height: number
  readonly points: number
  readonly units: number
  readonly bytes: number
  readonly text: string
  #children: readonly TreeNode[] | (() => readonly TreeNode[])
  // Polynomial of the checksum, computed on demand: most nodes are replaced before it is needed.
  #hash: number

  constructor(
    height: number,
    points: number,
    units: number,
    bytes: number,
    text: string,
    children: readonly TreeNode[] | (() => readonly TreeNode[]),
    hash = UNKNOWN,
  ) {
    this.height = height
    this.points = points
    this.units = units
    this.bytes = bytes
    this.text = text
    this.#children = children
    this.#hash = hash
  }

  /** Loads them if they are not loaded. @throws whatever loading them throws; the next call tries again */
  get children(): readonly TreeNode[] {
    if (typeof this.#children === 'function') this.#children = this.#children()
    return this.#children
  }

  hash(): number {
    if (this.#hash !== UNKNOWN) return this.#hash
    let hash = 0
    if (this.height === 0) {
      hash = hashUnits(this.text)
    } else {
      for (let i = 0; i < this.children.length; i++) {
        const child = this.children[i]!
        hash = appendHash(hash, child.hash(), child.units)
      }
    }
    this.#hash = hash
    return hash
  }
}

/**
 * Concatenates three strings into one that owns its characters. Engines slice and concatenate lazily, so a
 * leaf could otherwise keep the file it was cut from alive, or reference a chain of past edits. `join`
 * copies in V8, unless only one part is non-empty.
 */
function owned(a: string, b: string, c: string): string {
  const units = a.length + b.length + c.length
  if (units === a.length || units === b.length || units === c.length) {
    const whole = a + b + c
    const half = units >>> 1
    return [whole.slice(0, half), whole.slice(half)].join('')
  }
  return [a, b, c].join('')
}

function leaf(text: string): TreeNode {
  const units = text.length
  const bytes = bytesOf(text)
  // If bytes equal units the text is ASCII, and points equal units too: no need to count.
  return new TreeNode(0, bytes === units ? units : pointsOf(text), units, bytes, text, NO_CHILDREN)
}

export const EMPTY_LEAF = leaf('')

export function inner(children: readonly TreeNode[]): TreeNode {
  let points = 0
  let units = 0
  let bytes = 0
  for (let i = 0; i < children.length; i++) {
    const child = children[i]!
    points += child.points
    units += child.units
    bytes += child.bytes
  }
  return new TreeNode(children[0]!.height + 1, points, units, bytes, '', children)
}

/**
 * A tree of the nodes, which have the same height and are well filled (or there is only one): empty, the
 * node itself, or an inner node.
 */
function rootOf(nodes: readonly TreeNode[]): TreeNode {
  if (nodes.length === 0) return EMPTY_LEAF
  return nodes.length === 1 ? nodes[0]! : inner(nodes)
}

/** Builds a tree from a string, in linear time. */
export function build(text: string): TreeNode {
  const units = text.length
  if (units <= MAX_LEAF) return units === 0 ? EMPTY_LEAF : leaf(owned(text, '', ''))
  return grow(leaves(text, Math.ceil(units / FRESH_LEAF)))
}

/** The tree over nodes of one height, which are well filled. */
export function grow(from: readonly TreeNode[]): TreeNode {
  let nodes = from
  while (nodes.length > 1)
    nodes = grouped(nodes, nodes.length <= MAX_CHILDREN ? 1 : Math.ceil(nodes.length / FRESH_CHILDREN))
  return nodes[0]!
}

/** A text cut into leaves of equal size. */
export function leaves(text: string, count: number): TreeNode[] {
  const units = text.length
  const nodes: TreeNode[] = []
  let from = 0
  for (let i = 1; i <= count; i++) {
    let to = Math.floor((units * i) / count)
    if (to < units && isHigh(text.charCodeAt(to - 1))) to++
    nodes.push(leaf(owned(text.slice(from, to), '', '')))
    from = to
  }
  return nodes
}

/** Inner nodes of equal size over these. */
export function grouped(nodes: readonly TreeNode[], groups: number): TreeNode[] {
  const parents: TreeNode[] = []
  for (let i = 0; i < groups; i++) {
    const start = Math.floor((nodes.length * i) / groups)
    parents.push(inner(nodes.slice(start, Math.floor((nodes.length * (i + 1)) / groups))))
  }
  return parents
}

/**
 * Replaces the points `from` to `to` by a text: within a single leaf if that remains well filled, otherwise
 * by splitting the tree and joining it again.
 * @param insertPoints, insertBytes size of `insert`
 */
export function replace(
  root: TreeNode,
  from: number,
  to: number,
  insert: string,
  insertPoints: number,
  insertBytes: number,
): TreeNode {
  if (insert.length <= MAX_LEAF) {
    const edited = replaceInLeaf(
      root,
      from,
      to,
      insert,
      insertPoints,
      insertBytes,
      root.height === 0 ? 0 : MIN_LEAF,
    )
    if (edited !== null) return edited
  }
  const left = join(splitLeft(root, from), build(insert))
  return join(left, splitRight(root, to))
}

function replaceInLeaf(
  node: TreeNode,
  from: number,
  to: number,
  insert: string,
  insertPoints: number,
  insertBytes: number,
  minUnits: number,
): TreeNode | null {
  if (node.height === 0) {
    const text = node.text
    const fromUnit = unitAt(text, from, node.points)
    const toUnit = to === from ? fromUnit : unitAt(text, to, node.points)
    const removed = toUnit - fromUnit
    const units = node.units - removed + insert.length
    if (units > MAX_LEAF || units < minUnits) return null
    const removedBytes = node.bytes === node.units ? removed : bytesBetween(text, fromUnit, toUnit)
    return new TreeNode(
      0,
      node.points - (to - from) + insertPoints,
      units,
      node.bytes - removedBytes + insertBytes,
      owned(text.slice(0, fromUnit), insert, text.slice(toUnit)),
      NO_CHILDREN,
    )
  }
  const children = node.children
  let start = 0
  let i = 0
  // The first child that reaches `to`: an insert between two leaves goes to the end of the left one.
  while (start + children[i]!.points < to) start += children[i++]!.points
  if (from < start) return null
  const child = children[i]!
  const edited = replaceInLeaf(child, from - start, to - start, insert, insertPoints, insertBytes, minUnits)
  if (edited === null) return null
  const changed = children.slice()
  changed[i] = edited
  return new TreeNode(
    node.height,
    node.points - child.points + edited.points,
    node.units - child.units + edited.units,
    node.bytes - child.bytes + edited.bytes,
    '',
    changed,
  )
}

/** Concatenates two trees. */
function join(left: TreeNode, right: TreeNode): TreeNode {
  if (left.units === 0) return right
  if (right.units === 0) return left
  return rootOf(joined(left, right))
}

/**
 * One or two nodes of the greater of both heights; if two, both are well filled. The given roots may have
 * any size.
 */
function joined(left: TreeNode, right: TreeNode): readonly TreeNode[] {
  if (left.height > right.height) {
    const seam = joined(left.children[left.children.length - 1]!, right)
    return spread(left.children.slice(0, -1).concat(seam))
  }
  if (left.height < right.height) {
    return spread(joined(left, right.children[0]!).concat(right.children.slice(1)))
  }
  if (left.height > 0) {
    const wellFilled = left.children.length >= MIN_CHILDREN && right.children.length >= MIN_CHILDREN
    return wellFilled ? [left, right] : spread(left.children.concat(right.children))
  }
  const units = left.units + right.units
  if (units > MAX_LEAF && left.units >= MIN_LEAF && right.units >= MIN_LEAF) return [left, right]
  const text = owned(left.text, right.text, '')
  if (units <= MAX_LEAF) {
    return [new TreeNode(0, left.points + right.points, units, left.bytes + right.bytes, text, NO_CHILDREN)]
  }
  let middle = units >>> 1
  if (isHigh(text.charCodeAt(middle - 1))) middle++
  return [leaf(owned(text.slice(0, middle), '', '')), leaf(owned(text.slice(middle), '', ''))]
}

/** Puts the children under one parent, or under two if there are too many for one. */
function spread(children: readonly TreeNode[]): readonly TreeNode[] {
  if (children.length <= MAX_CHILDREN) return [inner(children)]
  const half = children.length >>> 1
  return [inner(children.slice(0, half)), inner(children.slice(half))]
}

/** The tree of the first `point` points. */
function splitLeft(node: TreeNode, point: number): TreeNode {
  if (point === 0) return EMPTY_LEAF
  if (point === node.points) return node
  if (node.height === 0) return leaf(owned(node.text.slice(0, unitAt(node.text, point, node.points)), '', ''))
  let start = 0
  let i = 0
  while (start + node.children[i]!.points < point) start += node.children[i++]!.points
  return join(rootOf(node.children.slice(0, i)), splitLeft(node.children[i]!, point - start))
}

/** The tree of everything after the first `point` points. */
function splitRight(node: TreeNode, point: number): TreeNode {
  if (point === 0) return node
  if (point === node.points) return EMPTY_LEAF
  if (node.height === 0) return leaf(owned(node.text.slice(unitAt(node.text, point, node.points)), '', ''))
  let start = 0
  let i = 0
  while (start + node.children[i]!.points <= point) start += node.children[i++]!.points
  return join(splitRight(node.children[i]!, point - start), rootOf(node.children.slice(i + 1)))
}
