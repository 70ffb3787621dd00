/**
 * The one place where a commit is made, for every kind of author: fetch the history it needs, judge, submit,
 * seal, append, publish. It does not know sessions.
 *
 * The order is the guarantee. There is no await between seal, append and publish, so the output gate holds
 * the frame back until its row is durable. From the moment that memory has moved on until the row is
 * written, nothing may fail but the object as a whole; its clients then resend to the next one. To continue
 * with memory ahead of the journal would be to ack commits that are lost.
 *
 * Long because all of that order is on this one page.
 */
import { API_CLIENT, type Author, Authority, type Outcome } from '../../core/authority/authority.ts'
import type { SealedCommit } from '../../core/authority/batch.ts'
import { Pacer, type PacerSettings } from '../../core/authority/pacer.ts'
import { type Limits, LOADED_UNITS } from '../../core/protocol/limits.ts'
import type {
  Change,
  RejectCode,
  Submit,
  SubmittedChange,
  TextMessage,
} from '../../core/protocol/messages.ts'
import type { StoredCommit } from '../../schema/store.ts'
import type { Emit } from '../events/room-event.ts'
import { type Archive, ArchiveLoader, type Needs } from '../journal/archive-loader.ts'
import type { Journal } from '../journal/journal.ts'

/** What the surrounding object provides. */
export interface CommitContext {
  /** Runs `work` in a transaction: its writes are kept or lost together. */
  atomically(work: () => void): void
  /** Resolves when everything written so far is durable. */
  durable(): Promise<void>
  /**
   * Calls back after `ms`. A pending callback keeps the object from hibernating; it is never called once the
   * object is gone.
   */
  later(ms: number, callback: () => void): void
  /** Aborts the object: memory is ahead of the journal and must be discarded. */
  abort(reason: string): void
}

/** Who receives the commits. */
export interface Audience {
  /** Number of frames a commit is sent in. */
  readonly size: number
  /**
   * The row is written.
   * @param frame the commit as JSON, byte for byte the row @param ahead what `goesAlong` returned
   */
  broadcast(frame: string, ahead: string | null): void
}

/** What has to be done first when a commit is made. */
export interface Preparation {
  /** A commit is due: submit whatever has arrived and is not in the batch yet. */
  collect(): void
  /**
   * A commit is about to be made: returns a message that everybody should read before it, null for none.
   * @param now Unix ms
   */
  goesAlong(now: number): string | null
}

/** The result of changes submitted by an author without a client id. */
export type Landed =
  | {
      readonly type: 'committed'
      readonly seq: number
      /** As they are in the log, transformed over whatever was committed since their base. */
      readonly changes: readonly Change[]
    }
  | { readonly type: 'reject'; readonly code: RejectCode; readonly message: string }
  /** The history that they have to be transformed over is gone. */
  | { readonly type: 'resync' }

interface Waiting {
  readonly seq: number
  resolve(): void
  reject(error: unknown): void
}

export class CommitPipeline {
  readonly journal: Journal
  readonly authority: Authority
  readonly archive: ArchiveLoader
  readonly #pacer: Pacer
  readonly #context: CommitContext
  readonly #audience: Audience
  readonly #preparation: Preparation | null
  readonly #emit: Emit | null
  /** When the first submission of the open batch arrived, Unix ms; null if the batch was just begun. */
  #since: number | null = null
  /** Callers of `commit`, resolved when their commit is durable. */
  #waiting: Waiting[] = []
  /** When the pending timer that asks the pacer again is due, Unix ms; null without one. */
  #timer: number | null = null
  /** Set when memory is ahead of the journal or the room was evicted. */
  #failure: unknown = null

