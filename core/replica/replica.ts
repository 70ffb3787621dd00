/**
 * A client's side of a room: synchronized, or with one submission in flight, or with more waiting behind it.
 *
 * Invariant: local text = committed text with the pending changes applied. It knows no socket, no editor and no clock:
 * messages go in, effects come out.
 */

import { SHARED_USER } from '../model/admission.ts'
import { blobOf, isWholeChange } from '../model/blobs.ts'
import { fileOf, isFileChange } from '../protocol/changes.ts'
import type { ClientLimits } from '../protocol/limits.ts'
import type {
  Authenticated,
  ChatChange,
  Commit,
  CommittedFileChange,
  Entry,
  FileChange,
  FileInfo,
  PolicyChange,
  Reject,
  RejectCode,
  Submit,
  Welcome,
} from '../protocol/messages.ts'
import { diff } from '../text/diff.ts'
import { type Hunk, hunksOf } from '../text/hunks.ts'
import { merge } from '../text/merge.ts'
import { OpError, type TextOp } from '../text/op.ts'
import { Text } from '../text/text.ts'
import { transformPoint } from '../text/transform.ts'
import { type Copy, skim } from './copy.ts'
import { Drafts } from './drafts.ts'
import type { Effect, Left, LostChange } from './effects.ts'
import { hasGrown, type Item, type Pending, removalsOf } from './pending.ts'
import { ReplicaState } from './replica-state.ts'
import {
  type Draft,
  isCreationOf,
  type RemovedFile,
  RemovedFiles,
  type Revival,
  revivedFrom,
  submittedOf,
} from './revival.ts'
import { Rules } from './rules.ts'
import type { SavedReplica } from './saved.ts'
import { Undo } from './undo/undo.ts'
import { Verifier } from './verifier.ts'
import type { View } from './view.ts'
import { insertedText, lossOf, lostText } from './withdrawal/losses.ts'

/** The room's text is taken over. */
const RESYNC = { origin: 'resync', user: null, client: null } as const

export class Replica {
  /**
   * The id that was to take the place of a taken one; null where there is none, or the room knows us by it.
   */
  #nextClient: string | null = null
  /** The room's epoch, once it has welcomed us. */
  epoch: string | null = null
  /** When the last commit that is applied was made, by the room's clock; null where that is not known. */
  #at: number | null = null
  readonly #state: ReplicaState
  readonly #copy: Copy
  readonly #pending: Pending
  readonly #view: View
  readonly #drafts: Drafts
  readonly #undo: Undo
  readonly #verifier: Verifier
  readonly #removed = new RemovedFiles()
  /** Who may do what here. */
  readonly rules = new Rules()

  /**
   * @param client an id that nobody else has
   * @param state what it works on, where an earlier life of this client left something: see `restored`
   */
  constructor(client: string, state: ReplicaState = new ReplicaState(client), at: number | null = null) {
    state.client = client
    this.#at = at
    this.#state = state
    this.#copy = state.copy
    this.#pending = state.pending
    this.#view = state.view
    this.#drafts = new Drafts(state)
    this.#undo = new Undo(state, this.#drafts)
    this.#verifier = new Verifier(state.copy)
  }

  /** All that a later life of this client needs to go on. A transaction that is not complete is not in it. */
  saved(): SavedReplica {
    const { client, epoch } = this
    const { user, limits } = this.#state
    const items = this.#pending.saved(this.#drafts.transaction)
    return {
      client,
      user,
      limits,
      epoch,
      at: this.#at,
      lastN: this.#pending.lastN,
      items,
      turns: this.#state.history.savedTurns(),
      ...this.#copy.saved(),
    }
  }

  /** Whom the room welcomed last; null before it did. */
  get user(): string | null {
    return this.#state.user
  }

  /** The id that what is pending may stand under in the log. */
  get client(): string {
    return this.#state.client
  }

  /** The id to say hello with. */
  get helloClient(): string {
    return this.#nextClient ?? this.client
  }

  /**
   * The room says that this client's id is somebody else's. Until it has welcomed us under another, nothing
   * of ours stands under that.
   * @param client a new one, made up at random
   */
  taken(client: string): void {
    this.#nextClient = client
  }

