/**
 * The room as its log describes it, followed through what its sockets receive: not one state but the last
 * few hundred, one after each entry, so that an answer can be compared with every state in which it may have
 * been given. It applies ops by itself, without the code under test. It reports at once if a commit arrives
 * in two forms, or a text is not what the log makes it.
 */
import { isFileChange } from '../../../core/protocol/changes.ts'
import type {
  Commit,
  CommittedChange,
  RemoveChange,
  TextMessage,
  Welcome,
} from '../../../core/protocol/messages.ts'

/** How many points a text had from a commit on; null if not known. */
interface Length {
  readonly seq: number
  readonly points: number | null
  readonly before: Length | null
}

export interface ModelFile {
  readonly file: string
  readonly path: string
  /** seq of the commit that created it; null if it existed before this model started. */
  readonly born: number | null
  readonly revision: number
  readonly text: string | null
  readonly length: Length
}

/** A file as of its removal. */
export interface RemovedFile {
  readonly path: string
  /** null if it is stored beside the commit */
  readonly text: string | null
}

/** The last submission of a client that is in the log. */
export interface LastOf {
  readonly version: number
  readonly user: string
  readonly n: number
  readonly seq: number
}

export interface Version {
  readonly number: number
  /** The last complete commit at that time. */
  readonly sealed: number
  readonly files: ReadonlyMap<string, ModelFile>
}

const MOST_VERSIONS = 600
const MOST_BODIES = 2_000
/** [C8] UTF-16 units. */
const MOST_INLINE = 128

export class RoomModel {
  /** Violations that were seen. */
  readonly wrong: string[] = []
  readonly blobs = new Set<string>()
  epoch = ''
  /** Blobs of commits up to here may be unknown. */
  start = 0
  readonly #versions: Version[] = [{ number: 0, sealed: 0, files: new Map() }]
  readonly #clients = new Map<string, LastOf[]>()
  readonly #bodies = new Map<number, string>()
  /** What each commit removed, for as many commits as there are bodies. */
  readonly #removed = new Map<number, Map<string, RemovedFile>>()
  readonly #early = new Map<number, string>()
  #isStarted = false

  get now(): Version {
    return this.#versions[this.#versions.length - 1] as Version
  }

  /** Every state from version `from` on, including the present one. */
  since(from: number): readonly Version[] {
    const first = this.#versions[0]?.number ?? 0
    return this.#versions.slice(Math.max(0, from - first))
  }

  lastOf(client: string, version: number): LastOf | null {
    return this.#clients.get(client)?.findLast((last) => last.version <= version) ?? null
  }

  /** What a commit removed under this id: null if it did not, undefined if this model does not know. */
  removedBy(seq: number, file: string): RemovedFile | null | undefined {
    if (seq === 0 || seq > this.now.sealed) return null
    return this.#bodies.has(seq) ? (this.#removed.get(seq)?.get(file) ?? null) : undefined
  }

  /** Removed files with the commits that removed them, as far as known. */
  get removed(): readonly (readonly [file: string, seq: number, removed: RemovedFile])[] {
    return [...this.#removed].flatMap(([seq, files]) =>
      [...files].map(([file, removed]) => [file, seq, removed] as const),
    )
  }

