/**
 * Which paths are taken, by what they are to a disk that does not tell upper from lower case or one Unicode form from the other. It
 * answers whether a path may be taken, and refuses nothing by itself: a room whose log has two such paths has both here. It is a tree
 * of folders, so that a path costs what its segments cost, and not what all the paths of its folders do.
 */
import { pathKey } from '../protocol/path.ts'

const SAME = 'Paths that differ only in upper and lower case, or in how an accent is written, are one path.'

class Node {
  /** By the key of their name. */
  readonly children = new Map<string, Node>()
  /** The files of this key; nearly always one, or none. */
  paths: readonly string[] = []
  /** Files below, at any depth. */
  below = 0
  /** The path of a file that is or was below, which says how the folder is written. */
  readonly example: string

  constructor(example: string) {
    this.example = example
  }

  /** A file that is not `own`: the one that is written so, where there is that. */
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

  /** Whether there is a file that counts as the one at `path`. */
  hasFile(path: string): boolean {
    let node: Node | undefined = this.#root
    for (const name of namesOf(path)) node = node?.children.get(name)
    return node !== undefined && node.paths.length > 0
  }

  /**
   * What keeps a file from taking `path`, as a sentence for whoever chose it; null where it is free. A file in a folder that is there
   * in other case is free: on such a disk it would lie in that folder.
   * @param own where the file is now, if it is there already: it is not in its own way
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
        ? told(`There is a file at ${file} already.`, file === written)
        : told(`${file} is a file, so nothing can be put inside it.`, file === written)
    }
    const ownBelow = own !== undefined && pathKey(own).startsWith(`${pathKey(path)}/`) ? 1 : 0
    if (node.below <= ownBelow) return null
    const folder = upTo(node.example, names.length - 1)
    return told(`${folder} is a folder with files in it, so no file can have that path.`, folder === path)
  }
}

function namesOf(path: string): string[] {
  return pathKey(path).split('/')
}

/** The path as far as the segment of this number, from 0. */
function upTo(path: string, segment: number): string {
  return path
    .split('/')
    .slice(0, segment + 1)
    .join('/')
}

function told(obstacle: string, isSpelledSo: boolean): string {
  return isSpelledSo ? obstacle : `${obstacle} ${SAME}`
}
