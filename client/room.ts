/** The `Room` of the public API. It delegates to `Sync`, which keeps the replica and the room in step. */
import { randomId } from '../core/protocol/id.ts'
import type { ClientLimits } from '../core/protocol/limits.ts'
import type { Policy, PolicyChange } from '../core/protocol/messages.ts'
import { parseText } from '../core/text/op.ts'
import { invitationsOf, RoomRoles } from './people/roles.ts'
import { checked, SdkError } from './sdk-error.ts'
import type { Start } from './start.ts'
import { Sync } from './sync.ts'
import type { ConnectionTarget } from './transport/connection.ts'
import type {
  ChatMessage,
  CloseOptions,
  FileEntry,
  InvitationInfo,
  OpenFile,
  OwnToken,
  PeerInfo,
  PersonInfo,
  RemovedFile,
  Room,
  RoomEvents,
  StatusInfo,
  Whereabouts,
} from './types.ts'

export class LiveRoom extends RoomRoles implements Room {
  readonly name: string
  readonly #sync: Sync

  constructor(name: string, target: ConnectionTarget, start: Start) {
    super()
    this.name = name
    this.#sync = new Sync(target, start)
  }

  // ── state ───────────────────────────────────────────────────────────────────────────────────────────────────────

  get files(): readonly FileEntry[] {
    return this.#sync.replica.files
  }

  get me(): Room['me'] {
    return this.#sync.people.me
  }

  get peers(): readonly PeerInfo[] {
    return this.#sync.people.peers
  }

  get people(): readonly PersonInfo[] {
    return this.#sync.people.everybody
  }

  get canEdit(): boolean {
    return this.#sync.canEdit
  }

  get limits(): ClientLimits | null {
    return this.#sync.replica.limits
  }

  get policy(): Policy | null {
    return this.#sync.replica.rules.policy
  }

  get following(): string | null {
    return this.#sync.following.user
  }

  get status(): StatusInfo {
    return this.#sync.status.info
  }

  on<E extends keyof RoomEvents>(event: E, listener: RoomEvents[E]): () => void {
    return this.#sync.emitter.on(event, listener)
  }

  /** @internal The client id at the start. */
  get client(): string {
    return this.#sync.replica.client
  }

  /** @internal Starts storing the work of this room. */
  persist(persist: NonNullable<Start['persist']>): void {
    this.#sync.persist(persist)
  }

  /** @internal */
  reportError(error: unknown): void {
    this.#sync.emitter.emit('error', error instanceof Error ? error : new Error(String(error)))
  }

  /** @internal Re-emits this room's lost work and errors as events of `room`. */
  forwardEventsTo(room: LiveRoom): void {
    const { emitter } = room.#sync
    this.on('rejected', (rejection) => emitter.emit('rejected', rejection))
    this.on('unsynced', (unsynced) => emitter.emit('unsynced', unsynced))
    this.on('error', (error) => emitter.emit('error', error))
  }

  // ── files ───────────────────────────────────────────────────────────────────────────────────────────────────────

  open(path: string): Promise<OpenFile> {
    return this.#sync.files.open(path)
  }

  create(path: string, text: string): string {
    const { replica } = this.#sync
    const file = randomId(crypto)
    this.#sync.local(() => replica.drafts.create(file, path, parseText(text.replace(/\r\n?/g, '\n'))))
    return file
  }

  rename(from: string, to: string): void {
    this.#sync.local(() => this.#sync.replica.drafts.rename(from, to))
  }

  remove(path: string): void {
    this.#sync.local(() => this.#sync.replica.drafts.remove(path))
  }

  get removed(): readonly RemovedFile[] {
    return this.#sync.replica.removed
  }

  revive(removed: Pick<RemovedFile, 'file' | 'path' | 'seq'>): void {
    this.#sync.local(() => this.#sync.replica.drafts.revive(removed))
  }

  async removals({ before }: { readonly before?: number } = {}): Promise<readonly RemovedFile[]> {
    const page = (await this.#sync.api.page('removed', before)) as { readonly removed: RemovedFile[] }
    return page.removed
  }

  transact(changes: () => void): void {
    const { replica, channel, files } = this.#sync
    if (!replica.drafts.begin()) {
      this.#synchronous(changes())
      return
    }
    files.beginTransaction()
    try {
      this.#synchronous(changes())
      checked(() => replica.drafts.endTransaction())
      files.endTransaction(false)
    } catch (error) {
      files.endTransaction(true)
      this.#sync.perform(replica.drafts.abandon())
      throw error
    } finally {
      channel.submit()
      this.#sync.history.report()
    }
  }

  /**
   * A transaction ends when its callback returns, so what an async callback does after its first `await`
   * would not be in it.
   */
  #synchronous(result: unknown): void {
    if (typeof (result as PromiseLike<unknown> | null | undefined)?.then !== 'function') return
    Promise.resolve(result).catch((error: unknown) => this.reportError(error))
    const text =
      'A transaction must make its changes synchronously; nothing was changed. Await first, then call `transact`.'
    throw new SdkError('async_transaction', text)
  }

  undo(file?: string): boolean {
    return this.#sync.history.turn('undo', file)
  }

  redo(file?: string): boolean {
    return this.#sync.history.turn('redo', file)
  }

  canUndo(file?: string): boolean {
    return this.#sync.history.can('undo', file)
  }

  canRedo(file?: string): boolean {
    return this.#sync.history.can('redo', file)
  }

  settled(): Promise<void> {
    return this.#sync.status.settled()
  }

  // ── people ──────────────────────────────────────────────────────────────────────────────────────────────────────

  setPresence(whereabouts: Whereabouts): void {
    this.#sync.presence.set(whereabouts)
  }

  follow(user: string | null): boolean {
    return this.#sync.following.follow(user)
  }

  say(text: string): void {
    this.#sync.propose(() => ({ type: 'chat', text: this.#sync.chat.draft(text, this.limits?.chatUnits) }))
  }

  chat({ before }: { readonly before?: number } = {}): Promise<readonly ChatMessage[]> {
    return this.#sync.chat.page(before)
  }

  get invitations(): readonly InvitationInfo[] {
    return invitationsOf(this.policy)
  }

  revokeAll(): Promise<OwnToken> {
    return this.#sync.api.revokeAll()
  }

  protected override propose(change: PolicyChange): void {
    this.#sync.propose(() => change)
  }

  close(options?: CloseOptions): Promise<void> {
    return this.#sync.close(options)
  }

  /** @internal Ends at once: nothing is sent, and stored work stays stored. */
  leave(): Promise<void> {
    return this.#sync.leave()
  }
}
