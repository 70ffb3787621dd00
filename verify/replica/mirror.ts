/**
 * What a client must have, derived from what its person did and from the frames that it sent and received:
 * the room at the seq that it knows, with its own pending changes on top. It follows the protocol (S3, S6,
 * S9, S10, H6), and knows nothing of the SDK's implementation.
 *
 * Invariant: the characters of a text here are those of the room's text at the current seq, with every
 * pending change applied in order.
 *
 * Long because it is one model: what a frame or a local change does to the pending items depends on all of
 * them. Texts, the log and undo have files of their own.
 */
import type { Commit, ServerMessage, Submit } from '../../core/protocol/messages.ts'
import { type Change, type FileChange, follow, type Item, type TextChange } from './changes.ts'
import type { Ledger } from './ledger.ts'
import { applied, type Files } from './log.ts'

/**
 * A text that is out of date: it stays at another seq until the room's text arrives, with the own changes
 * that were committed meanwhile.
 */
interface Stale {
  readonly seq: number
  readonly own: TextChange[]
  /** The commits since are not known, so pending changes are merged with the text that arrives. */
  readonly isMerged: boolean
}

const NEW = { sent: false, isCommitted: false, restored: false, n: null, revives: new Set<string>() } as const

export interface MirrorHost {
  /** Somebody else changed the file. */
  shared(file: string): void
  /** The file is gone, whoever removed it, and nothing in it can be undone. */
  gone(file: string): void
  /** The file is back with another text than it had here, and typing in it can no longer be undone. */
  changed(file: string): void
  /** An undo in the file was dropped: what it was to reverse stays in the text, and is in no step now. */
  stayed(file: string): void
  /** The model can no longer predict the state of this client. */
  loosened(): void
}

export class Mirror {
  readonly client: string
  readonly #ledger: Ledger
  items: Item[] = []
  seq = 0
  readonly #stale = new Map<string, Stale>()
  /** The history of this client's changes; null when its page is gone. */
  host: MirrorHost | null = null
  /**
   * Texts were merged, or a part of something was refused, and the model cannot predict what is left of it.
   * Until nothing is pending it only expects that everything typed is then in the room, or was handed to the
   * user.
   */
  isLoose = false
  /** The last commit of which something was applied. */
  #taking = 0
  /**
   * Files that were removed in a commit that this client never saw: the text that they had then comes with
   * the room's text.
   */
  readonly #assumed = new Set<string>()
  /** Files that were opened here: their texts are followed until they are gone. */
  readonly #opened = new Set<string>()
  /** The texts that own removals took out of the room. */
  readonly #removals = new Map<FileChange, readonly string[]>()
  /** Files whose creation was refused. */
  readonly #orphans = new Set<string>()

  constructor(client: string, ledger: Ledger) {
    this.client = client
    this.#ledger = ledger
  }

  isStale(file: string): boolean {
    return this.#stale.has(file)
  }

  // ── current state ──────────────────────────────────────────────────────────────────────────────────────

  /** The committed text under the local one; null if the room has no such file. */
  base(file: string): readonly string[] | null {
    return this.#ledger.log.at(this.#stale.get(file)?.seq ?? this.seq).get(file)?.text ?? null
  }