  /** Starts the model from a welcome; a welcome of the known room changes nothing. */
  welcome(welcome: Welcome): void {
    if (this.#isStarted && this.epoch !== welcome.epoch)
      this.wrong.push('the room came back with another epoch')
    if (this.#isStarted || welcome.resumed) return
    this.#isStarted = true
    this.epoch = welcome.epoch
    this.start = welcome.seq
    const files = welcome.files.map(({ file, path, revision }): [string, ModelFile] => [
      file,
      { file, path, revision, born: null, text: null, length: { seq: revision, points: null, before: null } },
    ])
    this.#push(welcome.seq, new Map(files))
  }

  /** Applies a commit, given the bytes of its frame. */
  commit(seq: number, body: string): void {
    const known = this.#bodies.get(seq) ?? this.#early.get(seq)
    if (known !== undefined) {
      if (known !== body) this.wrong.push(`[C3] commit ${seq} arrived in two forms: ${body.slice(0, 300)}`)
      return
    }
    if (!this.#isStarted || seq <= this.now.sealed) return
    this.#early.set(seq, body)
    for (let next = this.#early.get(this.now.sealed + 1); next !== undefined; ) {
      const at = this.now.sealed + 1
      this.#early.delete(at)
      this.#bodies.set(at, next)
      this.#bodies.delete(at - MOST_BODIES)
      this.#removed.delete(at - MOST_BODIES)
      this.#apply(JSON.parse(next))
      next = this.#early.get(at + 1)
    }
  }

  /** Checks a text that the room answered, as of `seq`. */
  text({ file, seq, text }: TextMessage): void {
    const { sealed, files } = this.now
    const known = files.get(file)
    if (known === undefined || known.revision > seq || seq > sealed) return
    if (known.text !== null) {
      if (known.text !== text)
        this.wrong.push(`[X1] the text of ${known.path} at ${seq} is not what the log makes it`)
      return
    }
    const length = { seq: known.length.seq, points: [...text].length, before: known.length.before }
    this.#push(sealed, new Map(files).set(file, { ...known, text, length }))
  }

  #apply(commit: Commit): void {
    const files = new Map(this.now.files)
    for (const { client, n, user, changes } of commit.entries) {
      for (const change of changes) this.#change(files, change, commit.seq)
      const { number } = this.#push(commit.seq - 1, new Map(files))
      const lasts = this.#clients.get(client) ?? []
      if (n > 0 && n <= (lasts.at(-1)?.n ?? 0))
        this.wrong.push(`[S3] ${client} ${n} is in the log again, in ${commit.seq}`)
      this.#clients.set(client, [...lasts.slice(-20), { version: number, user, n, seq: commit.seq }])
    }
    this.#push(commit.seq, files)
  }

  #change(files: Map<string, ModelFile>, change: CommittedChange, seq: number): void {
    if (!isFileChange(change)) return
    const old = files.get(change.file)
    if (change.type === 'create') {
      const inline = typeof change.text === 'string' ? change.text : null
      if (typeof change.text !== 'string') this.blobs.add(change.text.blob)
      const points = typeof change.text === 'string' ? [...change.text].length : change.text.points
      const length = { seq, points, before: null }
      files.set(change.file, {
        file: change.file,
        path: change.path,
        born: seq,
        revision: seq,
        text: inline,
        length,
      })
    } else if (old === undefined)
      this.wrong.push(`commit ${seq} changes ${change.file}, which does not exist`)
    else if (change.type === 'remove') {
      this.#remove(old, change, seq)
      files.delete(change.file)
    } else if (change.type === 'rename') files.set(change.file, { ...old, path: change.path, revision: seq })
    else if ('blob' in change.op) {
      this.blobs.add(change.op.blob)
      files.set(change.file, {
        ...old,
        revision: seq,
        text: null,
        length: { seq, points: null, before: old.length },
      })
    } else {
      const text = old.text === null ? null : applied(old.text, change.op)
      if (old.text !== null && text === null) this.wrong.push(`[O3] commit ${seq} does not fit ${old.path}`)
      const points = old.length.points === null ? null : old.length.points + delta(change.op)
      files.set(change.file, { ...old, revision: seq, text, length: { seq, points, before: old.length } })
    }
  }

  /** [C8] */
  #remove(old: ModelFile, { file, path, was }: RemoveChange, seq: number): void {
    if (was === undefined || path !== old.path) {
      this.wrong.push(`[C8] commit ${seq} removes ${old.path} without its path or text`)
      return
    }
    const inline = typeof was === 'string' ? was : null
    if (typeof was !== 'string') this.blobs.add(was.blob)
    const isRight = old.text === null || inline === (old.text.length > MOST_INLINE ? null : old.text)
    if (!isRight) this.wrong.push(`[C8] commit ${seq} removes ${old.path} with another text than it had`)
    const removed = this.#removed.get(seq) ?? new Map<string, RemovedFile>()
    this.#removed.set(seq, removed.set(file, { path, text: inline ?? old.text }))
  }

  #push(sealed: number, files: ReadonlyMap<string, ModelFile>): Version {
    const version = { number: this.now.number + 1, sealed, files }
    this.#versions.push(version)
    if (this.#versions.length > MOST_VERSIONS * 2) this.#versions.splice(0, MOST_VERSIONS)
    return version
  }
}

/** Points of a file after commit `seq`; null if not known. */
export function pointsAt({ length }: ModelFile, seq: number): number | null {
  for (let at: Length | null = length; at !== null; at = at.before) if (at.seq <= seq) return at.points
  return null
}

type Op = readonly (number | string | { readonly d: number })[]

/** Null if the op does not fit. A commit may have thousands of edits of a long text, so no text is split. */
export function applied(text: string, op: Op): string | null {
  let at = 0
  let result = ''
  for (const component of op) {
    if (typeof component === 'string') {
      result += component
      continue
    }
    const end = skipped(text, at, typeof component === 'number' ? component : component.d)
    if (end === null) return null
    if (typeof component === 'number') result += text.slice(at, end)
    at = end
  }
  return result + text.slice(at)
}

/** The UTF-16 offset `points` further on; null if the text ends before. */
function skipped(text: string, from: number, points: number): number | null {
  let at = from
  for (let left = points; left > 0; left--) {
    if (at >= text.length) return null
    const unit = text.charCodeAt(at)
    at += unit >= 0xd800 && unit < 0xdc00 ? 2 : 1
  }
  return at
}

function delta(op: Op): number {
  return op.reduce<number>((sum, component) => {
    if (typeof component === 'string') return sum + [...component].length
    return typeof component === 'number' ? sum : sum - component.d
  }, 0)
}
