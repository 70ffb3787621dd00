/**
 * A room with several replicas but no network: an authority, and for each member a queue of messages from
 * the room, which a test delivers when it likes. A member's submission reaches the room when the test says
 * so; the room can be told to refuse it.
 */

import { Authority } from '../../../../core/authority/authority.ts'
import { removalsIn } from '../../../../core/authority/revival.ts'
import { emptyRoom } from '../../../../core/model/state.ts'
import { clientLimits, DEFAULT_LIMITS, type Limits } from '../../../../core/protocol/limits.ts'
import type { Change, Commit, RejectCode, Submit, Welcome } from '../../../../core/protocol/messages.ts'
import type { Effect } from '../../../../core/replica/effects.ts'
import { Replica } from '../../../../core/replica/replica.ts'
import { ReplicaState } from '../../../../core/replica/replica-state.ts'
import { pointsOf, Text, type TextOp } from '../../../../core/text/index.ts'
import { OpBuilder } from '../../../../core/text/op-builder.ts'
import { UNRULED } from '../../../support/person.ts'

type RoomMessage =
  | { readonly type: 'commit'; readonly commit: Commit<Change> }
  | { readonly type: 'text'; readonly file: string; readonly text: string }
  | { readonly type: 'reject'; readonly n: number; readonly code: RejectCode }
  | { readonly type: 'ack'; readonly n: number; readonly seq: number }

export class UndoRoom {
  readonly authority: Authority
  readonly members: Member[] = []
  #commits: Commit<Change>[] = []
  readonly #blobs = new Map<string, string>()

  readonly #limits: Limits | null

  /**
   * @param files texts by path, which is also their id
   * @param limits limits that the room enforces and sends; by default it enforces the defaults and sends
   *   none
   */
  constructor(files: Readonly<Record<string, string>>, limits: Limits | null = null) {
    this.#limits = limits
    const past = {
      text: (file: string) => {
        throw new Error(`the text of ${file} is not loaded`)
      },
      commits: (after: number, upTo: number) => this.#commits.slice(after, upTo),
      client: () => null,
      removals: (seq: number) => {
        const commit = this.#commits[seq - 1]
        return commit === undefined ? null : removalsIn(commit)
      },
      blob: (blob: string) => this.#blobs.get(blob) ?? null,
    }
    this.authority = new Authority(emptyRoom(), past, limits ?? DEFAULT_LIMITS)
    const changes = Object.entries(files).map(
      ([path, text]): Change => ({ type: 'create', file: path, path, text }),
    )
    this.submit('client-maker', { type: 'submit', n: 1, base: 0, changes })
  }

  /** A member joins. @param opens which files they open: all of them by default */
  join(name: string, opens: (path: string) => boolean = () => true): Member {
    const member = new Member(this, `client-${name}`, opens)
    this.members.push(member)
    return member
  }

  submit(client: string, submit: Submit): void {
    const author = { client, user: client, name: client, role: null }
    const outcome = this.authority.submit(author, submit, 0)
    if (outcome.type === 'reject') this.refuse(client, submit.n, outcome.code)
    else if (outcome.type === 'accepted') {
      const { whole: commit, blobs } = this.authority.seal(0)
      this.#commits.push(commit)
      for (const [blob, content] of blobs) this.#blobs.set(blob, content)
      for (const member of this.members) member.hear({ type: 'commit', commit })
    } else if (outcome.type === 'ack')
      this.#memberOf(client)?.hear({ type: 'ack', n: submit.n, seq: outcome.seq })
    else throw new Error(`the room answered ${outcome.type}`)
  }

  refuse(client: string, n: number, code: RejectCode): void {
    this.#memberOf(client)?.hear({ type: 'reject', n, code })
  }

