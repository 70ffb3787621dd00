/**
 * The room's log, folded by the specification alone: texts as lists of characters, each of which is typed
 * once in a run and so identifies itself. It keeps every state, and detects what no log may have: a gap, a
 * submission twice, text in the name of a user who did not type it.
 */
import type { Change, Commit } from '../../core/protocol/messages.ts'
import type { TextOp } from '../../core/text/op.ts'

export interface FileState {
  readonly path: string
  readonly text: readonly string[]
}

export type Files = ReadonlyMap<string, FileState>

/** Applies an op to a list of characters. Returns the text, and what the op deleted and inserted. */
export function applied(
  text: readonly string[],
  op: TextOp,
): { readonly text: string[]; readonly gone: string[]; readonly come: string[] } {
  const after: string[] = []
  const gone: string[] = []
  const come: string[] = []
  let at = 0
  for (const part of op) {
    if (typeof part === 'number') {
      if (at + part > text.length) throw new Error('an op reaches past the end of its text')
      after.push(...text.slice(at, at + part))
      at += part
    } else if (typeof part === 'string') {
      after.push(...part)
      come.push(...part)
    } else {
      if (at + part.d > text.length) throw new Error('an op reaches past the end of its text')
      gone.push(...text.slice(at, at + part.d))
      at += part.d
    }
  }
  after.push(...text.slice(at))
  return { text: after, gone, come }
}

export class Log {
  readonly commits: Commit<Change>[] = []
  readonly #states: Files[] = [new Map()]
  /** The text that a file had when a commit removed it, by seq and file. */
  readonly #removed = new Map<string, readonly string[]>()
  readonly #submissions = new Set<string>()
  /** Who typed each character. */
  readonly typists = new Map<string, string>()
  /** Characters that were ever in the room. */
  readonly seen = new Set<string>()

  get seq(): number {
    return this.commits.length
  }

  at(seq: number): Files {
    const files = this.#states[seq]
    if (files === undefined) throw new Error(`there is no commit ${seq} yet`)
    return files
  }

  get now(): Files {
    return this.at(this.seq)
  }

  removedText(seq: number, file: string): readonly string[] {
    return this.#removed.get(`${seq} ${file}`) ?? []
  }

  /** The text that a file had when it was last removed. */
  lastRemoval(file: string, upTo = this.seq): readonly string[] {
    for (let seq = upTo; seq > 0; seq--) {
      const text = this.#removed.get(`${seq} ${file}`)
      if (text !== undefined) return text
    }
    return []
  }

  add(commit: Commit<Change>): void {
    if (commit.seq !== this.seq + 1) throw new Error(`commit ${commit.seq} follows ${this.seq}`)
    const files = new Map(this.now)
    for (const { client, n, user, changes } of commit.entries) {
      const name = `${client} ${n}`
      if (this.#submissions.has(name)) throw new Error(`a submission is in the log twice: ${name}`)
      this.#submissions.add(name)
      for (const change of changes) {
        if (change.type === 'create') {
          files.set(change.file, { path: change.path, text: [...change.text] })
          this.#come([...change.text], user)
        } else if (change.type === 'rename') {
          files.set(change.file, { ...existing(files, change.file), path: change.path })
        } else if (change.type === 'remove') {
          this.#removed.set(`${commit.seq} ${change.file}`, existing(files, change.file).text)
          files.delete(change.file)
        } else if (change.type === 'edit') {
          const file = existing(files, change.file)
          const { text, come } = applied(file.text, change.op)
          files.set(change.file, { ...file, text })
          this.#come(come, user)
        }
      }
    }
    this.commits.push(commit)
    this.#states.push(files)
  }

  /** Characters enter the room, for the first time or again. */
  #come(characters: readonly string[], user: string): void {
    for (const character of characters) {
      const typist = this.typists.get(character)
      if (!this.seen.has(character) && typist !== undefined && typist !== user)
        throw new Error(`what ${typist} typed is committed as typed by ${user}: ${character}`)
      this.seen.add(character)
    }
  }
}

function existing(files: Files, file: string): FileState {
  const state = files.get(file)
  if (state === undefined) throw new Error(`the log changes ${file}, which does not exist`)
  return state
}