  /**
   * @param archive the commits and texts that only Postgres has; null without Postgres
   * @param preparation null if there is nothing to prepare
   * @param emit null if nobody listens
   * @param nameOf display name of a connected user
   */
  constructor(
    journal: Journal,
    settings: { readonly limits: Limits; readonly pacer: PacerSettings },
    archive: Archive | null,
    context: CommitContext,
    audience: Audience,
    preparation: Preparation | null,
    emit: Emit | null,
    nameOf?: (user: string) => string | undefined,
  ) {
    this.journal = journal
    this.authority = new Authority(journal.load(), journal.past(), settings.limits, nameOf)
    this.archive = new ArchiveLoader(
      journal,
      this.authority.state,
      archive,
      (work) => context.atomically(work),
      emit,
    )
    this.#pacer = new Pacer(settings.pacer)
    this.#context = context
    this.#audience = audience
    this.#preparation = preparation
    this.#emit = emit
  }

  /**
   * What has to be fetched before a submission can be judged; null if nothing, or if it is refused or a
   * duplicate anyway.
   */
  missing(author: Author, message: Submit): Needs | null {
    const needs = this.archive.needs(message, this.authority.remembersFrom)
    if (needs === null || this.authority.judge(author, message) !== null) return null
    this.#pacer.forget(nameFor(author))
    return needs
  }

  /** Nothing more is expected of a client: its session ended. */
  forget(client: string): void {
    this.#pacer.forget(client)
  }

  /** Whether nobody but this client is about to submit, so that its frames need not be collected. */
  isAlone(client: string): boolean {
    return this.#pacer.isAlone(client, Date.now())
  }

  /** Whether a commit is to be expected within a display frame or so. */
  isCommitNear(): boolean {
    return this.authority.hasBatch || this.#pacer.isBusy(Date.now())
  }