  // ── what is here ────────────────────────────────────────────────────────────────────────────────────────────────

  /** What the room is told of the past that is known here, so that it sends what follows; nothing before the first welcome. */
  get known(): { readonly since: number; readonly epoch: string; readonly at?: number } | null {
    const { epoch, seq } = this
    if (epoch === null) return null
    return { since: seq, epoch, ...(this.#at === null ? {} : { at: this.#at }) }
  }

  /** The last commit that is applied. */
  get seq(): number {
    return this.#copy.seq
  }

  /** What the deployment allows; null as long as no room has said so. */
  get limits(): ClientLimits | null {
    return this.#state.limits
  }

  /** Submissions not acked yet. */
  get pending(): number {
    return this.#pending.size
  }

  /** Whether one of them was sent, and is not answered. */
  get isSubmitting(): boolean {
    return this.#state.inFlight !== null
  }

  /** The number of the first of them; null when there is none. */
  get oldest(): number | null {
    return this.#pending.first?.n ?? null
  }

  /** The files as they are here, own pending changes included. */
  get files(): readonly FileInfo[] {
    return this.#view.list
  }

  fileAt(path: string): string | undefined {
    return this.#view.files.atPath(path)?.file
  }

  pathOf(file: string): string | undefined {
    return this.#state.pathOf(file)
  }

  /** The local text of an open file; undefined as long as it is not here, or the file waits to be brought back. */
  text(file: string): Text | undefined {
    return this.#state.textOf(file)
  }

  /** Files that are open and whose text the room has to send (again). */
  get wanted(): string[] {
    return this.#copy.wanted
  }

  /** Whether a file is open and its text has to come (again). */
  isWanted(file: string): boolean {
    return this.#copy.isWanted(file)
  }

  /** What was removed while this client was here and is not back, the newest first. */
  get removed(): readonly RemovedFile[] {
    return this.#removed.list
  }

  /** Whether the room has the file, as far as is known here. */
  isCommitted(file: string): boolean {
    return this.#copy.files.get(file) !== undefined
  }

  /** Where a point of the local text lies in the committed text at `seq`. */
  toCommitted(file: string, point: number): number {
    return this.#pending.toCommitted(file, point)
  }

  /** Where a point of the committed text at `seq` lies in the local text, within its bounds. */
  toLocal(file: string, point: number): number {
    return Math.min(this.#pending.toLocal(file, point), this.#copy.localText(file)?.points ?? 0)
  }

  // ── changes made here ───────────────────────────────────────────────────────────────────────────────────────────

  /** The file's text is wanted from now on. */
  open(file: string): void {
    this.#copy.open(file)
  }

  /**
   * @param joins whether undo may take it back together with the last edit, where it goes on from that
   * @throws ReplicaError `not_open`; OpError when the op does not fit the local text
   */
  edit(file: string, op: TextOp, joins = false): Effect[] {
    return this.#drafts.edit(file, op, joins)
  }

  /**
   * @param file an id that no file has had
   * @param text parsed with parseText
   * @throws ReplicaError `bad_path` or `path_taken`
   */
  create(file: string, path: string, text: string): Effect[] {
    return this.#drafts.create(file, path, text)
  }

  /** @throws ReplicaError `no_such_file`, `bad_path` or `path_taken` */
  rename(from: string, to: string): Effect[] {
    return this.#drafts.rename(from, to)
  }

  /** @throws ReplicaError `no_such_file` */
  remove(path: string): Effect[] {
    return this.#drafts.remove(path)
  }

  /**
   * A file that was removed comes back, where it was or beside that.
   * @throws ReplicaError `file_exists`
   */
  revive({ file, path, seq }: Pick<RemovedFile, 'file' | 'path' | 'seq'>): Effect[] {
    return this.#drafts.revive(file, path, seq)
  }

  /** Says something, or changes who may do what. Nothing of it shows here before the room has taken it. */
  propose(change: PolicyChange | ChatChange): void {
    this.#drafts.propose(change)
  }

  /** Everything until `commit` or `abandon` is one submission. Answers false when one is open already. */
  begin(): boolean {
    return this.#drafts.begin()
  }

  commit(): void {
    this.#drafts.commit()
  }

  /** Takes everything since `begin` back. */
  abandon(): Effect[] {
    return this.#drafts.abandon()
  }

  /** See `Undo.turn`. */
  undo(file?: string): Effect[] {
    return this.#undo.turn('undo', file)
  }

  /** See `Undo.turn`. */
  redo(file?: string): Effect[] {
    return this.#undo.turn('redo', file)
  }

  /** Whether there is anything to undo or redo; it may turn out that others have left nothing of it. */
  canTurn(doing: 'undo' | 'redo', file?: string): boolean {
    return this.#state.history.has(doing, file)
  }

  /** Is another whenever something else can be undone or redone. */
  get historyRevision(): number {
    return this.#state.history.revision
  }

  /** What the room has not got, as it stands here: of each text that it has, and all else. */
  left(): Left {
    const changes: LostChange[] = []
    const files = new Set<string>()
    for (const change of this.#pending.changes()) {
      const file = fileOf(change) ?? ''
      if (change.type === 'edit') files.add(file)
      else {
        const isMade = change.type === 'create' || change.type === 'revive'
        const path = isMade ? change.path : (this.pathOf(file) ?? '')
        changes.push(lossOf(change, path, this.#copy.localText(file)?.toString()))
      }
    }
    const texts = [...files].flatMap((file) => {
      const isMade = this.#pending.creationOf(file)?.type === 'create'
      const text = isMade ? undefined : this.#copy.localText(file)
      if (text === undefined) return []
      const committed = this.#copy.committedText(file)
      const net = committed === null ? null : this.#state.net(file, committed)
      return [insertedText(file, this.pathOf(file) ?? '', text, net ?? this.#pending.composed(file))]
    })
    return { changes, texts }
  }

  // ── to the room ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** The next submission to send, or null when one is in flight, nothing waits, or a text has to come first. */
  next(): Submit | null {
    const item = this.#pending.first
    if (this.#state.inFlight !== null || item === undefined) return null
    if (item === this.#drafts.transaction || this.#copy.isAnyStale) return null
    item.sent = true
    this.#state.inFlight = item.n
    return { type: 'submit', n: item.n, base: this.seq, changes: item.changes.map(submittedOf) }
  }

  // ── from the room ───────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * A connection is up: what was in flight is sent again by `next`, with the same `n`, brought to the seq at hand. After a
   * welcome that does not resume, open files are stale until their text comes.
   */
  welcome(message: Welcome): Effect[] {
    const renamed = this.#rename(message.user)
    const effects = this.#greet(message)
    return [...renamed, ...effects]
  }

  /**
   * Goes on under the id that takes the place of a taken one. Had the log anything of ours under that, it
   * would have bound it to our user, and nobody could have taken it from us: so all that is pending is sent
   * under the new one. Who comes as another user, or is one of the many without a token, cannot conclude
   * so: what may have been sent is handed back.
   */
  #rename(user: string): Effect[] {
    const client = this.#nextClient
    if (client === null) return []
    this.#nextClient = null
    const before = this.#state.user
    this.#state.client = client
    const effects: Effect[] = [{ type: 'renumbered' }]
    // Under another id it would be done once more.
    const { first } = this.#pending
    if (first?.isCommitted) this.#pending.shift()
    if (before === null || (before === user && user !== SHARED_USER)) return effects
    for (const item of this.#pending.maybeSent)
      if (this.#pending.isWaiting(item)) effects.push(...this.#state.handBack(item))
    return effects
  }

  #greet(message: Welcome): Effect[] {
    this.epoch = message.epoch
    this.#state.user = message.user
    this.#state.limits = message.limits ?? null
    this.#state.inFlight = null
    if (!message.resumed) this.#at = message.at ?? null
    this.#pending.lastN = Math.max(this.#pending.lastN, message.n)
    const rules = this.rules.welcome(message)
    if (message.resumed) return [rules]
    this.#removed.present(message.files.map(({ file }) => file))
    for (let item = this.#pending.first; item?.sent && item.n <= message.n; item = this.#pending.first) {
      for (const { file } of removalsOf(item)) this.#state.history.assume(file, item.key)
      if (item.n === message.n && removalsOf(item).length > 0) {
        if (!item.isCommitted) this.#applySettled(item, false)
        this.#pending.await(item)
        break
      }
      this.#settle(item)
    }
    const gone = this.#copy.reset(message.seq, message.files)
    this.#view.invalidate()
    return [
      rules,
      { type: 'files' },
      ...gone.flatMap(({ file, path, text }) => this.#state.gone(file, path, text)),
    ]
  }

  /** Blobs that a commit names and that must be at hand before `receive`. */
  blobsNeeded(commit: Commit): string[] {
    const blobs: string[] = []
    for (const entry of commit.entries) {
      if (this.#ownOf(entry)?.restored === false) continue
      for (const change of entry.changes) {
        const ref = blobOf(change)
        if (ref !== null && this.#copy.follows(fileOf(change) ?? '')) blobs.push(ref.blob)
      }
    }
    return blobs
  }

  /**
   * Applies the commit after `seq`. Blobs of `blobsNeeded` have been put into it; other blobs may still be named.
   * @throws LogError when another commit should have come
   */
  receive(commit: Commit): Effect[] {
    if (commit.seq <= this.seq) return []
    if (commit.seq !== this.seq + 1) throw new Error(`commit ${commit.seq} cannot follow ${this.seq}`)
    const effects: Effect[] = []
    this.#verifier.begin(commit)
    for (const entry of commit.entries) {
      this.rules.hear(entry, commit, effects)
      for (const change of entry.changes) this.#removed.follow(change, entry, commit)
      this.#dropRefused(entry, effects)
      const own = this.#ownOf(entry)
      if (entry.client === this.client) this.#state.answered(entry.n)
      if (own === null) this.#foreign(entry, commit.seq, effects)
      else if (hasGrown(own, entry.changes)) {
        effects.push(...this.#state.takeBack(own))
        this.#foreign(entry, commit.seq, effects)
      } else this.#ack(own, entry, commit.seq, effects)
    }
    this.#copy.seq = commit.seq
    this.#at = commit.at
    effects.push(...this.#verifier.compare(commit))
    this.#view.touch()
    return effects
  }

  /**
   * The room's text of a file, at the replica's seq. Where an older text is here, pending work moves over to the new one.
   */
  receiveText(file: string, content: string): Effect[] {
    this.#assumeText(file)
    const text = Text.from(content)
    const replaced = this.#copy.receiveText(file, text)
    this.#verifier.agreed(file, this.seq)
    if (replaced === null) return []
    const theirs = diff(replaced.text, text)
    if (replaced.pastGone) return this.#merge(file, replaced.text, theirs)
    return this.#state.changeLocal(file, this.#pending.rebase(file, theirs), RESYNC)
  }

  /** A local text without a committed one, of a file that was made here: it is taken to be what was made. */
  #assumeText(file: string): void {
    const local = this.#copy.localText(file)
    if (local === undefined || !this.#copy.isWanted(file) || this.#copy.isStale(file)) return
    const creation = this.#pending.createOf(file)
    this.#copy.assume(file, creation === undefined ? local : Text.from(creation.text))
  }

  /**
   * The room has brought a file back, and its text is to come. Where a text is assumed here, or the file is to be created once more, what
   * waits applies to that text, and is moved to the one that comes.
   */
  #returned(change: FileChange | Revival): Effect[] {
    const { file } = change
    this.#copy.unload(file)
    const creation = change.type === 'create' ? change : this.#pending.createOf(file)
    if (creation === undefined) return this.#state.wanted(file)
    if (this.#copy.isOpen(file)) this.#copy.assume(file, Text.from(creation.text))
    else if (change.type === 'create') this.#copy.unloadCreated(file)
    return this.#state.wanted(file)
  }

  /**
   * Nobody can tell what was committed between the text that was here and the room's. Where both sides changed the same places, ours
   * are handed to the application, and where they made the same change of it, the room's is enough. What was deleted here and given
   * back is taken out as well where the room changed that, and is nothing to hand out.
   */
  #merge(file: string, base: Text, theirs: TextOp): Effect[] {
    const before = this.#copy.localText(file) ?? Text.empty
    const net = this.#state.net(file, base)
    if (net === null) return this.#state.surrender(file)
    const ours = merge(net, theirs)
    const all = merge(this.#pending.composed(file), theirs)
    const met = [...ours.conflicts, ...ours.same, ...all.conflicts, ...all.same]
    const lost = hunksOf(net).filter(
      (hunk) =>
        met.some((place) => touches(place, hunk)) && !ours.same.some(({ start }) => start === hunk.start),
    )
    let out: TextOp | null = []
    if (met.length > 0) out = this.#state.takeOut(file, base, [...met, ...lost])
    if (out === null) return this.#state.surrender(file)
    const effects = this.#state.changeOver(file, out, this.#pending.rebase(file, theirs), RESYNC)
    if (lost.length === 0) return effects
    const pieces = lost.flatMap(({ start, insert }) => {
      return insert === '' ? [] : [{ at: before.unitOf(transformPoint(start, net, 'left')), text: insert }]
    })
    const text = lostText(file, this.pathOf(file) ?? '', before, pieces)
    return [...effects, { type: 'unsynced', reason: 'conflict', ...text }]
  }

  /** Submission `n` had been committed before this connection, in commit `seq`, which was seen already or is in the list. */
  acked(n: number, seq: number): Effect[] {
    this.#state.answered(n)
    const item = this.#pending.first
    if (item?.n !== n) return []
    this.#settle(item, true)
    const effects: Effect[] = [{ type: 'files' }]
    for (const change of filesIn(item)) {
      const { type, file } = change
      if (type === 'remove') this.#removedIn(file, item.key, seq)
      if (this.#copy.follows(file)) effects.push(this.#state.outdated(file))
      else if (revivedFrom(change) !== undefined) effects.push(...this.#returned(change))
    }
    return effects
  }

  /** The room has lost the text of a file: what was typed into it here goes back to the application. */
  textLost(file: string): Effect[] {
    if (!this.#copy.isOpen(file)) return []
    const effects = this.#state.gone(file, this.pathOf(file) ?? '', this.#copy.committedText(file))
    this.#copy.unload(file)
    return effects
  }

  /** A newer token of this user was taken. */
  authenticated(message: Authenticated): Effect[] {
    return [this.rules.authenticated(message)]
  }

  rejected({ n, code, message }: Reject): Effect[] {
    this.#state.answered(n)
    const item = this.#pending.first
    if (item?.n !== n) return []
    try {
      if (isTooLarge(code)) return this.#state.refuseLarge(item, code, message)
      return this.#state.refuse(item, code, message)
    } catch (error) {
      // Sent again, it would be refused again, for ever.
      if (error instanceof OpError) return this.#state.letGo(item, code, message)
      throw error
    }
  }

  // ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The item that an entry of this client's answers. */
  #ownOf(entry: Entry): Item | null {
    const item = this.#pending.first
    return item !== undefined && entry.client === this.client && entry.n === item.n ? item : null
  }

  /** What was saved before it was answered, and the log goes on without: an earlier life was told that it was refused. */
  #dropRefused(entry: Entry, effects: Effect[]): void {
    if (entry.client !== this.client) return
    for (let item = this.#pending.first; item?.restored && item.n < entry.n; item = this.#pending.first)
      effects.push(...this.#state.takeBack(item))
  }

  /**
   * Own submission is committed: as it stands here by now, since the local texts have it so. The room came to the same, or
   * the checksum says that it did not, and the text that is fetched then finds local and committed text in agreement.
   */
  #ack(item: Item, entry: Entry, seq: number, effects: Effect[]): void {
    this.#pending.shift()
    const changes = filesIn(item)
    const created = entry.changes.filter((change) => change.type === 'create')
    for (const [i, change] of changes.entries()) {
      const creation = isCreationOf(change, change.file) ? created.shift() : undefined
      if (revivedFrom(change) !== undefined) {
        // Where it is the room decides, and its text is fetched by whoever wants it.
        if (creation !== undefined) this.#copy.apply(skim(creation), seq)
        effects.push(...this.#returned(change))
      } else if (change.type === 'edit') this.#verifier.applyOwn(change, seq)
      else if (change.type !== 'revive') this.#copy.applyOwn(change, seq)
      if (change.type === 'remove') {
        this.#ownRemoval(change.file, changes.slice(i + 1))
        this.#removedIn(change.file, item.key, seq)
      }
    }
    if (changes.some((change) => change.type !== 'edit')) effects.push(this.#state.relisted())
    this.#unload(item)
  }

  /**
   * A file that was removed here is gone from the log: the text that it had is none of one that comes back.
   * @param then what the same submission did after that
   */
  #ownRemoval(file: string, then: readonly Draft[]): void {
    const makes = then.filter((change) => isCreationOf(change, file))
    if (makes.length === 0 && this.#pending.creationOf(file) === undefined) this.#copy.close(file)
    else if (makes.some(({ type }) => type === 'create') || this.#pending.createOf(file) !== undefined)
      this.#copy.renew(file)
    else this.#copy.empty(file)
  }

  #removedIn(file: string, key: number, seq: number): void {
    this.#pending.removedIn(file, seq)
    this.#state.history.removedIn(file, key, seq)
  }

  /**
   * Takes the in-flight item as committed, without its commit: the texts that come next have it in them.
   * @param isListed whether the list of files here has it already; what others did to those files since stays
   */
  #settle(item: Item, isListed = false): void {
    this.#pending.shift()
    if (!item.isCommitted) this.#applySettled(item, isListed)
    this.#unload(item)
  }

  #applySettled(item: Item, isListed: boolean): void {
    const changes = filesIn(item)
    for (const [i, change] of changes.entries()) {
      // It is in the list that follows, or was in one before.
      if (change.type === 'revive') continue
      const exists = this.#copy.files.get(change.file) !== undefined
      // Also into a text that is stale: the local text has it, and the text that comes is compared with both.
      const isMissing = exists !== (change.type === 'create')
      if (isMissing && (change.type === 'edit' || !isListed)) this.#copy.applyOwn(change, this.seq)
      // One that is here all the same has come back.
      if (change.type === 'remove' && !(exists && isListed))
        this.#ownRemoval(change.file, changes.slice(i + 1))
    }
    this.#view.invalidate()
  }

  /** Texts of files that were created here and never opened are not kept once the room has them, unless they are made once more. */
  #unload(item: Item): void {
    for (const { type, file } of filesIn(item)) {
      const isUsed = this.#copy.isOpen(file) || this.#pending.creationOf(file) !== undefined
      if (type === 'create' && !isUsed) this.#copy.unloadCreated(file)
    }
  }

  /** What somebody else did. */
  #foreign(entry: Entry, seq: number, effects: Effect[]): void {
    for (const change of entry.changes) if (isFileChange(change)) this.#follow(change, entry, seq, effects)
  }

  #follow(committed: CommittedFileChange, entry: Entry, seq: number, effects: Effect[]): void {
    const { file } = committed
    const follows = this.#copy.follows(file) && isWholeChange(committed)
    const change = follows ? committed : skim(committed)
    const path = this.pathOf(file) ?? ''
    const base = this.#copy.committedText(file)
    this.#state.history.share(file)
    if (!follows && this.#copy.follows(file)) effects.push(this.#state.outdated(file))
    if (change.type !== 'edit' || !follows) this.#copy.apply(change, seq)
    if (change.type === 'edit') {
      if (!follows || !this.#verifier.apply(change, seq)) return
      const { user, client } = entry
      const op = this.#pending.rebase(file, change.op)
      effects.push(...this.#state.changeLocal(file, op, { origin: 'remote', user, client }))
      return
    }
    effects.push(this.#state.relisted())
    if (change.type === 'create') this.#copy.unload(file)
    if (change.type === 'remove') effects.push(...this.#state.gone(file, path, base))
  }
}

/** Whether a submission was refused for its size: less of it may be taken. */
function isTooLarge(code: RejectCode): boolean {
  return code === 'file_too_large' || code === 'submission_too_large'
}

/** Whether two replacements of one text are in one place, or next to each other. */
function touches(a: Hunk, b: Hunk): boolean {
  return a.start <= b.end && b.start <= a.end
}

/** What an item does to files. */
function filesIn({ changes }: Item): (FileChange | Revival)[] {
  return changes.filter((change) => isFileChange(change))
}