  /** The room's first message on a new connection of a client. */
  welcome(client: string, resumed: boolean): Welcome {
    const { seq, files } = this.authority.state
    const list = [...files.values()].map(({ file, path, revision }) => ({ file, path, revision }))
    const who = { room: 'r', session: client, user: client, name: client, ...UNRULED }
    const n = this.authority.client(client)?.n ?? 0
    const rest = { protocol: 1, epoch: 'e', seq, n, resumed, files: resumed ? [] : list, peers: [] }
    const limits = this.#limits === null ? {} : { limits: clientLimits(this.#limits) }
    return { type: 'welcome', ...rest, ...limits, ...who }
  }

  #memberOf(client: string): Member | undefined {
    return this.members.find((member) => member.replica.client === client)
  }

  text(file: string): string | undefined {
    return this.authority.state.files.get(file)?.text?.toString()
  }

  /** The files of the room by path. */
  get paths(): readonly (readonly [path: string, file: string])[] {
    return [...this.authority.state.files.values()]
      .map(({ path, file }) => [path, file] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1))
  }

  /** Sends and delivers everything that is waiting anywhere. */
  settle(): void {
    for (let isBusy = true; isBusy; ) {
      isBusy = false
      for (const member of this.members) {
        while (member.send() || member.take()) isBusy = true
      }
    }
  }
}

export class Member {
  readonly replica: Replica
  /** The state of the replica. */
  readonly state: ReplicaState
  /** All effects so far. */
  readonly effects: Effect[] = []
  readonly #room: UndoRoom
  #inbox: RoomMessage[] = []
  readonly #opened = new Set<string>()

  constructor(room: UndoRoom, client: string, opens: (path: string) => boolean) {
    this.#room = room
    this.state = new ReplicaState(client)
    this.replica = new Replica(client, this.state)
    const welcome = room.welcome(client, false)
    this.replica.welcome(welcome)
    for (const { file, path } of welcome.files) {
      if (!opens(path)) continue
      this.replica.open(file)
      this.#opened.add(file)
      this.replica.receiveText(file, room.text(file) ?? '')
    }
  }

  text(file: string): string | undefined {
    return this.replica.text(file)?.toString()
  }

