// Large texts in parts that are stored, and loaded, on their own: an edit of a text that was not in memory
// loads the part that it touches. Chunks are nodes of the tree, so texts that share a part have the same
// chunk, and a chunk that an edit left alone is known by its identity. Sizes and checksums are known without
// loading. Most texts of up to 140 Ki units are one chunk. Knows nothing of where they are stored.

import {
  FRESH_CHILDREN,
  FRESH_LEAF,
  grouped,
  grow,
  inner,
  leaves,
  MAX_CHILDREN,
  MIN_CHILDREN,
  TreeNode,
} from './rope.ts'
import { Text } from './text.ts'

/** Height of the nodes that are chunks: they have 9 to 256 Ki units, unless the text has only one. */
const HEIGHT = 2
const MIN_LEAVES = MIN_CHILDREN ** HEIGHT
const MAX_LEAVES = MAX_CHILDREN ** HEIGHT

/** A part of a text. */
export type Chunk = TreeNode

/** What is known of a chunk that is not loaded. */
export interface ChunkSize {
  readonly points: number
  readonly units: number
  readonly bytes: number
  /** Polynomial of its checksum, see checksum.ts. */
  readonly hash: number
}

/** What a text consists of, in order. */
export function chunksOf(text: Text): readonly Chunk[] {
  let nodes: readonly Chunk[] = [text.root]
  while (nodes[0]!.height > HEIGHT) nodes = nodes.flatMap(({ children }) => children)
  return nodes
}

export function chunkText(chunk: Chunk): string {
  return Text.over(chunk).toString()
}

/**
 * A text whose chunks, at least two, are loaded when they are first needed.
 * @param load the text of the chunk with this index; asked again if it threw
 */
export function textOfChunks(sizes: readonly ChunkSize[], load: (index: number) => string): Text {
  return Text.over(grow(sizes.map((size, i) => unloaded(size, () => load(i)))))
}

function unloaded({ points, units, bytes, hash }: ChunkSize, load: () => string): Chunk {
  const children = () => {
    const count = between(Math.ceil(units / FRESH_LEAF), MIN_LEAVES, MAX_LEAVES)
    const groups = between(Math.ceil(count / FRESH_CHILDREN), MIN_CHILDREN, MAX_CHILDREN)
    const nodes = grouped(leaves(load(), count), groups)
    const found = inner(nodes)
    if (found.units !== units || found.hash() !== hash)
      throw new Error(`a chunk of ${units} units with hash ${hash} has ${found.units} and ${found.hash()}`)
    return nodes
  }
  return new TreeNode(HEIGHT, points, units, bytes, '', children, hash)
}

function between(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value))
}
