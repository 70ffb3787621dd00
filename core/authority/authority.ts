/**
 * The authority: the only place that decides what enters the log. A submission is checked, transformed over
 * what was committed since its base and added to the open batch, all or nothing; `seal` turns the batch into
 * a commit. Anything that can be wrong with a submission, including its size in the log, is detected before
 * it is in the batch.
 *
 * Invariants. A batched change is in `state` at once, marked with the seq that the batch will get, and
 * nobody outside may see it before the commit is sealed and appended. A submission `(client, n)` is in the
 * log at most once. Nothing is transformed over a past with gaps.
 *
 * It knows no socket, no clock and no disk: it reads the past through `Past`, synchronously.
 *
 * Long because a submission is all or nothing: judging, transforming, applying and taking back act on the
 * same batch and state, in one order. Checks, the batch and the rebase cache have files of their own.
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
import { isNoop, OpError, type TextOp } from '../text/op.ts'
import type { Text } from '../text/text.ts'
import { rebaseOver, rebasePendingOver } from '../text/transform.ts'
import { Batch, type Prepared, type SealedCommit } from './batch.ts'
import { checkCreate, checkRename, checkRoom, checkSize } from './file-checks.ts'
import { RebaseCache } from './rebase-cache.ts'
import { RecentCommits } from './recent-commits.ts'
import { Refusal } from './refusal.ts'
import { type PastOfFiles, Revivals, revivedCommits } from './revival.ts'
import { type Before, NEW, restore, type Saved, savedOf } from './savepoint.ts'

/** Client id for submissions of the room's own API. Their `n` is always 0: the API never resends. */
export const API_CLIENT = 'api'

/** The last submission of a client that is in the log. */
export interface ClientRecord {
  readonly client: string
  readonly user: string
  readonly n: number
  /** Seq of the commit that contains it. */
  readonly seq: number
}

/** The authority's view of the journal. */
export interface Past extends PastOfFiles {
  /** Commits `after < seq <= upTo` without a gap, or null if some are gone. */
  commits(after: number, upTo: number): readonly Commit<Change>[] | null
  client(client: string): ClientRecord | null
}

/** The author of a submission; bound to the connection, never taken from a message. */
export interface Author {
  readonly client: string
  readonly user: string
  readonly name: string
  /** Role given by the token. */
  readonly role: Role | null
}