  /** Ids of all files that can be edited here; only an open file can. */
  get editable(): string[] {
    const ids = this.replica.files.map(({ file }) => file)
    return ids.filter((file) => this.#opened.has(file) && this.replica.text(file) !== undefined)
  }

  get paths(): string[] {
    return this.replica.files.map(({ path }) => path)
  }

  /** Open files that the room has and whose text is missing here: none, once everything has arrived. */
  get unread(): readonly string[] {
    return this.replica.wanted.filter((file) => this.replica.isCommitted(file))
  }

  /**
   * Compares each text with what it is made of: the committed one with everything pending, and what can be
   * undone on top.
   * @throws Error if they do not fit each other
   */
  checkTexts(): void {
    const { copy, history, pending } = this.state
    for (const { file } of this.replica.files) {
      const local = copy.localText(file)
      if (local === undefined) continue
      let text = copy.isStale(file) ? null : copy.committedText(file)
      for (const change of pending.changes()) {
        if (change.type === 'create' && change.file === file) text = Text.from(change.text)
        else if (change.type === 'edit' && change.file === file) text = text?.apply(change.op) ?? null
      }
      if (text !== null && !text.equals(local))
        throw new Error(`${this.replica.client} has ${local} in ${file}, but pending changes give ${text}`)
      for (const layers of history.layersOf(file)) {
        const ops = layers.toReversed().flatMap(({ segments }) => segments.toReversed())
        ops.reduce((before, { op }) => before.apply(op), local)
      }
    }
  }

  // ── actions ─────────────────────────────────────────────────────────────────────────────────────────────

  /** Opens a file that the room has, or that was created here. */
  open(path: string): string {
    const file = this.replica.fileAt(path)
    if (file === undefined) throw new Error(`there is no file at ${path}`)
    this.replica.open(file)
    this.#opened.add(file)
    if (this.replica.text(file) === undefined && this.replica.isCommitted(file)) this.#ask(file)
    return file
  }

  edit(file: string, op: TextOp, joins = false): void {
    this.#record(this.replica.drafts.edit(file, op, joins))
  }

  /** Replaces a string in the local text. */
  replace(file: string, was: string, is: string, joins = false): void {
    const text = this.text(file) ?? ''
    const at = text.indexOf(was)
    if (at === -1) throw new Error(`there is no ${JSON.stringify(was)} in ${JSON.stringify(text)}`)
    const op = new OpBuilder()
    op.skip(pointsOf(text.slice(0, at)))
    op.insert(is)
    op.delete(pointsOf(was))
    this.edit(file, op.finish(), joins)
  }

  /** Types at the end of the local text. */
  append(file: string, insert: string, joins = false): void {
    const { points = 0 } = this.replica.text(file) ?? {}
    this.edit(file, points === 0 ? [insert] : [points, insert], joins)
  }

  create(file: string, path: string, text: string): void {
    this.#record(this.replica.drafts.create(file, path, text))
  }

  rename(from: string, to: string): void {
    this.#record(this.replica.drafts.rename(from, to))
  }

  remove(path: string): void {
    this.#record(this.replica.drafts.remove(path))
  }

  /** Restores the last file removed since this member joined. */
  revive(): void {
    const [removed] = this.replica.removed
    if (removed === undefined) throw new Error('nothing was removed')
    this.#record(this.replica.drafts.revive(removed))
  }

  /** Makes all the changes in one submission. */
  transact(changes: () => void): void {
    this.replica.drafts.begin()
    changes()
    this.replica.drafts.endTransaction()
  }

  undo(file?: string): boolean {
    return this.#record(this.replica.undo(file)) > 0
  }

  redo(file?: string): boolean {
    return this.#record(this.replica.redo(file)) > 0
  }

  // ── messages ────────────────────────────────────────────────────────────────────────────────────────────

  /** Sends the next submission to the room. Returns whether there was one. */
  send(): boolean {
    const submit = this.replica.next()
    if (submit !== null) this.#room.submit(this.replica.client, submit)
    return submit !== null
  }

  /** Takes the next submission as in flight; the test delivers it. */
  launch(): Submit {
    const submit = this.replica.next()
    if (submit === null) throw new Error('there is nothing to send')
    return submit
  }

  /**
   * Reconnects, losing all undelivered messages.
   * @param resumed whether the commits since this member's seq follow
   */
  reconnect(resumed: boolean): void {
    this.#inbox = resumed ? this.#inbox.filter(({ type }) => type === 'commit') : []
    this.#record(this.replica.welcome(this.#room.welcome(this.replica.client, resumed)))
    for (const file of this.replica.wanted) this.#ask(file)
  }

  /** Delivers the room's text of a file, after all earlier messages. */
  #ask(file: string): void {
    const text = this.#room.text(file)
    if (text !== undefined) this.hear({ type: 'text', file, text })
  }

  hear(said: RoomMessage): void {
    this.#inbox.push(said)
  }

  /** Delivers one message. Returns whether there was one. */
  take(): boolean {
    const said = this.#inbox.shift()
    if (said === undefined) return false
    if (said.type === 'text') this.#record(this.replica.receiveText(said.file, said.text))
    else if (said.type === 'commit') this.#record(this.replica.receive(said.commit))
    else if (said.type === 'ack') this.#record(this.replica.acked(said.n, said.seq))
    else this.#record(this.replica.rejected({ ...said, message: '' }))
    return true
  }

  /** Delivers all messages. */
  catchUp(): void {
    while (this.take());
  }

  #record(effects: readonly Effect[]): number {
    for (const effect of effects) {
      if (effect.type === 'desync' || effect.type === 'stale') this.#ask(effect.file)
    }
    this.effects.push(...effects)
    return effects.length
  }
}
