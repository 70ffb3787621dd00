/**
 * A page with the real SDK in it, and its user: performs steps, and compares what the SDK shows with the
 * model after each. What the SDK hands to the user is recorded in the ledger.
 *
 * Long because it does every kind of step, each in a few lines.
 */
import { connect } from '../../client/connect.ts'
import { SdkError } from '../../client/sdk-error.ts'
import type { OpenFile, Room, SocketLike } from '../../client/types.ts'
import { EditError } from '../../core/text/edits.ts'
import { type Change, type FileChange, fileChange, type TextChange, textChange } from './changes.ts'
import type { Owner } from './clock.ts'
import { type Doing, History, type Scene, type Turn } from './history.ts'
import type { Ledger } from './ledger.ts'
import type { Mirror } from './mirror.ts'

import { ROOM } from './room.ts'
import type { Shelf } from './shelf.ts'
import { type Act, PATHS } from './steps.ts'

/** An open file, with the text that its events lead to. */
interface Opened {
  readonly handle: OpenFile
  shadow: string
}

/** Where typing stopped, and whether it deleted. */
interface Caret {
  readonly file: string
  readonly at: number
  readonly deletes: boolean
  readonly time: number
}

export class Page {
  readonly owner: Owner = { gone: false }
  readonly user: string
  readonly #ledger: Ledger
  readonly #shelf: Shelf
  readonly #mostFiles: number
  room: Room | null = null
  /** Why the room could not be joined. */
  refusal: Error | null = null
  mirror: Mirror | null = null
  history = new History()
  readonly open = new Map<string, Opened>()
  /** For each removal: whether the file was open here; null if unknown. */
  readonly #wasOpen = new Map<FileChange, boolean | null>()
  /** Files in which an undo was dropped: it is unknown what the undo of a removal restores. */
  readonly #stayed = new Set<string>()
  /** Whether it is unknown what can be undone. */
  #isFuzzy = false
  #caret: Caret | null = null
  /** Whether kept work is being discarded. */
  #discards = false
  #tooLarge = false
  /** The first failure. */
  failure: Error | null = null

  constructor(user: string, ledger: Ledger, shelf: Shelf, mostFiles: number) {
    this.user = user
    this.#ledger = ledger
    this.#shelf = shelf
    this.#mostFiles = mostFiles
  }

  /**
   * Joins the room. Call it as this page's owner. @param mirrorOf the mirror of a client whose copy is kept
   * here
   */
  join(socket: () => SocketLike, mirrorOf: (client: string) => Mirror | undefined): void {
    connect({
      url: 'ws://tested',
      room: ROOM,
      token: this.user,
      socket,
      storage: this.#shelf.of(this.owner),
      connectMs: Number.POSITIVE_INFINITY,
    }).then(
      (room) => this.#joined(room, mirrorOf),
      (error: Error) => {
        this.refusal = error
      },
    )
  }

