/**
 * The authority: the one place that decides what enters the log. A submission is checked, transformed over what was
 * committed since its base and put into the open batch, all of it or nothing; `seal` makes the batch a commit. Whatever
 * can be wrong with a submission, its size in the log as well, is found before it is in the batch.
 *
 * Invariants. A change of the batch stands in `state` at once, marked with the seq that the batch will get, and
 * nobody outside may see it before the commit is sealed and appended. A submission `(client, n)` is in the log at
 * most once. Nothing is transformed over a past with a hole in it.
 *
 * It knows no socket, no clock and no disk: what it needs of the past it asks `Past` for, synchronously.
 */

import type { RoomFile } from '../model/files.ts'
import { freePathBeside } from '../model/free-path.ts'
import { memberOf, prohibitionOf } from '../model/policy.ts'
import { applyChange, type RoomState } from '../model/state.ts'
import { isFileChange } from '../protocol/changes.ts'
import { type Limits, REVIVED_COMMITS } from '../protocol/limits.ts'
import type {
  Change,
  Commit,
  CreateChange,
  EditChange,
  FileChange,
  RejectCode,
  ReviveChange,
  Role,
  Submit,
  SubmittedChange,
} from '../protocol/messages.ts'
import { pathFault } from '../protocol/path.ts'
import { isNoop, OpError, type TextOp } from '../text/op.ts'
import type { Text } from '../text/text.ts'
import { rebaseOver, rebasePendingOver } from '../text/transform.ts'
import { Batch, type Prepared, type SealedCommit } from './batch.ts'
import { RebaseCache } from './rebase-cache.ts'
import { RecentCommits } from './recent-commits.ts'
import { Refusal } from './refusal.ts'
import { type PastOfFiles, Revivals, revivedCommits } from './revival.ts'

/** The client of what the room's own API submits, always under the number 0: the API sends nothing twice. */
export const API_CLIENT = 'api'

/** The last submission of a client that is in the log. */
export interface ClientRecord {
  readonly client: string
  readonly user: string
  readonly n: number
  /** seq of the commit that holds it */
  readonly seq: number
}

/** What the authority asks of the journal. */
export interface Past extends PastOfFiles {
  /** Commits `after < seq <= upTo` without a gap, or null where some are gone. */
  commits(after: number, upTo: number): readonly Commit<Change>[] | null
  client(client: string): ClientRecord | null
}

/** Who submits; bound to the connection, never taken from a message. */
export interface Author {
  readonly client: string
  readonly user: string
  readonly name: string
  /** What their token gives. */
  readonly role: Role | null
}

export type Outcome =
  /** It is in the open batch, as these changes: over all that was committed since its base. */
  | { readonly type: 'accepted'; readonly seq: number; readonly changes: readonly Change[] }
  /** It had come before and is in the open batch: its commit will ack it. */
  | { readonly type: 'pending' }
  /** It had come before and is in the log. */
  | { readonly type: 'ack'; readonly seq: number }
  | { readonly type: 'reject'; readonly code: RejectCode; readonly message: string }
  /** The past that it must be transformed over is gone. */
  | { readonly type: 'resync' }

export class Authority {
  readonly state: RoomState
  readonly #past: Past
  readonly #limits: Limits
  readonly #nameOf: (user: string) => string | undefined
  readonly #recent: RecentCommits
  readonly #clients = new Map<string, ClientRecord>()
  #batch: Batch
  #rebases: RebaseCache

  /** @param nameOf what a user who is here is called */
  constructor(
    state: RoomState,
    past: Past,
    limits: Limits,
    nameOf: (user: string) => string | undefined = () => undefined,
  ) {
    this.state = state
    this.#nameOf = nameOf
    this.#past = past
    this.#limits = limits
    this.#recent = new RecentCommits(state.seq, past)
    this.#rebases = new RebaseCache(this.#recent)
    this.#batch = new Batch(this.nextSeq)
  }

  /** The seq that the open batch will have. */
  get nextSeq(): number {
    return this.state.seq + 1
  }

  get hasBatch(): boolean {
    return !this.#batch.isEmpty
  }

  /** Whether the open batch has to be sealed before anything more is submitted. */
  get isFull(): boolean {
    return this.#batch.isFull
  }

  /** Clients with a submission in the open batch or a recent commit; the rest the journal knows. */
  client(client: string): ClientRecord | null {
    const known = this.#clients.get(client) ?? this.#past.client(client)
    if (known !== null) this.#clients.set(client, known)
    return known
  }

  /** The text of a file with the open batch in it. Loads it where only the record is at hand. */
  text(file: RoomFile): Text {
    if (file.text !== null) {
      this.state.files.use(file.file)
      return file.text
    }
    const text = this.#past.text(file.file)
    this.state.files.set({ ...file, text })
    return text
  }