  /**
   * Adds a client's submission to the open batch. `endTurn` makes that a commit, which is its ack.
   * @param fetched the archived commits that `missing` named
   */
  submit(author: Author, message: Submit, fetched: readonly StoredCommit[] = []): Outcome {
    this.#mustBeSound()
    const past = fetched.length === 0 ? undefined : this.journal.past(fetched)
    const now = Date.now()
    const outcome = this.authority.submit(author, message, now, past)
    if (outcome.type === 'accepted') this.#pacer.submitted(nameFor(author), now, author.client !== API_CLIENT)
    else this.#pacer.forget(nameFor(author))
    if (outcome.type === 'reject' || outcome.type === 'resync') {
      const { user, client } = author
      this.#emit?.({
        type: 'refused',
        user,
        client,
        code: outcome.type === 'reject' ? outcome.code : 'resync',
      })
    }
    if (this.authority.isFull) this.seal()
    return outcome
  }

  /**
   * Commits changes of an author without a client id, such as a program over HTTP. Such an author may have
   * several submissions under way and never resends one. Resolves once the commit is durable, or with the
   * reason why there is none.
   * @param base the seq that the changes were made against
   * @throws StoreError if a text that they need is unavailable, TextLost if it is gone; whatever aborted the
   * object
   */
  async commit(
    author: Omit<Author, 'client'>,
    changes: readonly SubmittedChange[],
    base = this.authority.state.seq,
  ): Promise<Landed> {
    const message = { type: 'submit', n: 0, base, changes } as const
    const known = { ...author, client: API_CLIENT }
    const needs = this.missing(known, message)
    const outcome = this.submit(known, message, needs === null ? [] : await this.archive.bring(needs))
    if (outcome.type === 'reject' || outcome.type === 'resync') return outcome
    if (outcome.type !== 'accepted')
      throw new Error(`a submission without a client id ended as ${outcome.type}`)
    this.endTurn()
    await this.#durable(outcome.seq)
    return { type: 'committed', seq: outcome.seq, changes: outcome.changes }
  }

  /** Everything that arrived is in the batch: commit it now, or when the pacer says so. */
  endTurn(): void {
    if (!this.authority.hasBatch) return
    const now = Date.now()
    this.#since ??= now
    const advice = this.#pacer.advise(now, this.#audience.size)
    if (advice.type === 'now') this.seal()
    else if (advice.type === 'at') this.#askAgainAt(advice.time)
  }

  /** Commits the open batch, if any, and broadcasts it. */
  seal(): void {
    if (!this.authority.hasBatch) return
    const now = Date.now()
    const ahead = this.#preparation?.goesAlong(now) ?? null
    const { sealed, frame } = this.#write(now)
    this.#audience.broadcast(frame, ahead)
    const since = this.#since ?? now
    this.#since = null
    const { size, bytes } = this.authority.state.files
    this.#emit?.({ type: 'committed', commit: sealed.whole, frame, files: size, bytes })
    this.#pacer.sealed(now)
    const { seq, entries } = sealed.commit
    this.#context.durable().then(
      () => {
        this.#emit?.({ type: 'durable', seq, submissions: entries.length, ms: Date.now() - since })
        this.#durableUpTo(seq)
      },
      (error: unknown) => this.#giveUp(error),
    )
    if (this.journal.wantsCheckpoint) this.#tryCheckpoint()
    this.#unload()
  }

  /** The committed text of a file; null if there is no such file. Commits the open batch first. */
  textOf(file: string): TextMessage | null {
    this.seal()
    const record = this.authority.state.files.get(file)
    if (record === undefined) return null
    const text = this.authority.text(record).toString()
    this.#unload()
    return { type: 'text', file, seq: this.journal.seq, text }
  }

  /** Moves the journal's checkpoint up to the last commit. */
  checkpoint(): void {
    this.seal()
    this.journal.checkpoint(this.authority.state, (work) => this.#context.atomically(work))
  }

  /** The room was evicted: whatever timers are left, nothing is written any more. */
  end(): void {
    this.#fail(new Error('the room was evicted'))
  }

  #write(now: number): { readonly sealed: SealedCommit; readonly frame: string } {
    this.#mustBeSound()
    try {
      const sealed = this.authority.seal(now)
      const frame = JSON.stringify(sealed.commit)
      if (sealed.blobs.size === 0) this.journal.append(sealed, frame)
      else this.#context.atomically(() => this.journal.append(sealed, frame))
      return { sealed, frame }
    } catch (error) {
      this.#giveUp(error)
      throw error
    }
  }

  /** Memory is ahead of the disk, so the object has to go. */
  #giveUp(error: unknown): void {
    this.#fail(error)
    this.#context.abort(`the journal could not be written: ${String(error)}`)
  }

  #fail(error: unknown): void {
    this.#failure = error
    for (const { reject } of this.#waiting) reject(error)
    this.#waiting = []
  }

  /** After an abort the platform stops the object. Where it does not, nothing continues here either. */
  #mustBeSound(): void {
    if (this.#failure !== null) throw this.#failure
  }

  #durable(seq: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ seq, resolve, reject })
    })
  }

  #durableUpTo(seq: number): void {
    for (const { seq: own, resolve } of this.#waiting) if (own <= seq) resolve()
    this.#waiting = this.#waiting.filter(({ seq: own }) => own > seq)
    this.#pacer.durable(Date.now())
    if (this.authority.hasBatch) this.#askAgainAt(Date.now())
  }

  /** Asks the pacer again at that time, or sooner if a timer is due before. @param time Unix ms */
  #askAgainAt(time: number): void {
    if (this.#timer !== null && this.#timer <= time) return
    this.#timer = time
    this.#context.later(Math.max(0, time - Date.now()), () => {
      this.#pacer.fired(time, Date.now())
      if (this.#timer === time) this.#timer = null
      this.#preparation?.collect()
      this.endTurn()
    })
  }

  /**
   * The commit before it is written and published, so no session may fail because of this. The next commit
   * tries again.
   */
  #tryCheckpoint(): void {
    try {
      this.checkpoint()
    } catch (error) {
      this.#emit?.({ type: 'failed', task: 'checkpoint', error })
    }
  }

  /** Unloads texts not used for long, once the checkpoint has their latest revision. */
  #unload(): void {
    const { files } = this.authority.state
    if (files.loadedUnits <= LOADED_UNITS || this.authority.hasBatch) return
    this.#tryCheckpoint()
    // Unload more than necessary, so that this is rare.
    files.unload(LOADED_UNITS / 2, ({ revision }) => revision <= this.journal.checkpointSeq)
  }
}

/** What the pacer knows an author by: programs without a client id by their user. */
function nameFor({ client, user }: Author): string {
  return client === API_CLIENT ? user : client
}