export type Outcome =
  /** In the open batch, with these changes: as transformed over everything committed since the base. */
  | { readonly type: 'accepted'; readonly seq: number; readonly changes: readonly Change[] }
  /** A resend of a submission in the open batch, whose commit will ack it. */
  | { readonly type: 'pending' }
  /** A resend of a submission in the log. */
  | { readonly type: 'ack'; readonly seq: number }
  | { readonly type: 'reject'; readonly code: RejectCode; readonly message: string }
  /** The past over which it must be transformed is gone. */
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

  /** @param nameOf name of a user who is in the room */
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

  /** Seq that the open batch will get. */
  get nextSeq(): number {
    return this.state.seq + 1
  }

  get hasBatch(): boolean {
    return !this.#batch.isEmpty
  }

  /** Whether the open batch must be sealed before the next submission. */
  get isFull(): boolean {
    return this.#batch.isFull
  }

  /**
   * Knows clients with a submission in the open batch or a recent commit; for others it asks the journal.
   */
  client(client: string): ClientRecord | null {
    const known = this.#clients.get(client) ?? this.#past.client(client)
    if (known !== null) this.#clients.set(client, known)
    return known
  }

  /** Text of a file, including the open batch. Loads it if only the record is in memory. */
  text(file: RoomFile): Text {
    if (file.text !== null) {
      this.state.files.use(file.file)
      return file.text
    }
    const text = this.#past.text(file.file)
    this.state.files.set({ ...file, text })
    return text
  }

  /** All sealed commits after `seq`, or null if some are gone. */
  commitsAfter(seq: number): readonly Commit<Change>[] | null {
    return seq > this.state.seq ? null : this.#recent.after(seq)
  }

  /** Like `commitsAfter`, but also null if `seq` is too far behind to be worth a long read of the log. */
  recentAfter(seq: number): readonly Commit<Change>[] | null {
    return seq > this.state.seq ? null : this.#recent.recent(seq)
  }

  /** The commits after this seq are in memory. */
  get remembersFrom(): number {
    return this.#recent.from
  }

  /** Whatever can be decided about a submission without the commits since its base; null if nothing can. */
  judge(author: Author, message: Submit): Outcome | null {
    const known = author.client === API_CLIENT ? null : this.client(author.client)
    if (known !== null && message.n <= known.n) {
      return known.seq > this.state.seq ? { type: 'pending' } : { type: 'ack', seq: known.seq }
    }
    // Otherwise one frame could carry as much chat as the limits allow in minutes.
    if (message.changes.length > 1 && message.changes.filter(({ type }) => type === 'chat').length > 1)
      return reject(
        'too_many_changes',
        'A submission may have at most one chat message. Send them one by one.',
      )
    let revives = false
    for (const change of message.changes) {
      const prohibition = prohibitionOf(this.state.policy, author, change)
      if (prohibition !== null) return reject(prohibition.code, prohibition.message)
      if (change.type === 'revive') revives = true
    }
    if (revives && revivedCommits(message).size > REVIVED_COMMITS) {
      const most = `One submission may restore files from at most ${REVIVED_COMMITS} commits.`
      return reject('too_many_changes', `${most} Split it into several submissions.`)
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
   * Adds a submission to the open batch, all or nothing.
   * @param now Unix ms
   * @param past source of the commits since its base, including any fetched for this submission
   * @throws Error if the batch is full; whenever it throws, no part of the submission remains
   */
  submit(author: Author, message: Submit, now: number, past: Past = this.#past): Outcome {
    const judged = this.judge(author, message)
    if (judged !== null) return judged
    if (this.isFull) throw new Error('the batch is full and must be sealed first')
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
   * Turns the open batch into the next commit. The caller appends it to the journal before anybody may see
   * it; if that fails, this authority is ahead of the journal and must be discarded.
   * @param now Unix ms
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

  /**
   * `#applyAll` for the most frequent submission: a single edit, which needs no record of preceding changes.
   */
  #applyEdit(author: Author, { n, base }: Submit, { file, op: submitted }: EditChange): Prepared {
    const then = this.#known(file, base, NONE)
    this.text(then)
    const op =
      then.revision <= base ? submitted : rebasePendingOver(this.#rebases.since(file, base), submitted)
    if (isNoop(op)) return this.#prepare(author, n, [])
    const before = savedOf(this.state.files, file)
    const change: Change = { type: 'edit', file, op }
    const { bytes } = this.state.files
    applyChange(this.state, change, this.nextSeq)
    try {
      checkSize(this.state.files, file, this.#limits, before.bytes)
      checkRoom(this.state.files, bytes, this.#limits)
      const prepared = this.#prepare(author, n, [change])
      this.#rebases.add(file, op)
      return prepared
    } catch (error) {
      restore(this.state.files, new Map([[file, before]]))
      throw error
    }
  }

  #applyAll(author: Author, message: Submit, now: number, past: Past): Prepared {
    const before = new Map<string, Saved>()
    const { policy } = this.state
    try {
      const changes = this.#apply(author, message, now, past, before)
      const prepared = this.#prepare(author, message.n, changes)
      for (const change of changes) if (change.type === 'edit') this.#rebases.add(change.file, change.op)
      return prepared
    } catch (error) {
      restore(this.state.files, before)
      this.state.policy = policy
      throw error
    }
  }

  /** The entry for a submission. @throws Refusal if it does not fit any commit */
  #prepare({ client, user }: Author, n: number, changes: readonly Change[]): Prepared {
    const prepared = this.#batch.prepare({ client, n, user, changes })
    if (prepared !== null) return prepared
    throw new Refusal(
      'submission_too_large',
      'This does not fit into one commit. Split it into smaller submissions.',
    )
  }

  /** Transforms and applies the changes of one submission; saves in `before` what they replace. */
  #apply(author: Author, message: Submit, now: number, past: Past, before: Map<string, Saved>): Change[] {
    const applied: Change[] = []
    /**
     * Per file: what was committed since the base, transformed over this submission's own changes so far.
     */
    const bridges = new Map<string, readonly TextOp[]>()
    /**
     * Files that this submission creates, including any that replace a file it removed under the same id.
     */
    const made = new Set<string>()
    const last = message.changes.length > 1 ? lastEdits(message.changes) : null
    const { bytes } = this.state.files
    const revivals = new Revivals(past, this.#limits)
    for (const [i, submitted] of message.changes.entries()) {
      if (!isFileChange(submitted)) {
        // An earlier change of this submission may have removed the right to this one: after handing the
        // room over, the author is no longer owner.
        const prohibition = prohibitionOf(this.state.policy, author, submitted)
        if (prohibition !== null) throw new Refusal(prohibition.code, prohibition.message)
        const change = this.#signed(author, submitted, now)
        applyChange(this.state, change, this.nextSeq)
        applied.push(change)
        continue
      }
      let change = submitted.type === 'revive' ? this.#revived(submitted, revivals) : submitted
      if (change.type === 'create') {
        checkCreate(this.state.files, change.file, change.path, this.#limits)
        if (!before.has(change.file)) before.set(change.file, NEW)
        made.add(change.file)
        bridges.set(change.file, NOTHING)
      } else {
        const file = this.#known(change.file, message.base, made)
        if (change.type === 'edit') this.text(file)
        else if (change.type === 'remove') change = revivals.removal(file)
        if (!before.has(change.file)) before.set(change.file, savedOf(this.state.files, change.file))
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
      if (change.type === 'rename') checkRename(this.state.files, change.file, change.path)
      applyChange(this.state, change, this.nextSeq)
      if (change.type === 'edit' || change.type === 'create')
        checkSize(
          this.state.files,
          change.file,
          this.#limits,
          made.has(change.file) ? 0 : before.get(change.file)?.bytes,
        )
      applied.push(change)
    }
    checkRoom(this.state.files, bytes, this.#limits)
    return applied
  }

  /** The creation that restores a removed file. */
  #revived({ file, seq }: ReviveChange, revivals: Revivals): CreateChange {
    if (this.state.files.get(file) !== undefined) throw new Refusal('file_exists', 'The file already exists.')
    const { path, text } = revivals.removed(file, seq)
    const free = freePathBeside(path, this.state.files)
    if (free !== null) return { type: 'create', file, path: free, text }
    throw new Refusal('path_taken', `No free path near ${path}: rename the files there first.`)
  }

  /**
   * Adds what the room knows to a change that is not about files, so that nobody can forge a name or a time.
   */
  #signed(author: Author, change: PeopleChange, now: number): PeopleChange {
    if (change.type === 'chat') return { ...change, name: author.name }
    if (change.type === 'kick' || change.type === 'revoke') return { ...change, at: now }
    if (change.type !== 'role' && change.type !== 'ban') return change
    const name = this.#nameOf(change.user) ?? memberOf(this.state.policy, change.user)?.name
    const named = name === undefined ? {} : { name }
    if (change.type === 'ban') return { type: 'ban', user: change.user, on: change.on, at: now, ...named }
    return { type: 'role', user: change.user, role: change.role, ...named }
  }

  /** What was committed since `base` to a file that existed then. */
  #committedSince(file: string, base: number, before: Before): readonly TextOp[] {
    const then = before.get(file)?.record
    if (then === undefined || then.revision <= base) return NOTHING
    return this.#rebases.since(file, base)
  }

  /** A file that a client at `base` can know about. */
  #known(file: string, base: number, made: ReadonlySet<string>): RoomFile {
    const record = this.state.files.get(file)
    if (record === undefined || (!made.has(file) && this.#isNewTo(record, base))) {
      throw new Refusal('no_such_file', 'The file was removed, or never existed.')
    }
    return record
  }

  /**
   * Whether a file was created after `base`. Postgres does not store that seq, so for a room loaded from
   * there it is read from the log.
   */
  #isNewTo({ file, revision, created }: RoomFile, base: number): boolean {
    if (revision <= base) return false
    return created > 0 ? created > base : this.#rebases.madeSince(base).has(file)
  }

  /** Checksums of the texts that the open batch changed and did not remove. */
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

type PeopleChange = Exclude<Change, FileChange>

const NOTHING: readonly TextOp[] = []
const NONE: ReadonlySet<string> = new Set()

/** Index of the last edit of each file in a submission. */
function lastEdits(changes: readonly SubmittedChange[]): ReadonlyMap<string, number> {
  return new Map(changes.flatMap((change, i) => (change.type === 'edit' ? [[change.file, i]] : [])))
}

function reject(code: RejectCode, message: string): Outcome {
  return { type: 'reject', code, message }
}