  /** All sealed commits after `seq`, or null where the past is gone. */
  commitsAfter(seq: number): readonly Commit<Change>[] | null {
    return seq > this.state.seq ? null : this.#recent.after(seq)
  }

  /** As `commitsAfter`, for what is not worth a long reading of the log: null as well where `seq` is far behind. */
  recentAfter(seq: number): readonly Commit<Change>[] | null {
    return seq > this.state.seq ? null : this.#recent.recent(seq)
  }

  /** The commits after this seq need not be asked for. */
  get remembersFrom(): number {
    return this.#recent.from
  }

  /** What can be decided of a submission without knowing what was committed since its base; null when nothing can. */
  judge(author: Author, message: Submit): Outcome | null {
    const known = author.client === API_CLIENT ? null : this.client(author.client)
    if (known !== null && message.n <= known.n) {
      return known.seq > this.state.seq ? { type: 'pending' } : { type: 'ack', seq: known.seq }
    }
    // Or one frame would say as much as its limits let somebody say in minutes.
    if (message.changes.length > 1 && message.changes.filter(({ type }) => type === 'chat').length > 1)
      return reject('too_many_changes', 'A submission may say one thing. Send each message by itself.')
    let revives = false
    for (const change of message.changes) {
      const prohibition = prohibitionOf(this.state.policy, author, change)
      if (prohibition !== null) return reject(prohibition.code, prohibition.message)
      if (change.type === 'revive') revives = true
    }
    if (revives && revivedCommits(message).size > REVIVED_COMMITS) {
      const most = `One submission may bring back files of ${REVIVED_COMMITS} commits.`
      return reject('too_many_changes', `${most} Make it several submissions.`)
    }
    if (message.base > this.state.seq || (known !== null && message.base < known.seq)) {
      return reject(
        'bad_base',
        `Base ${message.base} is not between this client's last commit and the room's ${this.state.seq}.`,
      )
    }
    return null
  }

  /**
   * Puts a submission into the open batch, all of it or nothing.
   * @param now Unix ms
   * @param past where the commits since its base are read: with those that were fetched for it, where some were
   * @throws Error when the batch is full; whatever is thrown, nothing of the submission is left
   */
  submit(author: Author, message: Submit, now: number, past: Past = this.#past): Outcome {
    const judged = this.judge(author, message)
    if (judged !== null) return judged
    if (this.isFull) throw new Error('the batch is full and has to be sealed first')
    if (!this.#rebases.reaches(message.base, past)) return { type: 'resync' }
    try {
      const [only] = message.changes
      const prepared =
        only?.type === 'edit' && message.changes.length === 1
          ? this.#applyEdit(author, message, only)
          : this.#applyAll(author, message, now, past)
      this.#batch.add(prepared)
      const { client, user } = author
      if (client !== API_CLIENT) this.#clients.set(client, { client, user, n: message.n, seq: this.nextSeq })
      return { type: 'accepted', seq: this.nextSeq, changes: prepared.whole.changes }
    } catch (error) {
      if (error instanceof Refusal) return reject(error.code, error.message)
      if (error instanceof OpError) {
        if (error.code === 'bad_text') return reject('bad_text', error.message)
        return reject('op_out_of_range', error.message)
      }
      throw error
    }
  }

  /**
   * Makes the open batch the next commit. The caller appends it to the journal and only then lets anybody see it; where it cannot,
   * this authority is ahead of the journal and must be used no more.
   * @param now ms since the epoch of Unix
   */
  seal(now: number): SealedCommit {
    if (!this.hasBatch) throw new Error('there is nothing to seal')
    const sealed = this.#batch.commit(now, this.#sums())
    this.#recent.push(sealed.whole)
    this.#rebases = new RebaseCache(this.#recent)
    this.state.seq = sealed.commit.seq
    this.#batch = new Batch(this.nextSeq)
    return sealed
  }

  /** As `#applyAll`, for the most frequent of all submissions: one edit needs no books of what came before it. */
  #applyEdit(author: Author, { n, base }: Submit, { file, op: submitted }: EditChange): Prepared {
    const then = this.#known(file, base, NONE)
    this.text(then)
    const op =
      then.revision <= base ? submitted : rebasePendingOver(this.#rebases.since(file, base), submitted)
    if (isNoop(op)) return this.#prepare(author, n, [])
    const before = this.#held(file)
    const change: Change = { type: 'edit', file, op }
    const { bytes } = this.state.files
    applyChange(this.state, change, this.nextSeq)
    try {
      this.#checkSize(file, before.bytes)
      this.#checkRoom(bytes)
      const prepared = this.#prepare(author, n, [change])
      this.#rebases.add(file, op)
      return prepared
    } catch (error) {
      this.#restore(new Map([[file, before]]))
      throw error
    }
  }

  #applyAll(author: Author, message: Submit, now: number, past: Past): Prepared {
    const before = new Map<string, Held>()
    const { policy } = this.state
    try {
      const changes = this.#apply(author, message, now, past, before)
      const prepared = this.#prepare(author, message.n, changes)
      for (const change of changes) if (change.type === 'edit') this.#rebases.add(change.file, change.op)
      return prepared
    } catch (error) {
      this.#restore(before)
      this.state.policy = policy
      throw error
    }
  }