  /** The committed text in order, without the characters that a pending change concerns. */
  untouched(file: string): readonly string[] {
    const touched = new Set<string>()
    for (const { changes } of this.items)
      for (const change of changes)
        if (change.kind === 'text' && change.file === file) touched.add(change.character)
    for (const { character } of this.#stale.get(file)?.own ?? []) touched.add(character)
    return (this.base(file) ?? []).filter((character) => !touched.has(character))
  }

  /** The characters of the local text; null if there is none, or it cannot be predicted. */
  text(file: string): ReadonlySet<string> | null {
    return this.isLoose || this.#assumed.has(file) ? null : this.#fold(file).text
  }

  /** The characters that a file had when it was removed here. */
  removedText(removal: FileChange): ReadonlySet<string> {
    const { file } = removal
    const { removals, removed } = this.#fold(file)
    const text = removals.get(removal) ?? this.#removals.get(removal) ?? removed
    return new Set(text ?? this.#ledger.log.lastRemoval(file, this.seq))
  }

  opened(file: string): void {
    this.#opened.add(file)
  }

  /**
   * A file is removed whose text is not followed here: if it is created again, the room decides its text.
   */
  assume(file: string): void {
    this.#assumed.add(file)
  }

  /** Whether this client has the text of a file, whether or not it is open. */
  holds(file: string): boolean {
    return this.#opened.has(file) || this.isCreating(file)
  }

  /** Whether a creation or restoration of the file is pending here. */
  isMaking(file: string): boolean {
    return [...this.#waiting(file)].some(isCreation)
  }

  /** Whether it is being restored here, with a text that the room decides. */
  isReviving(file: string): boolean {
    return [...this.#waiting(file)].filter(isCreation).at(-1)?.does === 'revive'
  }

  /** Whether its creation, with its text, is pending here. */
  isCreating(file: string): boolean {
    return [...this.#waiting(file)].some((change) => change.kind === 'file' && change.does === 'create')
  }

  /** The pending removal of the file. */
  waitingRemoval(file: string): FileChange | null {
    const last = [...this.#waiting(file)].filter((change) => change.kind === 'file').at(-1)
    return last?.does === 'remove' ? last : null
  }

  /** The characters of the local text, those before its last pending removal, and before each of them. */
  #fold(file: string): Fold {
    const base = this.base(file)
    let text = base === null ? null : new Set(base)
    for (const change of this.#stale.get(file)?.own ?? []) if (text !== null) follow(text, change)
    let removed: Set<string> | null = null
    const removals = new Map<FileChange, ReadonlySet<string> | null>()
    // The room decides what a restored file contains: most likely what it had.
    let isGuess = false
    for (const change of this.#waiting(file)) {
      if (change.kind === 'text') {
        if (text !== null) follow(text, change)
      } else if (change.does === 'remove') {
        removed = text
        removals.set(change, text)
        text = null
        isGuess = false
      } else if (change.does === 'create') {
        // Somebody else has restored it meanwhile: the room will refuse ours.
        if (text !== null) return { text: null, removed, removals }
        const [removal] = change.reverses
        const restored = change.text ?? (removal && (removals.get(removal) ?? this.#removals.get(removal)))
        text = restored == null ? removed && new Set(removed) : new Set(restored)
      } else if (change.does === 'revive') {
        if (text !== null) return { text: null, removed, removals }
        text = new Set(removed ?? this.#ledger.log.lastRemoval(file, this.seq))
        isGuess = true
      }
    }
    return { text: isGuess ? null : text, removed, removals }
  }

  #waitingItems(file: string): (readonly [Item, Change])[] {
    return this.items.flatMap((item) =>
      item.isCommitted
        ? []
        : item.changes.flatMap((change) =>
            change.file === file && !change.dropped ? [[item, change] as const] : [],
          ),
    )
  }

  *#waiting(file: string): IterableIterator<Change> {
    for (const { changes, isCommitted } of this.items)
      if (!isCommitted)
        for (const change of changes) if (change.file === file && !change.dropped) yield change
  }

  // ── local changes ──────────────────────────────────────────────────────────────────────────────────────

  /** Typing in one file composes into its pending item, unless a later item touches the file (S9). */
  type(file: string, changes: readonly TextChange[]): void {
    if (this.isLoose) this.#doubt(changes)
    for (let i = this.items.length - 1; i >= 0; i--) {
      const item = this.items[i]!
      if (item.sent) break
      if (!item.changes.some((change) => change.file === file && !change.dropped)) continue
      if (item.typing !== file) break
      item.changes.push(...changes)
      // An item that came to nothing is not sent, so nobody can refuse it.
      if (isNothing(item.changes) || (this.#isMoot(item) && !this.#isInBase(item))) this.items.splice(i, 1)
      return
    }
    this.push(changes, file)
  }

  push(changes: readonly Change[], typing: string | null = null): void {
    if (this.isLoose) this.#doubt(changes)
    for (const change of changes) {
      if (change.kind !== 'file' || change.does !== 'create') continue
      const [removal] = change.reverses
      change.text ??= (removal && this.#removals.get(removal)) ?? null
      // Of a removal that is pending, the text is known once it is in the log.
      if (this.#fold(change.file).removed === null && this.waitingRemoval(change.file) === null)
        change.text ??= this.#ledger.log.lastRemoval(change.file, this.seq)
    }
    // Edits of a text that cancel out are not part of the submission, and nothing that happens to their file
    // can have it refused.
    const isLeft = ({ kind, file }: Change) =>
      kind !== 'text' || !isNothing(changes.filter((other) => other.kind === 'text' && other.file === file))
    const left = changes.filter(isLeft)
    const item = { ...NEW, typing, changes: left }
    if (left.length > 0 || changes.length === 0) this.items.push(item)
    for (const change of changes) if (isCreation(change)) this.#orphans.delete(change.file)
  }

  /** The page is gone, and its pending work was kept: the next page continues with it. */
  restore(): void {
    this.host = null
    const isRevival = (change: Change) =>
      isCreation(change) && (change.does === 'revive' || this.#assumed.has(change.file))
    for (const item of this.items) {
      if (!item.sent) item.revives = new Set(item.changes.filter(isRevival).map(({ file }) => file))
      item.sent = true
      item.restored = true
    }
  }

  // ── frames ─────────────────────────────────────────────────────────────────────────────────────────────

  /** The client sends a hello. @param since the seq that it knows */
  hello(since: number | undefined): void {
    if (since !== undefined) this.seq = since
  }

  /** A submission is sent: it must be the oldest item that is not in the log. */
  submitted({ n, base, changes }: Submit): void {
    // The room will refuse changes to a file whose creation it refused: sending them or not is equally
    // correct.
    if (changes.every((change) => 'file' in change && this.#isOrphan(change.file))) return
    const sends = structureOf(
      changes.flatMap((change) =>
        'file' in change && change.type !== 'edit' ? [[change.type, change.file]] : [],
      ),
    )
    const edited = changes.flatMap((change) => (change.type === 'edit' ? [change.file] : []))
    const isIt = (item: Item) =>
      (item.n === null || item.n === n || item.restored) &&
      structureOfItem(item) === sends &&
      edited.every((file) => item.changes.some((change) => change.file === file))
    if (this.isLoose) {
      const at = this.items.findIndex(isIt)
      this.items.splice(0, at)
      if (at !== -1) Object.assign(this.items[0]!, { n, sent: true })
      return
    }
    for (const change of changes) if (change.type === 'revive') this.#separate(change.file)
    for (;;) {
      const [first] = this.items
      if (first === undefined) throw new Error(`${this.client} submits ${n}, but nothing is pending`)
      const fault = this.#faultOf(first, { n, changes, base }, sends)
      if (fault === null) break
      if (!this.#isLeftOut(first) && !this.#joinsNext(first) && !this.#followsNext(first)) throw fault
    }
    const revives = changes.flatMap((change) => (change.type === 'revive' ? [change.file] : []))
    Object.assign(this.items[0]!, { n, sent: true, revives: new Set(revives) })
    if (base !== this.seq) throw new Error(`${this.client} is at ${this.seq} but submits with base ${base}`)
  }

  /**
   * The room restores a file with a text that may be another one than here, and edits of it must not be in
   * the same submission: they follow in one of their own.
   */
  #separate(file: string): void {
    const [first] = this.items
    const at = first?.changes.findIndex((change) => change.file === file && isCreation(change)) ?? -1
    if (first === undefined || at === -1) return
    const isMoved = (change: Change, i: number) => i > at && change.kind === 'text' && change.file === file
    const moved = first.changes.filter(isMoved)
    if (moved.length === 0) return
    first.changes = first.changes.filter((change, i) => !isMoved(change, i))
    for (const item of this.items.slice(1)) Object.assign(item, NEW)
    if (!isNothing(moved)) this.items.splice(1, 0, { ...NEW, typing: null, changes: moved })
  }

  /** Why a submission does not match this item; null if it does. */
  #faultOf(item: Item, { n, base, changes }: Omit<Submit, 'type'>, sends: string): Error | null {
    if (item.n !== null && item.n !== n && !item.restored)
      return new Error(`${this.client} resends submission ${item.n} as ${n}`)
    const has = structureOfItem(item)
    if (sends !== has) return new Error(`${this.client} submits (${sends}) instead of (${has})`)
    const edited = [
      ...changes.flatMap((change) => (change.type === 'edit' ? [change.file] : [])),
      ...item.changes.flatMap((change) => (change.kind === 'text' && !change.dropped ? [change.file] : [])),
    ]
    try {
      for (const file of new Set(edited)) this.#checkEdit(item, file, changes, base)
      return null
    } catch (error) {
      return error as Error
    }
  }

  /** Checks that a submission does to a text what was done here. */
  #checkEdit(item: Item, file: string, changes: Submit['changes'], base: number): void {
    let sent: readonly string[] = this.#ledger.log.at(base).get(file)?.text ?? []
    const done = new Set(sent)
    /** What the submission inserts, and what it deletes. */
    const turned = new Map<string, boolean>()
    for (const change of changes) {
      if (change.type === 'create' && change.file === file) sent = [...change.text]
      else if (change.type === 'revive' && change.file === file)
        sent = this.#ledger.log.removedText(change.seq, file)
      else if (change.type === 'edit' && change.file === file) {
        const { text, gone, come } = applied(sent, change.op)
        sent = text
        for (const character of gone) turned.set(character, false)
        for (const character of come) turned.set(character, true)
      }
    }
    // Also what several have deleted, and may come back twice, is not inserted by its deletion.
    for (const [character, { is }] of netOf(item.changes.filter((change) => change.file === file)))
      if ((turned.get(character) ?? is) !== is)
        throw new Error(`${this.client} submits the contrary of what it did with ${character}`)
    for (const change of item.changes) {
      if (change.file !== file || change.dropped) continue
      if (change.kind === 'text') follow(done, change)
      else if (change.does === 'create' && change.text !== null) for (const one of change.text) done.add(one)
      else if (change.does !== 'rename') return
    }
    this.#ledger.checkSame(`${this.client} submits`, new Set(sent), done)
  }

  /** A frame reaches the client. */
  heard(message: ServerMessage): void {
    if (message.type === 'welcome') {
      if (!message.resumed) this.#fresh(message.seq, message.n)
    } else if (message.type === 'commit') this.#commit(message)
    else if (message.type === 'text') this.#textCame(message.file, message.text)
    else if (message.type === 'ack') this.#acked(message.n)
    else if (message.type === 'reject') this.#rejected(message.n, message.code)
  }

  #textCame(file: string, text: string): void {
    const isAsRemoved = this.#ledger.log.lastRemoval(file, this.seq).join('') === text
    const isItsOwn = this.isMaking(file) && !this.isReviving(file)
    if (!this.#opened.has(file) && !isItsOwn && !isAsRemoved) this.host?.changed(file)
    const stale = this.#stale.get(file)
    const isMerged = this.#assumed.delete(file) || stale?.isMerged === true
    const isAsKnown = stale?.isMerged === true ? this.#isAsKnown(file, [...text], stale) : true
    this.#stale.delete(file)
    if (isMerged && [...this.#waiting(file)].some(({ kind }) => kind === 'text')) this.loosen()
    else if (isAsKnown === false) this.host?.changed(file)
    else if (isAsKnown === null) this.host?.loosened()
  }

  /**
   * Whether others have left a text as it was known here; null if that is unknown: what they deleted and
   * restored may be on the other side of what was typed here, whose place is not known.
   */
  #isAsKnown(file: string, text: readonly string[], { seq, own }: Stale): boolean | null {
    const base = this.base(file) ?? []
    const known = new Set(base)
    for (const change of own) follow(known, change)
    if (!isSameSet(new Set(text), known) || !isSameOrder(text, base)) return false
    const isTouched = this.#ledger.log.commits
      .slice(seq, this.seq)
      .flatMap(({ entries }) => entries.filter(({ client }) => client !== this.client))
      .some(({ changes }) => changes.some((change) => 'file' in change && change.file === file))
    return isTouched && own.some(({ does }) => does !== 'del') ? null : true
  }

  #fresh(seq: number, n: number): void {
    const before = new Set(this.#filesNow().keys())
    const after = this.#ledger.log.at(seq)
    for (const file of before)
      if (after.has(file) && !this.#stale.has(file))
        this.#stale.set(file, { seq: this.seq, own: [], isMerged: true })
    for (let [item] = this.items; item?.sent && item.n !== null && item.n <= n; item = this.items[0]) {
      for (const change of item.changes) {
        if (isCreation(change) && !change.dropped) before.add(change.file)
        else if (change.does === 'remove' && !change.dropped) before.delete(change.file)
      }
      const removals = item.changes.filter((change) => change.kind === 'file' && change.does === 'remove')
      for (const { file } of removals) this.#assumed.add(file)
      if (!item.isCommitted) this.#settle(item)
      else this.items.shift()
      if (item.n !== n || removals.length === 0) continue
      // It is submitted again: the answer says which commit removed its files.
      this.items.unshift({ ...item, changes: removals, isCommitted: true })
      break
    }
    this.seq = seq
    // Others may have changed any of these.
    for (const file of after.keys()) this.host?.shared(file)
    for (const file of before) if (!after.has(file)) this.#gone(file)
    this.#dropMoot()
    // In these texts, pending changes are merged with the room's text.
    if (
      this.items.some(({ changes }) => changes.some(({ kind, file }) => kind === 'text' && after.has(file)))
    )
      this.loosen()
  }

  #filesNow(): Files {
    return this.#ledger.log.at(this.seq)
  }

  #settle(item: Item): void {
    this.items.shift()
    for (const change of item.changes) {
      if (change.dropped) continue
      if (change.kind === 'text') this.#stale.get(change.file)?.own.push(change)
      else if (change.does === 'remove') this.#fixText(change, this.#ledger.log.lastRemoval(change.file))
    }
  }

  #acked(n: number): void {
    const [item] = this.items
    if (item?.n !== n) return
    for (const { file } of item.changes)
      if (!this.#stale.has(file) && this.#filesNow().has(file))
        this.#stale.set(file, { seq: this.seq, own: [], isMerged: false })
    if (item.isCommitted) this.items.shift()
    else this.#settle(item)
  }

  #rejected(n: number, code: string): void {
    const [item] = this.items
    if (item?.n !== n) return
    if (code !== 'file_too_large' || item.typing === null) {
      this.drop(item)
      this.#dropMoot()
    } else {
      // The rest of it, and everything behind it, gets new numbers.
      for (const one of this.items) Object.assign(one, { n: null, sent: false, restored: false })
      this.loosen()
    }
  }

  #commit({ seq, entries }: Commit): void {
    if (seq <= this.seq) return
    this.#taking = seq
    /** The files after the changes so far. */
    const there = new Set(this.#filesNow().keys())
    const follows = (change: Commit['entries'][number]['changes'][number]) => {
      if (change.type === 'create') there.add(change.file)
      else if (change.type === 'remove') there.delete(change.file)
    }
    for (const entry of entries) {
      const isOurs = entry.client === this.client
      for (
        let [first] = this.items;
        isOurs && first?.restored && first.n !== null && first.n < entry.n;
        [first] = this.items
      )
        this.drop(first)
      if (isOurs && this.isLoose)
        this.items.splice(
          0,
          this.items.findIndex(({ n }) => n === entry.n),
        )
      const [item] = this.items
      if (isOurs && item?.n === entry.n) {
        this.items.shift()
        for (const change of item.changes) {
          if (change.dropped) continue
          if (isCreation(change)) this.#madeHere(change, item.revives)
          if (change.kind === 'text') this.#stale.get(change.file)?.own.push(change)
          else if (change.does === 'remove')
            this.#fixText(change, this.#ledger.log.removedText(seq, change.file))
        }
        entry.changes.forEach(follows)
        continue
      }
      for (const change of entry.changes) {
        follows(change)
        if (!('file' in change) || typeof change.file !== 'string') continue
        this.host?.shared(change.file)
        if (change.type === 'create') {
          this.#orphans.delete(change.file)
          this.#madeByOthers(change.file, change.text)
        }
        if (change.type === 'remove') {
          this.#gone(change.file)
          this.#dropMoot(there)
        }
      }
    }
    this.seq = seq
    this.#dropMoot()
  }

  /**
   * A creation is in the log. A file that is not open and removed here is not followed any more; one that the
   * room was asked to restore has the text that comes next.
   */
  #madeHere({ file, does }: FileChange, revives: ReadonlySet<string>): void {
    const isUnfollowed = !this.holds(file) && this.waitingRemoval(file) !== null
    if (isUnfollowed || (does === 'create' && revives.has(file))) this.assume(file)
  }

  /**
   * Somebody else created a file that is to be created here. With another text, since they restored an
   * earlier one, what was typed here is merged with it.
   */
  #madeByOthers(file: string, text: unknown): void {
    const waiting = [...this.#waiting(file)]
    const own = waiting.find((change) => change.kind === 'file' && change.does === 'create')
    const isOther = own?.kind === 'file' && (own.text?.join('') !== text || this.#assumed.has(file))
    if (isOther && waiting.some(({ kind }) => kind === 'text')) this.loosen()
  }

  /** An own removal is in the log: a later creation of the file uses the text that it had. */
  #fixText(removal: FileChange, text: readonly string[]): void {
    const { file } = removal
    this.#removals.set(removal, text)
    this.#stale.delete(file)
    if (!this.isCreating(file)) this.#opened.delete(file)
    for (const change of this.#waiting(file)) {
      if (change.kind !== 'file' || change.does !== 'create') continue
      const [restored] = change.reverses
      if (restored?.does !== 'remove' || restored === removal) change.text ??= text
      return
    }
  }

  // ── refused and moot changes ───────────────────────────────────────────────────────────────────────────

  /**
   * A submission was refused: its changes were never made, and neither was what undoes or redoes any of
   * them.
   */
  drop(item: Item, gone: string | null = null): void {
    const files = new Set(item.changes.map(({ file }) => file).filter((file) => file !== gone))
    const typed = [...files].flatMap((file) => this.#typedIn(item, file))
    for (const change of item.changes) this.#drop(change)
    this.items = this.items.filter(
      (other) =>
        other !== item && (other.changes.length === 0 || other.changes.some(({ dropped }) => !dropped)),
    )
    if (!this.isLoose) this.#ledger.owe(typed)
    for (const change of item.changes)
      if (
        isCreation(change) &&
        change.kind === 'file' &&
        change.does === 'create' &&
        change.reverses.length === 0
      )
        this.#orphan(change.file)
    // Pending changes of a file that does not exist, and will not, have nothing to apply to.
    for (const { file } of this.items.flatMap(({ changes, isCommitted }) => (isCommitted ? [] : changes)))
      if (!this.isMaking(file)) this.#orphan(file)
    for (const { file } of item.changes) if (!this.isMaking(file)) this.#orphan(file)
  }

  /**
   * Pending changes of a file that does not exist come to nothing: the change that was to bring the file was
   * refused, or others removed it in the commit that was just applied. The same holds for what was to undo
   * such a removal.
   * @param during the files at this point, if only some changes of a commit have been applied
   */
  #dropMoot(during: ReadonlySet<string> | null = null): void {
    const files = during ?? new Set(this.#filesNow().keys())
    for (const file of new Set(this.items.flatMap(({ changes }) => changes.map((change) => change.file)))) {
      let isThere = files.has(file)
      let isMoot = false
      if (during === null) this.#dropMootDeletions(file)
      for (const [item, change] of this.#waitingItems(file)) {
        const isRemoval = change.kind === 'file' && change.does === 'remove'
        const restoresNothing = change.kind === 'file' && change.does === 'revive' && isMoot
        if (isCreation(change) && !change.dropped && !restoresNothing) {
          isThere = true
          isMoot = false
        } else if (!isThere) {
          // Also what has just gone with an item before it: its own item goes as a whole (S8).
          if (this.items.includes(item)) this.#dropWith(item, change)
          isMoot ||= isRemoval
        } else if (isRemoval && !change.dropped) isThere = false
      }
    }
    this.items = this.items.filter(
      ({ changes }) => changes.length === 0 || changes.some(({ dropped }) => !dropped),
    )
  }

  /** A change cannot be made, and neither can the rest of its transaction. */
  #dropWith(item: Item, change: Change): void {
    if (item.typing === null) this.drop(item)
    else this.#drop(change)
  }

  /** Deletions of text that was not restored after all have nothing to do. */
  #dropMootDeletions(file: string): void {
    const base = this.base(file)
    let text = base === null ? null : new Set(base)
    const removals = new Map<FileChange, Set<string>>()
    for (const change of this.#stale.get(file)?.own ?? []) if (text !== null) follow(text, change)
    for (const change of [...this.#waiting(file)]) {
      if (change.dropped || (change.kind === 'file' && change.does === 'rename')) continue
      if (change.kind === 'file') {
        if (change.does === 'remove' && text !== null) removals.set(change, text)
        const [removal] = change.reverses
        const restored: Iterable<string> | null | undefined =
          change.text ?? (removal && removals.get(removal))
        text = change.does === 'create' && restored != null ? new Set(restored) : null
        continue
      }
      // What the room will restore is not known.
      if (text === null) continue
      const isMoot = change.does === 'del' && !text.has(change.character)
      if (isMoot && !this.#ledger.isContested(change.character)) this.#drop(change)
      else follow(text, change)
    }
  }

  /** Whether the file does not exist because its creation was refused. */
  #isOrphan(file: string): boolean {
    // It may have come back since.
    if (this.#filesNow().has(file)) this.#orphans.delete(file)
    return this.#orphans.has(file)
  }

  #orphan(file: string): void {
    const isThere = this.#filesNow().has(file) || this.#ledger.log.at(this.#taking).has(file)
    if (isThere || this.#isOrphan(file)) return
    this.#orphans.add(file)
    this.#gone(file)
  }

  #drop(change: Change): void {
    if (change.dropped) return
    change.dropped = true
    if (change.kind === 'text' && change.reverses.some(({ dropped }) => !dropped))
      this.host?.stayed(change.file)
    if (change.kind === 'file' && change.does === 'rename') this.#repath(change)
    // What was never typed was never deleted or restored either.
    const isMoot = (later: Change) =>
      change.kind === 'text' &&
      change.does === 'ins' &&
      later.kind === 'text' &&
      later.character === change.character
    if (change.kind === 'text' && change.does === 'res') this.#displace(change)
    for (const item of this.items)
      for (const later of item.changes)
        if (isMoot(later) || (later.reverses as readonly Change[]).includes(change)) this.#drop(later)
  }

  /** What a refused change had restored is not where later deletions found it. */
  #displace({ file, character }: TextChange): void {
    for (const { changes } of this.items)
      for (const later of changes)
        if (later.kind === 'text' && later.file === file && later.before !== null)
          later.before = later.before.filter((one) => one !== character)
  }

  /** A renaming was refused: later changes find the file at the path that it has without it. */
  #repath({ file, path }: FileChange): void {
    let now = this.#filesNow().get(file)?.path
    for (const change of this.#waiting(file)) {
      if (change.kind !== 'file') continue
      if (change.does === 'remove') {
        if (change.path === path && now !== undefined) change.path = now
        continue
      }
      if (change.does === 'rename' && change.from === path && now !== undefined) change.from = now
      // What undid or redid a later change gives the file the path that it had before that.
      const [reversed] = change.reverses
      if (change.path === path && reversed !== undefined)
        change.path = reversed.does === 'rename' ? reversed.from : reversed.path
      now = change.path
    }
  }

  /** Somebody else removed the file: nothing pending for it can get into the log (S6). */
  #gone(file: string): void {
    // As in the current local text: what was typed and deleted again is no loss.
    if (!this.isLoose) this.#ledger.owe(this.items.flatMap((item) => this.#typedIn(item, file)))
    // A transaction that names the file goes as a whole, whatever it does there (S8): also what only deletes
    // text that goes with an item before it.
    // What may be in flight, and asks for an earlier removal to be undone, may be accepted after this (S13).
    const [first] = this.items
    const mayBeAccepted = (item: Item) => item === first && item.sent && item.revives.has(file)
    for (const item of new Set(this.#waitingItems(file).map(([item]) => item)))
      if (this.items.includes(item) && !mayBeAccepted(item)) this.drop(item, file)
    this.#stale.delete(file)
    this.#assumed.delete(file)
    this.#opened.delete(file)
    this.host?.gone(file)
  }

  /** What an item typed into a file and is still in the local text. */
  #typedIn(item: Item, file: string): string[] {
    const text = this.text(file)
    return item.changes.flatMap((change) => {
      if (change.file !== file || change.dropped) return []
      if (change.kind === 'file') {
        const isNew = change.does === 'create' && change.reverses.length === 0
        return isNew ? (change.text ?? []).filter((character) => text?.has(character)) : []
      }
      return change.does === 'ins' && text?.has(change.character) ? [change.character] : []
    })
  }

  /** More happened than the model can predict. */
  loosen(): void {
    this.isLoose = true
    for (const { changes } of this.items) this.#doubt(changes)
    this.host?.loosened()
  }

  #doubt(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.dropped) continue
      if (change.kind === 'text' && change.does === 'ins') this.#ledger.doubt(change.character)
      else if (change.kind === 'file' && change.does === 'create' && change.reverses.length === 0)
        for (const character of change.text ?? []) this.#ledger.doubt(character)
    }
  }

  /**
   * Removes what need not be sent: what came to nothing, what others have deleted as well, and what was
   * undone before. Returns whether the item was such.
   */
  #isLeftOut(item: Item): boolean {
    // A later page does not know that it is in the log: it may send it again, or give it up.
    const isKept = item.isCommitted && item.restored
    if (isKept || isNothing(item.changes) || this.#isMoot(item)) {
      this.items = this.items.filter((other) => other !== item)
      return true
    }
    const isReversal = (other: Item) =>
      other.changes.length === item.changes.length &&
      other.changes.every((change) =>
        (change.reverses as readonly Change[]).some((one) => item.changes.includes(one)),
      )
    const reversal = item.changes.length === 0 ? undefined : this.items.find(isReversal)
    if (reversal === undefined) return false
    this.items = this.items.filter((other) => other !== item && other !== reversal)
    return true
  }

  /**
   * Joins typing with the next in the same file, if everything in between came to nothing: it depends on when
   * the client noticed that.
   */
  #joinsNext(item: Item): boolean {
    const at = this.items.findIndex((other, i) => i > 0 && !isNothing(other.changes) && !this.#isMoot(other))
    const next = this.items[at]
    if (item.typing === null || item.sent || next?.typing !== item.typing) return false
    item.changes.push(...next.changes)
    this.items.splice(1, at)
    return true
  }

  /**
   * Typing behind what came to nothing may be in an item of its own, behind the next: this too depends on
   * when the client noticed.
   */
  #followsNext(item: Item): boolean {
    const [, next] = this.items
    if (item.typing === null || item.sent || next === undefined) return false
    const isNone = (changes: Change[]) => isNothing(changes) || this.#isMoot({ ...item, changes })
    for (let at = item.changes.length - 1; at > 0; at--) {
      if (!isNone(item.changes.slice(0, at))) continue
      item.changes = item.changes.slice(at)
      this.items.splice(0, 2, next, item)
      return true
    }
    return false
  }

  /**
   * Whether it only deletes or restores what others have deleted as well. If somebody has restored that, it
   * may have been a copy that was deleted here.
   */
  #isMoot({ changes }: Item): boolean {
    const net = netOf(changes)
    const gone = [...net].filter(([, { was, is }]) => was !== is)
    const isTyped = (character: string) =>
      changes.some(
        (change) => change.kind === 'text' && change.does === 'ins' && change.character === character,
      )
    const isOut = ([character]: (typeof gone)[number]) =>
      !isTyped(character) && this.#ledger.isContested(character)
    const isText = changes.every(({ dropped, kind }) => dropped || kind === 'text')
    return isText && gone.length > 0 && gone.every(isOut)
  }

  /** Whether the room still has anything that it deletes. */
  #isInBase({ changes }: Item): boolean {
    return changes.some(
      (change) =>
        change.kind === 'text' &&
        (this.base(change.file)?.includes(change.character) === true || this.#isBrought(change, changes)),
    )
  }

  /** Whether a pending change, other than those of the same item, inserts the character. */
  #isBrought({ file, character }: TextChange, item: readonly Change[]): boolean {
    for (const change of this.#waiting(file)) {
      if (item.includes(change)) continue
      if (change.kind === 'text' && change.does !== 'del' && change.character === character) return true
      if (change.kind === 'file' && change.does === 'create' && change.text?.includes(character)) return true
    }
    return false
  }

  /** Nothing more of this client is sent. */
  discard(): void {
    for (const item of this.items)
      this.#ledger.owe(
        [...new Set(item.changes.map(({ file }) => file))].flatMap((file) => this.#typedIn(item, file)),
      )
    this.items = []
    this.host = null
  }

  /** The client reports that nothing is pending. @throws Error if something is */
  checkSettled(): void {
    if (this.isLoose) this.items = []
    this.isLoose = false
    for (let [first] = this.items; first !== undefined && this.#isLeftOut(first); first = this.items[0]);
    if (this.items.length > 0) throw new Error(`${this.client} never sent some of its work`)
  }
}

interface Fold {
  readonly text: Set<string> | null
  readonly removed: Set<string> | null
  readonly removals: ReadonlyMap<FileChange, ReadonlySet<string> | null>
}

function isSameSet(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((character) => other.has(character))
}

/** Whether the characters that two texts share are in the same order in both. */
function isSameOrder(one: readonly string[], other: readonly string[]): boolean {
  const shared = one.filter((character) => other.includes(character))
  return shared.join('') === other.filter((character) => one.includes(character)).join('')
}

function isCreation(change: Change): change is FileChange & { does: 'create' | 'revive' } {
  return change.kind === 'file' && (change.does === 'create' || change.does === 'revive')
}

/**
 * What a submission does to the list of files. A restored file is created or revived, whichever the client
 * can do; one that is created and removed at once may be absent.
 */
function structureOf(changes: readonly (readonly string[])[]): string {
  const of = (...kinds: string[]) =>
    new Set(changes.flatMap(([does = '', file = '']) => (kinds.includes(does) ? [file] : [])))
  const [made, removed] = [of('create', 'revive'), of('remove')]
  return changes
    .filter(([, file = '']) => !(made.has(file) && removed.has(file)))
    .map(([does, file]) => `${does === 'revive' ? 'create' : does} ${file}`)
    .sort()
    .join(', ')
}

function structureOfItem({ changes }: Item): string {
  return structureOf(
    changes.flatMap((change) =>
      change.kind === 'file' && !change.dropped ? [[change.does, change.file]] : [],
    ),
  )
}

/** What changes do to each character: whether it was there before them, and is after them. */
function netOf(
  changes: readonly Change[],
): ReadonlyMap<string, { readonly was: boolean; readonly is: boolean }> {
  const net = new Map<string, { readonly was: boolean; readonly is: boolean }>()
  for (const change of changes) {
    if (change.dropped || change.kind !== 'text') continue
    const is = change.does !== 'del'
    net.set(change.character, { was: net.get(change.character)?.was ?? !is, is })
  }
  return net
}

/** Whether there are changes to texts alone, and each is reversed among them. */
function isNothing(changes: readonly Change[]): boolean {
  if (changes.some(({ dropped, kind }) => !dropped && kind !== 'text')) return false
  return changes.length > 0 && [...netOf(changes).values()].every(({ was, is }) => was === is)
}
