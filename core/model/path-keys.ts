/**
 * Index of the paths in use, by what they are on a disk that ignores case and Unicode normalisation. It
 * answers whether a path may be taken, but enforces nothing: a room whose log contains two equivalent paths
 * has both here. A tree of folders, so that the cost of a path depends on its own segments, not on the
 * number of paths in its folders.
 */
import { pathKey } from '../protocol/path.ts'

const SAME = 'Paths that differ only in upper and lower case, or in how an accent is written, are one path.'

class Node {
  /** By the key of their name. */
  readonly children = new Map<string, Node>()
  /** Files with this key; nearly always one or none. */
  paths: readonly string[] = []
  /** Files below, at any depth. */
  below = 0
  /** Path of a file that is or was below; shows how the folder is spelled. */
  readonly example: string

  constructor(example: string) {
    this.example = example
  }

  /** A file other than `own`, preferably the one with this spelling. */
  file(written: string, own: string | undefined): string | undefined {
    const paths = this.paths.filter((path) => path !== own)
    return paths.includes(written) ? written : paths[0]
  }
}

export class PathKeys {
  readonly #root = new Node('')

  add(path: string): void {
    let node = this.#root
    for (const name of namesOf(path)) {
      node.below++
      const child = node.children.get(name) ?? new Node(path)
      node.children.set(name, child)
      node = child
    }
    node.paths = [...node.paths, path]
  }

  /** @param path one that was added */
  remove(path: string): void {
    const names = namesOf(path)
    const way = [this.#root]
    for (const name of names) {
      const child = way.at(-1)?.children.get(name)
      if (child === undefined) return
      way.push(child)
    }
    const last = way.pop()
    if (last === undefined) return
    last.paths = last.paths.filter((other) => other !== path)
    for (let depth = way.length - 1, child = last; depth >= 0; depth--) {
      const node = way[depth] as Node
      node.below--
      if (child.below === 0 && child.paths.length === 0) node.children.delete(names[depth] as string)
      child = node
    }
  }

  /** Whether there is a file at an equivalent of `path`. */
  hasFile(path: string): boolean {
    let node: Node | undefined = this.#root
    for (const name of namesOf(path)) node = node?.children.get(name)
    return node !== undefined && node.paths.length > 0
  }

  /**
   * What prevents a file from taking `path`, as a sentence for the user; null if it is free. A folder that
   * exists in a different spelling is no obstacle: on such a disk the file would go into that folder.
   * @param own current path of the file, if it exists: it does not block itself
   */
  obstacleAt(path: string, own?: string): string | null {
    const names = namesOf(path)
    let node = this.#root
    for (const [depth, name] of names.entries()) {
      const child = node.children.get(name)
      if (child === undefined) return null
      node = child
      if (node.paths.length === 0) continue
      const written = upTo(path, depth)
      const file = node.file(written, own)
      if (file === undefined) continue
      return depth === names.length - 1
        ? explain(`There is a file at ${file} already.`, file === written)
        : explain(`${file} is a file, so nothing can be put inside it.`, file === written)
    }
    const ownBelow = own !== undefined && pathKey(own).startsWith(`${pathKey(path)}/`) ? 1 : 0
    if (node.below <= ownBelow) return null
    const folder = upTo(node.example, names.length - 1)
    return explain(
      `${folder} is a folder that contains files, so no file can have that path.`,
      folder === path,
    )
  }
}

function namesOf(path: string): string[] {
  return pathKey(path).split('/')
}

/** The path up to the segment with this index. */
function upTo(path: string, segment: number): string {
  return path
    .split('/')
    .slice(0, segment + 1)
    .join('/')
}

function explain(obstacle: string, isSpelledSo: boolean): string {
  return isSpelledSo ? obstacle : `${obstacle} ${SAME}`
}
