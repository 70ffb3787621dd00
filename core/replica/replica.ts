/**
 * A client's side of a room: synchronized, or with one submission in flight, possibly with more waiting
 * behind it.
 *
 * Invariant: local text = committed text with the pending changes applied. It knows no socket, no editor and
 * no clock: messages go in, effects come out.
 *
 * Long because it is one state machine: each message and each call is a transition that has to keep the
 * invariant over all of its parts, which have files of their own.
 */

import { SHARED_USER } from '../model/admission.ts'
import { blobOf, isWholeChange } from '../model/blobs.ts'
import { fileOf, isFileChange } from '../protocol/changes.ts'
import type { ClientLimits } from '../protocol/limits.ts'
import type {
  Authenticated,
  Commit,
  CommittedFileChange,
  Entry,
  FileChange,
  FileInfo,
  Reject,
  RejectCode,
  Submit,
  Welcome,
} from '../protocol/messages.ts'
import { diff } from '../text/diff.ts'
import { type Hunk, hunksOf } from '../text/hunks.ts'
import { merge } from '../text/merge.ts'
import { isNoop, OpError, type TextOp } from '../text/op.ts'
import { Text } from '../text/text.ts'
import { transformPoint } from '../text/transform.ts'
import { type Copy, withoutContent } from './copy.ts'
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

/** The room's text replaces the local one. */
const RESYNC = { origin: 'resync', user: null, client: null } as const

export class Replica {
  /** The id to replace one that was taken; null if there is none, or the room already knows us by it. */
  #nextClient: string | null = null
  /** The room's epoch; null before the first welcome. */
  epoch: string | null = null
  /** Time of the last applied commit by the room's clock; null if unknown. */
  #at: number | null = null
  readonly #state: ReplicaState
  readonly #copy: Copy
  readonly #pending: Pending
  readonly #view: View
  /** Local changes, and the transaction that holds them together. */
  readonly drafts: Drafts
  readonly #undo: Undo
  readonly #verifier: Verifier
  readonly #removed = new RemovedFiles()
  /** The policy, and what this user may do. */
  readonly rules = new Rules()

  /**
   * @param client an id that nobody else has
   * @param state restored state of an earlier life of this client; see `restored`
   */
  constructor(client: string, state: ReplicaState = new ReplicaState(client), at: number | null = null) {
    state.client = client
    this.#at = at
    this.#state = state
    this.#copy = state.copy
    this.#pending = state.pending
    this.#view = state.view
    this.drafts = new Drafts(state)
    this.#undo = new Undo(state, this.drafts)
    this.#verifier = new Verifier(state.copy)
  }