  /** The entry that a submission becomes. @throws Refusal when no commit could hold it */
  #prepare({ client, user }: Author, n: number, changes: readonly Change[]): Prepared {
    const prepared = this.#batch.prepare({ client, n, user, changes })
    if (prepared !== null) return prepared
    throw new Refusal(
      'submission_too_large',
      'This is more than one commit can hold. Make it several submissions, each of fewer changes.',
    )
  }

  /** Transforms the changes of one submission and applies each; notes in `before` what was there. */
  #apply(author: Author, message: Submit, now: number, past: Past, before: Map<string, Held>): Change[] {
    const applied: Change[] = []
    /** Per file, what was committed since the base, as it stands after this submission's own changes so far. */
    const bridges = new Map<string, readonly TextOp[]>()
    /** Files that this submission makes, also where it took away another one of the same id. */
    const made = new Set<string>()
    const last = message.changes.length > 1 ? lastEdits(message.changes) : null
    const { bytes } = this.state.files
    const revivals = new Revivals(past, this.#limits)
    for (const [i, submitted] of message.changes.entries()) {
      if (!isFileChange(submitted)) {
        // What was allowed before those ahead of it may not be any more: who hands the room over is no owner.
        const prohibition = prohibitionOf(this.state.policy, author, submitted)
        if (prohibition !== null) throw new Refusal(prohibition.code, prohibition.message)
        const change = this.#signed(author, submitted, now)
        applyChange(this.state, change, this.nextSeq)
        applied.push(change)
        continue
      }
      let change = submitted.type === 'revive' ? this.#revived(submitted, revivals) : submitted
      if (change.type === 'create') {
        this.#checkCreate(change.file, change.path)
        if (!before.has(change.file)) before.set(change.file, NEW)
        made.add(change.file)
        bridges.set(change.file, NOTHING)
      } else {
        const file = this.#known(change.file, message.base, made)
        if (change.type === 'edit') this.text(file)
        else if (change.type === 'remove') change = revivals.removal(file)
        if (!before.has(change.file)) before.set(change.file, this.#held(change.file))
      }
      if (change.type === 'edit') {
        const bridge = bridges.get(change.file) ?? this.#committedSince(change.file, message.base, before)
        let op: TextOp
        if (i < (last?.get(change.file) ?? 0)) {
          const turned = rebaseOver(bridge, change.op)
          bridges.set(change.file, turned.committed)
          op = turned.pending
        } else op = rebasePendingOver(bridge, change.op)
        change = { ...change, op }
        if (isNoop(change.op)) continue
      }
      if (change.type === 'rename') this.#checkRename(change.file, change.path)
      applyChange(this.state, change, this.nextSeq)
      if (change.type === 'edit' || change.type === 'create')
        this.#checkSize(change.file, made.has(change.file) ? 0 : before.get(change.file)?.bytes)
      applied.push(change)
    }
    this.#checkRoom(bytes)
    return applied
  }

  /** The creation that brings a removed file back. */
  #revived({ file, seq }: ReviveChange, revivals: Revivals): CreateChange {
    if (this.state.files.get(file) !== undefined) throw new Refusal('file_exists', 'This file is here.')
    const { path, text } = revivals.removed(file, seq)
    const free = freePathBeside(path, this.state.files)
    if (free !== null) return { type: 'create', file, path: free, text }
    throw new Refusal('path_taken', `There is no free path beside ${path}: rename what is there first.`)
  }

  /** A change of people with what the room knows of it: nobody speaks under another name, or at another time. */
  #signed(author: Author, change: PeopleChange, now: number): PeopleChange {
    if (change.type === 'chat') return { ...change, name: author.name }
    if (change.type === 'kick' || change.type === 'revoke') return { ...change, at: now }
    if (change.type !== 'role' && change.type !== 'ban') return change
    const name = this.#nameOf(change.user) ?? memberOf(this.state.policy, change.user)?.name
    const named = name === undefined ? {} : { name }
    if (change.type === 'ban') return { type: 'ban', user: change.user, on: change.on, at: now, ...named }
    return { type: 'role', user: change.user, role: change.role, ...named }
  }

  /** What was committed since `base` to a file that was there then. */
  #committedSince(file: string, base: number, before: Before): readonly TextOp[] {
    const then = before.get(file)?.record
    if (then === undefined || then.revision <= base) return NOTHING
    return this.#rebases.since(file, base)
  }

  /** A file that a client at `base` could know of. */
  #known(file: string, base: number, made: ReadonlySet<string>): RoomFile {
    const record = this.state.files.get(file)
    if (record === undefined || (!made.has(file) && this.#isNewTo(record, base))) {
      throw new Refusal('no_such_file', 'The file was removed, or there never was one with this id.')
    }
    return record
  }

  /** Whether a file was created after `base`. Postgres does not store when: of a room that came back, the log says it. */
  #isNewTo({ file, revision, created }: RoomFile, base: number): boolean {
    if (revision <= base) return false
    return created > 0 ? created > base : this.#rebases.madeSince(base).has(file)
  }

  #checkCreate(file: string, path: string): void {
    if (this.state.files.get(file) !== undefined) throw new Refusal('file_exists', 'This file id is in use.')
    if (this.state.files.size >= this.#limits.files) {
      throw new Refusal('too_many_files', `A room may have ${this.#limits.files} files.`)
    }
    this.#checkPath(path)
  }

  #checkRename(file: string, path: string): void {
    if (this.state.files.get(file)?.path !== path) this.#checkPath(path, file)
  }

  /** @param mover the file that wants the path, if it is there already */
  #checkPath(path: string, mover?: string): void {
    const fault = pathFault(path)
    if (fault !== null) throw new Refusal('bad_path', fault)
    const obstacle = this.state.files.obstacleAt(path, mover)
    if (obstacle !== null) throw new Refusal('path_taken', obstacle)
  }

  /** @param was UTF-8 bytes of its text before the submission; at most so many where that was not loaded */
  #checkSize(file: string, was = 0): void {
    const bytes = this.state.files.get(file)?.text?.bytes ?? 0
    if (bytes > this.#limits.fileBytes && bytes > was) {
      throw new Refusal(
        'file_too_large',
        `A file may have ${this.#limits.fileBytes} bytes; this one would have ${bytes}.`,
      )
    }
  }

  /** Whoever makes a room smaller, or leaves it as large as it is, is never refused. @param before UTF-8 bytes of all texts before the submission */
  #checkRoom(before: number): void {
    const { roomBytes } = this.#limits
    const { bytes } = this.state.files
    if (roomBytes === 0 || bytes <= roomBytes || bytes <= before) return
    throw new Refusal(
      'room_too_large',
      `The files of a room may have ${roomBytes} bytes together; these would have ${bytes}. Remove what is not needed.`,
    )
  }

  #held(file: string): Held {
    return { record: this.state.files.get(file), bytes: this.state.files.bytesOf(file) }
  }

  /** Puts back the records that a refused submission had changed. Deletes first, so that no path is in the way. */
  #restore(before: Before): void {
    const { files } = this.state
    for (const file of before.keys()) files.delete(file)
    for (const { record, bytes } of before.values()) {
      if (record === undefined) continue
      files.set(record)
      // Of a text that is not loaded, the record does not say how large it is.
      if (record.text === null) files.assume(record.file, bytes)
    }
  }

  /** Checksums of the texts that the open batch changed and left in place. */
  #sums(): Record<string, number> {
    const sums: Record<string, number> = {}
    for (const entry of this.#batch.entries) {
      for (const change of entry.changes) {
        if (change.type !== 'edit' && change.type !== 'create') continue
        if (Object.hasOwn(sums, change.file)) continue
        const text = this.state.files.get(change.file)?.text
        if (text != null) sums[change.file] = text.checksum()
      }
    }
    return sums
  }
}

/** A file as it was before a submission: its record, undefined where the submission made it, and the UTF-8 bytes of its text. */
interface Held {
  readonly record: RoomFile | undefined
  readonly bytes: number
}

const NEW: Held = { record: undefined, bytes: 0 }

type Before = ReadonlyMap<string, Held>

type PeopleChange = Exclude<Change, FileChange>

const NOTHING: readonly TextOp[] = []
const NONE: ReadonlySet<string> = new Set()

/** The place of the last edit of each file in a submission. */
function lastEdits(changes: readonly SubmittedChange[]): ReadonlyMap<string, number> {
  return new Map(changes.flatMap((change, i) => (change.type === 'edit' ? [[change.file, i]] : [])))
}

function reject(code: RejectCode, message: string): Outcome {
  return { type: 'reject', code, message }
}