  #joined(room: Room, mirrorOf: (client: string) => Mirror | undefined): void {
    if (this.owner.gone) return
    this.room = room
    if (room.status.status !== 'connected')
      this.mirror =
        this.#shelf
          .heldBy(this.owner)
          .map(mirrorOf)
          .find((mirror) => mirror !== undefined) ?? this.mirror
    this.#isFuzzy = this.mirror?.isLoose === true
    if (this.mirror !== null) {
      this.mirror.host = {
        shared: (file) => this.history.shared(file),
        gone: (file) => this.history.forget(file),
        changed: (file) => this.#forgetText(file),
        stayed: (file) => {
          this.#stayed.add(file)
          this.#forgetRemovals(file)
        },
        loosened: () => {
          this.#isFuzzy = true
        },
      }
    }
    room.on('rejected', ({ changes, texts, kept }) => {
      this.heard()
      for (const { text = '' } of changes) this.#ledger.handedBack(text, kept === true || this.#discards)
      for (const { typed } of texts)
        for (const text of typed) this.#ledger.handedBack(text, kept === true || this.#discards)
    })
    room.on('unsynced', ({ typed, kept }) => {
      this.heard()
      for (const text of typed) this.#ledger.handedBack(text, kept === true || this.#discards)
    })
    room.on('error', (error) => {
      if (error instanceof SdkError && error.code === 'file_too_large') this.#tooLarge = true
      else this.failure ??= error
    })
  }

  /** Something arrived from the room, which ends the current step of typing. */
  heard(): void {
    this.#caret = null
  }

  // ── acts ───────────────────────────────────────────────────────────────────────────────────────────────

  /** Whether an act has to come after a pause, so that it is a step of its own. */
  needsPause(act: Act): boolean {
    if (this.#caret?.time !== Date.now()) this.#caret = null
    return act.act === 'type' || (act.act === 'on' && this.#caret === null)
  }

  /** Performs an act. What the SDK refuses at once counts as never tried. Call it as this page's owner. */
  do(act: Act): void {
    const { room, mirror } = this
    if (room === null || mirror === null) return
    try {
      this.#do(act, room, mirror)
    } catch (error) {
      if (!(error instanceof SdkError) && !(error instanceof EditError)) throw error
    }
  }

  #do(act: Act, room: Room, mirror: Mirror): void {
    if (act.act !== 'on') this.#caret = null
    if (act.act === 'open') {
      const entry = pick(room.files, act.file, pathOf)
      if (entry !== undefined) this.#open(entry.path)
    } else if (act.act === 'role') {
      if (room.me.role !== 'owner' || act.user === 0) return
      room.setRole(`user-${act.user}`, act.viewer ? 'viewer' : 'editor')
      mirror.push([])
    } else if (act.act === 'undo' || act.act === 'redo') this.#turn(act.act, act.file)
    else if (act.act === 'transact') this.#transact(act.acts, act.abandon, room, mirror)
    else if (act.act === 'on') this.#typeOn(act.del, act.ins, mirror)
    else {
      const changes = this.#change(act, room)
      const [first] = changes
      if (first === undefined) return
      this.#ledger.did(mirror.client, texts(changes))
      if (act.act === 'type') mirror.type(first.file, texts(changes))
      else mirror.push(changes)
      this.history.did(changes)
    }
  }

  /**
   * Makes one change, and returns it as the model records it.
   * @param earlier the changes before it in the same transaction
   */
  #change(act: Act, room: Room, earlier: readonly Change[] = []): Change[] {
    switch (act.act) {
      case 'type': {
        const here = [...this.open.values()].filter(({ handle }) => !handle.removed)
        const opened = pick(here, act.file, ({ handle }) => handle.path)
        if (opened === undefined || !room.canEdit) return []
        const at = Math.floor(act.at * ([...opened.handle.text].length + 1))
        return this.#type(opened, at, act.del, act.ins)
      }
      case 'create': {
        const text = this.#ledger.characters(act.ins, this.user)
        const path = typeof act.path === 'string' ? act.path : PATHS[act.path % PATHS.length]!
        const file = room.create(path, text.join(''))
        return [fileChange(file, 'create', path, { text })]
      }
      case 'rename': {
        const entry = pick(room.files, act.file, pathOf)
        const path = typeof act.path === 'string' ? act.path : PATHS[act.path % PATHS.length]!
        if (entry === undefined || entry.path === path) return []
        room.rename(entry.path, path)
        return [fileChange(entry.file, 'rename', path, { from: entry.path })]
      }
      case 'remove': {
        const entry = pick(room.files, act.file, pathOf)
        if (entry === undefined) return []
        const holds = this.mirror?.holds(entry.file) === true && !this.mirror.isReviving(entry.file)
        const wasOpen = this.open.has(entry.file) || holds
        const isBack =
          this.mirror?.isMaking(entry.file) === true ||
          earlier.some((change) => isCreationOf(change, entry.file))
        const isMissing = !wasOpen && !isBack
        room.remove(entry.path)
        if (isMissing) this.#forgetText(entry.file)
        const change = fileChange(entry.file, 'remove', entry.path)
        this.#wasOpen.set(change, wasOpen ? true : null)
        return [change]
      }
      case 'revive': {
        const removed = pick(room.removed, act.which, pathOf)
        if (removed === undefined) return []
        room.revive(removed)
        // Without a pending removal, there is nothing to restore.
        const waiting = this.mirror?.waitingRemoval(removed.file) ?? null
        const reverses = waiting === null ? [] : [waiting]
        return [fileChange(removed.file, 'revive', removed.path, { reverses })]
      }
      default:
        return []
    }
  }

  #type({ handle }: Opened, at: number, del: number, ins: number): TextChange[] {
    const { file } = handle
    const before = [...handle.text]
    const gone = before.slice(at, at + del)
    if (gone.length + ins === 0) return []
    const come = this.#ledger.characters(ins, this.user)
    const unit = before.slice(0, at).join('').length
    handle.edit([{ at: unit, remove: gone.join('').length, insert: come.join('') }])
    this.#caret = { file, at: at + come.length, deletes: ins === 0, time: Date.now() }
    return [
      ...gone.map((character) => textChange(file, character, 'del', { before })),
      ...come.map((character) => textChange(file, character, 'ins')),
    ]
  }

  /** Continues where typing stopped: part of the same step, unless something came in between. */
  #typeOn(del: number, ins: number, mirror: Mirror): void {
    const caret = this.#caret
    const opened = caret === null ? [...this.open.values()][0] : this.open.get(caret.file)
    if (opened === undefined || this.room?.canEdit !== true) return
    const at = caret?.at ?? [...opened.handle.text].length
    const joins = caret !== null && caret.deletes === (ins === 0)
    const changes = this.#type(opened, Math.max(0, at - del), Math.min(del, at), ins)
    if (changes.length === 0) return
    this.#ledger.did(mirror.client, changes)
    mirror.type(opened.handle.file, changes)
    this.history.did(changes, joins)
  }

  #transact(acts: readonly Act[], abandon: boolean, room: Room, mirror: Mirror): void {
    const changes: Change[] = []
    room.transact(() => {
      for (const act of acts) {
        try {
          changes.push(...this.#change(act, room, changes))
        } catch (error) {
          if (!(error instanceof SdkError)) throw error
        }
      }
      if (abandon) throw new SdkError('bad_option', 'the transaction is abandoned')
    })
    this.#caret = null
    if (changes.length === 0) return
    this.#ledger.did(mirror.client, texts(changes))
    mirror.push(changes)
    this.history.did(cancelled(changes))
    this.history.forgetRedo()
  }

  // ── undo ────────────────────────────────────────────────────────────────────────────────────────────────

  #turn(doing: Doing, which: number | string | null): void {
    const { room, mirror } = this
    if (room === null || mirror === null) return
    const file = which === null ? null : (pick(room.files, which, pathOf)?.file ?? null)
    if (which !== null && file === null) return
    const texts = new Map([...this.open].map(([id, { handle }]) => [id, [...handle.text]]))
    const paths = new Map(room.files.map((entry) => [entry.file, entry.path]))
    const canEdit = room.canEdit
    this.#tooLarge = false
    const isBlind = ({ kind, file: id }: Change) =>
      kind === 'text' && (this.open.has(id) || this.#stayed.has(id)) && mirror.text(id) === null
    // In a text that is not shown, nobody can tell what others restored from what they never deleted.
    const isDoubtful = ({ file: id, character }: TextChange) =>
      this.#ledger.isContested(character) ||
      (!this.open.has(id) && this.#ledger.wasDeletedByOthers(character, mirror.client))
    const isUnknown = (change: Change) => isBlind(change) || (change.kind === 'text' && isDoubtful(change))
    // In this case it is unknown which step an undo takes, and which come after it.
    if (this.history.someOf(doing, file, isBlind)) this.#isFuzzy = true
    const isUnsure = this.#isFuzzy || this.history.someOf(doing, file, isUnknown)
    // What is left of these only shows when everything is done, unless each is undone in a step of its own.
    const isHidden = (change: Change) =>
      change.kind === 'text'
        ? this.#ledger.wasDeletedByOthers(change.character, mirror.client)
        : change.does === 'remove' && this.#wasOpen.get(change) !== true
    const isHiddenInSome = this.history.someOf(doing, file, isHidden)
    const sizes = new Map([...this.open].map(([id]) => [id, mirror.text(id)]))
    const waiting = room.status.pending
    const did = doing === 'undo' ? room.undo(file ?? undefined) : room.redo(file ?? undefined)
    if (!canEdit || this.#tooLarge) {
      if (did) throw new Error(`${doing} reports that it did something`)
      return
    }
    const after = new Map(room.files.map((entry) => [entry.file, entry.path]))
    const scene: Scene = {
      paths,
      mostFiles: this.#mostFiles,
      text: (id) => sizes.get(id) ?? (mirror.holds(id) ? mirror.text(id) : null),
      removedText: (removal) => mirror.removedText(removal),
      order: (id) => texts.get(id) ?? null,
      shows: (id, character, isRestored) => {
        const [before, now] = [texts.get(id), this.open.get(id)?.handle]
        const isOthers = this.#ledger.wasDeletedByOthers(character, mirror.client)
        if (!isOthers || before === undefined || now === undefined) return null
        const count = (text: Iterable<string>) => [...text].filter((one) => one === character).length
        return isRestored ? count(now.text) > count(before) : count(now.text) < count(before)
      },
      wasOpen: (change) => this.#wasOpen.get(change) ?? null,
      isBack: (id) => after.has(id),
      forgetText: (id) => {
        if (this.open.has(id) || this.#stayed.has(id)) this.#isFuzzy = true
        this.#forgetText(id)
      },
      waitingRemoval: (id) => mirror.waitingRemoval(id),
    }
    const expected = this.history.take(doing, file, scene)
    const isSeveral = room.status.pending > waiting + 1
    if (
      this.#isFuzzy ||
      mirror.isLoose ||
      (isUnsure && did !== expected.length > 0) ||
      (isSeveral && isHiddenInSome)
    ) {
      // It is unknown which of what it did is in which submission.
      if (isSeveral) {
        mirror.loosen()
        for (const item of mirror.items) this.#mayDelete(mirror, item.changes)
      }
      this.#follow(doing, did, { texts, paths, after })
      return
    }
    if (did !== expected.length > 0)
      throw new Error(
        `${doing} of ${file ?? 'anything'} answers ${did}, and had to do ${described(expected.flat())}`,
      )
    this.#entered(doing, expected, mirror, texts)
    for (const change of expected.flat())
      if (change.kind === 'text' && change.does === 'res') this.#checkPlace(change)
  }

  /** Records an undo. */
  #entered(doing: Doing, turn: Turn, mirror: Mirror, before: ReadonlyMap<string, unknown>): void {
    const changes = turn.flat()
    if (changes.length === 0) return
    for (const change of changes) {
      if (change.kind !== 'file' || change.does !== 'remove') continue
      const isKnown = this.#isKnown(change, before.has(change.file))
      this.#wasOpen.set(change, isKnown)
      if (isKnown === null && !mirror.isMaking(change.file)) this.#forgetText(change.file)
    }
    this.#ledger.did(mirror.client, texts(changes))
    for (const change of changes)
      if (change.kind === 'file' && change.does === 'remove' && !mirror.holds(change.file))
        mirror.assume(change.file)
    for (const step of turn) mirror.push(step)
    this.history.turned(doing, turn)
    const paths = new Map(this.room?.files.map((entry) => [entry.file, entry.path]))
    for (const change of changes)
      if (change.kind === 'file' && change.does === 'create')
        this.#open(paths.get(change.file) ?? change.path)
  }

  /** Whether the page had the text of a file that an undo removes; known for files created here. */
  #isKnown({ file, reverses }: FileChange, wasOpen: boolean): true | null {
    return wasOpen || reverses[0]?.does === 'create' || this.mirror?.holds(file) === true || null
  }

  /** Typing in the file cannot be undone any more, and the room decides what an earlier removal leaves. */
  #forgetText(file: string): void {
    this.history.forgetText(file)
    this.#forgetRemovals(file)
  }

  /** What the undo of an earlier removal of the file restores is not known any more. */
  #forgetRemovals(file: string): void {
    for (const change of this.#wasOpen.keys()) if (change.file === file) this.#wasOpen.set(change, null)
  }

  /** For a file in which the model does not know what an undo had to do, accepts what it did. */
  #follow(
    doing: Doing,
    did: boolean,
    {
      texts: before,
      paths,
      after,
    }: Record<'paths' | 'after', ReadonlyMap<string, string>> & {
      readonly texts: ReadonlyMap<string, readonly string[]>
    },
  ): void {
    const { mirror } = this
    if (!did || mirror === null) return
    const changes: Change[] = []
    for (const [file, path] of paths) {
      const now = after.get(file)
      if (now === undefined) {
        changes.push(fileChange(file, 'remove', path))
        // In a submission of its own, it may have deleted any of the text before.
        const text = mirror.isLoose ? (before.get(file) ?? []) : []
        this.#mayDelete(
          mirror,
          text.map((character) => textChange(file, character, 'ins')),
        )
      } else if (now !== path) changes.push(fileChange(file, 'rename', now, { from: path }))
    }
    for (const [file, path] of after) {
      if (paths.has(file)) continue
      changes.push(fileChange(file, 'revive', path))
      // The text that it has now does not show: what was typed in the same step was undone as well.
      for (const item of mirror.items)
        this.#mayDelete(
          mirror,
          item.changes.filter((change) => change.file === file),
        )
    }
    for (const [file, text] of before) {
      const now = this.open.get(file)?.handle
      if (now === undefined || now.removed) continue
      const [was, is] = [new Set(text), new Set(now.text)]
      for (const character of was)
        if (!is.has(character)) changes.push(textChange(file, character, 'del', { before: text }))
      for (const character of is) if (!was.has(character)) changes.push(textChange(file, character, 'res'))
    }
    // Removed and restored at once: nothing shows.
    if (changes.length === 0) {
      mirror.loosen()
      for (const item of mirror.items) this.#mayDelete(mirror, item.changes)
    }
    this.#entered(doing, [changes], mirror, before)
  }

  /** The characters of these changes may have been deleted. */
  #mayDelete({ client }: Mirror, changes: readonly Change[]): void {
    this.#ledger.did(
      client,
      texts(changes).map((change) => ({ ...change, does: 'del' })),
    )
  }

  /** Checks that restored text is where it was: with the same text before and after it. */
  #checkPlace({ file, reverses }: TextChange): void {
    const text = this.open.get(file)?.handle.text
    const before = reverses.find(({ does }) => does === 'del')?.before
    if (text !== undefined && before != null)
      this.#ledger.checkOrder(`what ${this.user} undid in ${file}`, [...text], before, this.mirror?.client)
  }

  // ── checks ─────────────────────────────────────────────────────────────────────────────────────────────

  #open(path: string): void {
    this.room?.open(path).then(
      (handle) => this.#opened(handle),
      (error: unknown) => {
        if (!(error instanceof SdkError)) this.failure ??= error as Error
      },
    )
  }

  #opened(handle: OpenFile): void {
    if (handle.removed || this.open.get(handle.file)?.handle === handle) return
    const opened: Opened = { handle, shadow: handle.text }
    this.open.set(handle.file, opened)
    this.mirror?.opened(handle.file)
    handle.on('change', ({ edits }) => {
      this.#caret = this.#caret?.file === handle.file && edits.length === 0 ? this.#caret : null
      for (const { at, remove, insert } of [...edits].reverse())
        opened.shadow = opened.shadow.slice(0, at) + insert + opened.shadow.slice(at + remove)
    })
    handle.on('removed', () => {
      if (this.open.get(handle.file) === opened) this.open.delete(handle.file)
    })
  }

  /** Compares what the SDK shows with the model. @throws Error if they differ */
  check(): void {
    if (this.failure !== null) throw this.failure
    const { room, mirror } = this
    if (room === null || mirror === null || this.#discards) return
    const here = new Set(room.files.map(({ file }) => file))
    for (const [file, { handle, shadow }] of this.open) {
      const who = `${this.user} has of ${file}`
      if (handle.text !== shadow) throw new Error(`${who} "${handle.text}", and was told "${shadow}"`)
      if (!here.has(file) && !mirror.isLoose && !mirror.isMaking(file))
        throw new Error(`${who} an open file that is not in the list`)
      const text = [...handle.text]
      this.#ledger.checkOnce(who, text)
      const expected = mirror.text(file)
      if (expected === null) continue
      this.#ledger.checkSame(who, new Set(text), expected)
      this.#ledger.checkOrder(who, text, mirror.untouched(file))
    }
  }

  /** Discards all kept work and ends the page. */
  discard(): void {
    if (this.room === null) return
    this.#discards = true
    void this.room.close({ discard: true })
    this.mirror?.discard()
  }
}