  /** Everything that a later life of this client needs to continue. Excludes an open transaction. */
  saved(): SavedReplica {
    const { client, epoch } = this
    const { user, limits } = this.#state
    const items = this.#pending.saved(this.drafts.transaction)
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

  /** User of the last welcome; null before the first. */
  get user(): string | null {
    return this.#state.user
  }

  /** The id under which pending changes may be in the log. */
  get client(): string {
    return this.#state.client
  }

  /** The id to send in `hello`. */
  get helloClient(): string {
    return this.#nextClient ?? this.client
  }

  /**
   * The room says that this client's id belongs to somebody else. Nothing of ours is in the log under the
   * new id until the room has welcomed us with it.
   * @param client a new random id
   */
  taken(client: string): void {
    this.#nextClient = client
  }

  // ── queries ─────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * What to tell the room about the past known here, so that it sends the rest; null before the first
   * welcome.
   */
  get known(): { readonly since: number; readonly epoch: string; readonly at?: number } | null {
    const { epoch, seq } = this
    if (epoch === null) return null
    return { since: seq, epoch, ...(this.#at === null ? {} : { at: this.#at }) }
  }

  /** Seq of the last applied commit. */
  get seq(): number {
    return this.#copy.seq
  }

  /** Limits of the deployment; null until a room has sent them. */
  get limits(): ClientLimits | null {
    return this.#state.limits
  }

  /** Number of submissions not acked yet. */
  get pending(): number {
    return this.#pending.size
  }

  /** Whether one of them was sent and is unanswered. */
  get isSubmitting(): boolean {
    return this.#state.inFlight !== null
  }

  /** Number `n` of the first of them; null if there is none. */
  get oldest(): number | null {
    return this.#pending.first?.n ?? null
  }

  /** The file list, including pending changes. */
  get files(): readonly FileInfo[] {
    return this.#view.list
  }

  fileAt(path: string): string | undefined {
    return this.#view.files.atPath(path)?.file
  }

  pathOf(file: string): string | undefined {
    return this.#state.pathOf(file)
  }

  /** The local text of an open file; undefined while it is missing or the file's revival is pending. */
  text(file: string): Text | undefined {
    return this.#state.textOf(file)
  }

  /** Open files whose text the room has to send (again). */
  get wanted(): string[] {
    return this.#copy.wanted
  }

  /** Whether a file is open and its text has to be sent (again). */
  isWanted(file: string): boolean {
    return this.#copy.isWanted(file)
  }

  /** Files that were removed while this client was here and have not come back, newest first. */
  get removed(): readonly RemovedFile[] {
    return this.#removed.list
  }

  /** Whether the room has the file, as far as is known here. */
  isCommitted(file: string): boolean {
    return this.#copy.files.get(file) !== undefined
  }

  /** Maps a point of the local text to the committed text at `seq`. */
  toCommitted(file: string, point: number): number {
    return this.#pending.toCommitted(file, point)
  }

  /** Maps a point of the committed text at `seq` to the local text, within its bounds. */
  toLocal(file: string, point: number): number {
    return Math.min(this.#pending.toLocal(file, point), this.#copy.localText(file)?.points ?? 0)
  }

  // ── local changes ───────────────────────────────────────────────────────────────────────────────────────

  /** Opens a file: its text is needed from now on. */
  open(file: string): void {
    this.#copy.open(file)
  }

  /** See `Undo.turn`. */
  undo(file?: string): Effect[] {
    return this.#undo.turn('undo', file)
  }

  /** See `Undo.turn`. */
  redo(file?: string): Effect[] {
    return this.#undo.turn('redo', file)
  }

  /**
   * Whether there is anything to undo or redo; it may turn out that changes by others left nothing of it.
   */
  canTurn(doing: 'undo' | 'redo', file?: string): boolean {
    return this.#state.history.has(doing, file)
  }

  /** Changes whenever the undo or redo stack does. */
  get historyRevision(): number {
    return this.#state.history.revision
  }

  /** All work that the room does not have: per text that the room has, and everything else. */
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

  // ── outgoing ────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * The next submission to send, or null if one is in flight, nothing is waiting, or a text has to arrive
   * first.
   */
  next(): Submit | null {
    const item = this.#pending.first
    if (this.#state.inFlight !== null || item === undefined) return null
    if (item === this.drafts.transaction || this.#copy.isAnyStale) return null
    item.sent = true
    this.#state.inFlight = item.n
    return { type: 'submit', n: item.n, base: this.seq, changes: item.changes.map(submittedOf) }
  }

  // ── incoming ────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * A connection is up: `next` resends what was in flight, with the same `n`, transformed to the current
   * seq. After a welcome that does not resume, open files are stale until their text arrives.
   */
  welcome(message: Welcome): Effect[] {
    const renamed = this.#rename(message.user)
    const effects = this.#greet(message)
    return [...renamed, ...effects]
  }

  /**
   * Continues under the id that replaces a taken one. If the log had anything of ours under the old id, that
   * id would be bound to our user, and nobody could have taken it: so all pending items are sent under the
   * new one. If the user changed, or is the one shared by everybody without a token, this conclusion does
   * not hold: whatever may have been sent is handed back.
   */
  #rename(user: string): Effect[] {
    const client = this.#nextClient
    if (client === null) return []
    this.#nextClient = null
    const before = this.#state.user
    this.#state.client = client
    const effects: Effect[] = [{ type: 'renumbered' }]
    // Under another id it would be executed a second time.
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
    const effects: Effect[] = []
    for (let item = this.#pending.first; item?.sent && item.n <= message.n; item = this.#pending.first) {
      for (const { file } of removalsOf(item)) this.#state.history.assume(file, item.key)
      if (item.n === message.n && removalsOf(item).length > 0) {
        if (!item.isCommitted) this.#applySettled(item, false)
        const { changes } = item
        this.#pending.await(item)
        this.#unload({ ...item, changes })
        for (const { file } of removalsOf(item)) effects.push(...this.#state.separate(file))
        break
      }
      this.#settle(item)
    }
    // What others have done is not known: they may have changed any of the files.
    for (const { file } of message.files) this.#state.history.share(file)
    const gone = this.#copy.reset(message.seq, message.files)
    this.#view.invalidate()
    return [...effects, rules, { type: 'files' }, ...this.#state.goneTogether(gone)]
  }

  /** Blobs referenced by a commit that must be fetched before `receive`. */
  blobsNeeded(commit: Commit): string[] {
    const blobs: string[] = []
    for (const entry of commit.entries) {
      if (this.#ownOf(entry)?.restored === false) continue
      for (const change of entry.changes) {
        const ref = blobOf(change)
        const file = fileOf(change) ?? ''
        const isNeeded = this.#copy.follows(file) || (change.type === 'create' && this.#isMadeHere(file))
        if (ref !== null && isNeeded) blobs.push(ref.blob)
      }
    }
    return blobs
  }

  /**
   * Applies the commit after `seq`. The blobs of `blobsNeeded` must be inlined; others may remain
   * references.
   * @throws Error if it is not the next commit
   */
  receive(commit: Commit): Effect[] {
    if (commit.seq <= this.seq) return []
    if (commit.seq !== this.seq + 1) throw new Error(`commit ${commit.seq} cannot follow ${this.seq}`)
    const effects: Effect[] = []
    this.#verifier.begin(commit)
    for (const entry of commit.entries) {
      this.rules.apply(entry, commit, effects)
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
   * Receives the room's text of a file, at the replica's seq. Pending work on an older text is transformed
   * to the new one.
   */
  receiveText(file: string, content: string): Effect[] {
    const text = Text.from(content)
    if (this.#pending.isApart(file)) {
      this.#copy.receiveCommitted(file, text)
      this.#verifier.agreed(file, this.seq)
      return []
    }
    this.#assumeText(file)
    const replaced = this.#copy.receiveText(file, text)
    this.#verifier.agreed(file, this.seq)
    if (replaced === null) {
      if (this.#copy.follows(file)) this.#state.history.arrived(file, text)
      return []
    }
    const theirs = diff(replaced.text, text)
    if (replaced.pastGone) {
      const effects = this.#merge(file, replaced.text, theirs)
      // Whether others have done it, and to what, is not known.
      if (!isNoop(theirs)) this.#state.history.forgetCommitted(file)
      return effects
    }
    return this.#state.changeLocal(file, this.#pending.rebase(file, theirs), RESYNC)
  }

  /** A file created here has a local text but no committed one: assumes the text from its creation. */
  #assumeText(file: string): void {
    const local = this.#copy.localText(file)
    if (local === undefined || !this.#copy.isWanted(file) || this.#copy.isStale(file)) return
    const creation = this.#pending.createOf(file)
    this.#copy.assume(file, creation === undefined ? local : Text.from(creation.text))
  }

  /**
   * The room revived a file whose text is still to come. If a text is assumed here, or the file is to be
   * created again, pending edits apply to that text, and are transformed to the one that arrives.
   */
  #returned(change: FileChange | Revival): Effect[] {
    const { file } = change
    this.#copy.unload(file)
    const creation = change.type === 'create' ? change : this.#pending.createOf(file)
    if (creation === undefined || this.#pending.isApart(file)) return this.#state.wanted(file)
    if (this.#copy.isOpen(file)) this.#copy.assume(file, Text.from(creation.text))
    else if (change.type === 'create') this.#copy.unloadCreated(file)
    return this.#state.wanted(file)
  }

  /**
   * What was committed between the old text and the room's is unknown. If both sides changed the same
   * places, our changes go to the application; if they made the same change, the room's is enough. Text that
   * was deleted here and restored is also taken out where the room changed it, but is not reported.
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

  /**
   * Submission `n` was committed before this connection, in commit `seq`, which was already seen or is
   * included in the list.
   */
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

  /** The room lost the text of a file: what was typed into it here goes back to the application. */
  textLost(file: string): Effect[] {
    if (!this.#copy.isOpen(file)) return []
    const effects = this.#state.gone(file, this.pathOf(file) ?? '', this.#copy.committedText(file))
    this.#copy.unload(file)
    return effects
  }

  /** A newer token of this user was accepted. */
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
      // If sent again, it would be refused again, forever.
      if (error instanceof OpError) return this.#state.letGo(item, code, message)
      throw error
    }
  }

  // ── internals ───────────────────────────────────────────────────────────────────────────────────────────

  /** The pending item that an entry of this client answers. */
  #ownOf(entry: Entry): Item | null {
    const item = this.#pending.first
    return item !== undefined && entry.client === this.client && entry.n === item.n ? item : null
  }

  /**
   * An item saved before its answer, while the log has moved past it: an earlier life was told that it was
   * refused.
   */
  #dropRefused(entry: Entry, effects: Effect[]): void {
    if (entry.client !== this.client) return
    for (let item = this.#pending.first; item?.restored && item.n < entry.n; item = this.#pending.first)
      effects.push(...this.#state.takeBack(item))
  }

  /**
   * Our own submission is committed. It is applied as transformed here, since the local texts contain that.
   * The room reached the same result; if not, the checksum shows it, and the text fetched then finds local
   * and committed text in agreement.
   */
  #ack(item: Item, entry: Entry, seq: number, effects: Effect[]): void {
    this.#pending.shift()
    const changes = filesIn(item)
    const created = entry.changes.filter((change) => change.type === 'create')
    for (const [i, change] of changes.entries()) {
      const creation = isCreationOf(change, change.file) ? created.shift() : undefined
      if (revivedFrom(change) !== undefined) {
        // The room decides its path, and its text is fetched if needed.
        if (creation !== undefined) this.#copy.apply(withoutContent(creation), seq)
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
   * A file removed here is gone from the log: its old text is not that of a file created or revived later.
   * @param then later changes of the same submission
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
   * Treats the first item as committed, without its commit: the texts that arrive next include it.
   * @param isListed whether the file list here already includes it; later changes by others stay
   */
  #settle(item: Item, isListed = false): void {
    this.#pending.shift()
    if (!item.isCommitted) this.#applySettled(item, isListed)
    this.#unload(item)
  }

  #applySettled(item: Item, isListed: boolean): void {
    const changes = filesIn(item)
    for (const [i, change] of changes.entries()) {
      const exists = this.#copy.files.get(change.file) !== undefined
      if (change.type === 'revive') {
        // If the list that follows lacks it, somebody has removed it since.
        if (!exists && !isListed) this.#copy.addUnread(change.file, change.path)
        continue
      }
      // Also for a stale text: the local text includes it, and the arriving text is compared with both.
      const isMissing = exists !== (change.type === 'create')
      if (isMissing && (change.type === 'edit' || !isListed)) this.#copy.applyOwn(change, this.seq)
      // A file that exists nevertheless has come back.
      if (change.type === 'remove' && !(exists && isListed))
        this.#ownRemoval(change.file, changes.slice(i + 1))
    }
    this.#view.invalidate()
  }

  /**
   * Texts of files that were created here but never opened are dropped once the room has them, unless they
   * are created again.
   */
  #unload(item: Item): void {
    for (const { type, file } of filesIn(item)) {
      const isUsed = this.#copy.isOpen(file) || this.#pending.creationOf(file) !== undefined
      if (type !== 'create' || isUsed) continue
      this.#copy.unloadCreated(file)
      // What others type before the removal is in the log is not seen here.
      const [removal] = this.#pending.removalOf(file)
      if (removal !== undefined) this.#state.history.assume(file, removal)
    }
  }

  /**
   * Whether a file is open here and its creation is pending. If somebody else creates it first, ours will be
   * refused, and what is typed here continues on the text that the file has in the room.
   */
  #isMadeHere(file: string): boolean {
    return this.#copy.isOpen(file) && this.#pending.createOf(file) !== undefined
  }

  /** Applies an entry of somebody else. */
  #foreign(entry: Entry, seq: number, effects: Effect[]): void {
    for (const change of entry.changes) if (isFileChange(change)) this.#follow(change, entry, seq, effects)
  }

  #follow(committed: CommittedFileChange, entry: Entry, seq: number, effects: Effect[]): void {
    const { file } = committed
    const follows = this.#copy.follows(file) && isWholeChange(committed)
    const change = follows ? committed : withoutContent(committed)
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
    if (committed.type === 'create' && isWholeChange(committed) && this.#isMadeHere(file)) {
      effects.push(...this.receiveText(file, committed.text))
      this.#verifier.follow(file)
    }
    if (change.type === 'remove') effects.push(...this.#state.gone(file, path, base))
  }
}

/** Whether a submission was refused for its size, so that a smaller one may be accepted. */
function isTooLarge(code: RejectCode): boolean {
  return code === 'file_too_large' || code === 'submission_too_large'
}

/** Whether two replacements in one text overlap or touch. */
function touches(a: Hunk, b: Hunk): boolean {
  return a.start <= b.end && b.start <= a.end
}

/** The file changes of an item. */
function filesIn({ changes }: Item): (FileChange | Revival)[] {
  return changes.filter((change) => isFileChange(change))
}