/** Drops changes that cancel each other: a file created and removed at once leaves nothing to undo. */
function cancelled(changes: readonly Change[]): Change[] {
  let rest: Change[] = []
  for (const change of changes) {
    const isRemoval = change.kind === 'file' && change.does === 'remove'
    const creation = isRemoval ? rest.findIndex((other) => isCreationOf(other, change.file)) : -1
    if (creation === -1) rest.push(change)
    else rest = rest.filter(({ file }, i) => file !== change.file || i < creation)
  }
  return rest
}

/** Whether a change creates or restores the file. */
function isCreationOf(change: Change, file: string): boolean {
  return change.file === file && (change.does === 'create' || change.does === 'revive')
}

function texts(changes: readonly Change[]): TextChange[] {
  return changes.filter((change) => change.kind === 'text')
}

function described(changes: readonly Change[]): string {
  return (
    changes
      .map((change) => `${change.does} ${change.kind === 'text' ? change.character : change.path}`)
      .join(', ') || 'nothing'
  )
}

/** @param which a path, or a number, which is taken modulo the count */
function pick<T>(items: readonly T[], which: number | string, path: (item: T) => string): T | undefined {
  if (typeof which === 'string') return items.find((item) => path(item) === which)
  return items.length === 0 ? undefined : items[which % items.length]
}

function pathOf({ path }: { readonly path: string }): string {
  return path
}
