/**
 * The one place where a commit is made, for whoever submits: past at hand? judge, submit, seal, append, publish. It knows no session.
 *
 * The order is the promise. There is no await between seal, append and publish, so that the output gate lets a frame out only when its
 * row is durable. From the moment that memory has moved on until the row is written, nothing may fail but the object as a whole: its
 * clients resend to the next one. Whoever went on with memory ahead of the journal would ack what is lost.
 */
import { API_CLIENT, type Author, Authority, type Outcome } from '../../core/authority/authority.ts'
import type { SealedCommit } from '../../core/authority/batch.ts'
import { type Advice, Pacer, type PacerSettings } from '../../core/authority/pacer.ts'
import { type Limits, LOADED_UNITS } from '../../core/protocol/limits.ts'
import type {
  Change,
  RejectCode,
  Submit,
  SubmittedChange,
  TextMessage,
} from '../../core/protocol/messages.ts'
import type { StoredCommit } from '../../schema/store.ts'
import { type Archive, ArchiveLoader, type Needs } from '../journal/archive-loader.ts'
import type { Journal } from '../journal/journal.ts'

/** What the object around the room does for it. */
export interface CommitContext {
  /** What `work` writes is kept or lost together. */
  atomically(work: () => void): void
  /** Resolves when everything written so far is durable. */
  durable(): Promise<void>
  /** Calls back after `ms`. A callback that waits keeps the object from sleeping; one of an object that is gone never comes. */
  later(ms: number, callback: () => void): void
  /** Ends the object: memory is ahead of the journal and must go. */
  abort(reason: string): void
}

/** Who a commit is made for. */
export interface Audience {
  /** Frames that a commit goes out in. */
  readonly size: number
  /** A commit is due: what has arrived and is not in the batch yet is submitted. */
  collect(): void
  /** A commit is about to be made: what must not wait for its row goes out first. @param now Unix ms */
  beforeCommit(now: number): void
  /** The row is written. @param frame the commit as JSON, the very bytes of the row */
  publish(commit: SealedCommit, frame: string): void
}

/** What became of changes that an author without a client id submitted. */
export type Landed =
  | {
      readonly type: 'committed'
      readonly seq: number
      /** As they stand in the log, over whatever was committed since their base. */
      readonly changes: readonly Change[]
    }
  | { readonly type: 'reject'; readonly code: RejectCode; readonly message: string }
  /** The past that they must be transformed over is gone. */
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
  /** Those who are answered when their commit is durable. */
  #waiting: Waiting[] = []
  /** Why memory is ahead of the journal, or the room was let go; null while neither is so. */
  #failure: unknown = null

  /** @param nameOf what a user who is here is called @param archive the commits and texts that Postgres alone has; null for none */
  constructor(
    journal: Journal,
    settings: { readonly limits: Limits; readonly pacer: PacerSettings },
    archive: Archive | null,
    context: CommitContext,
    audience: Audience,
    nameOf?: (user: string) => string | undefined,
  ) {
    this.journal = journal
    this.authority = new Authority(journal.load(), journal.past(), settings.limits, nameOf)
    this.archive = new ArchiveLoader(journal, this.authority.state, archive, (work) =>
      context.atomically(work),
    )
    this.#pacer = new Pacer(settings.pacer)
    this.#context = context
    this.#audience = audience
  }

  /** What has to be fetched before a submission can be taken; null when its past is at hand, or it is refused or known without. */
  missing(author: Author, message: Submit): Needs | null {
    const needs = this.archive.needs(message, this.authority.remembersFrom)
    return needs !== null && this.authority.judge(author, message) !== null ? null : needs
  }

  /**
   * Puts a submission of a client into the open batch; `endTurn` makes it a commit, which is its ack.
   * @param fetched commits of the archive that `missing` asked for
   */
  submit(author: Author, message: Submit, fetched: readonly StoredCommit[] = []): Outcome {
    this.#mustBeSound()
    const past = fetched.length === 0 ? undefined : this.journal.past(fetched)
    const outcome = this.authority.submit(author, message, Date.now(), past)
    if (this.authority.isFull) this.seal()
    return outcome
  }

  /**
   * Commits changes of an author who has no client id, such as a program over HTTP: several of theirs may be under way at once, and
   * none is ever sent twice. Answers once the commit is durable, or why there is none.
   * @param base the seq that the changes were made against
   * @throws StoreError when a text that they need cannot be had now, TextLost when it is gone; whatever ended the object
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
      throw new Error(`a submission without a client id came to ${outcome.type}`)
    this.#follow(this.#pacer.submitted(Date.now(), this.#audience.size))
    await this.#durable(outcome.seq)
    return { type: 'committed', seq: outcome.seq, changes: outcome.changes }
  }

  /** What has come is in the batch: it becomes a commit now, or when the pacer says so. */
  endTurn(): void {
    if (!this.authority.hasBatch) return
    const advice = this.#pacer.submitted(Date.now(), this.#audience.size)
    if (advice.type === 'turn') this.seal()
    else this.#follow(advice)
  }

  /** Makes the open batch a commit, if there is one, and lets everybody have it. */
  seal(): void {
    if (!this.authority.hasBatch) return
    const now = Date.now()
    this.#audience.beforeCommit(now)
    const { sealed, frame } = this.#write(now)
    this.#audience.publish(sealed, frame)
    this.#pacer.sealed(now)
    const { seq } = sealed.commit
    this.#context.durable().then(() => this.#durableUpTo(seq))
    if (this.journal.wantsCheckpoint) this.#tryCheckpoint()
    this.#unload()
  }

  /** The committed text of a file; null when there is no such file. What is in the batch is committed first. */
  textOf(file: string): TextMessage | null {
    this.seal()
    const record = this.authority.state.files.get(file)
    if (record === undefined) return null
    const text = this.authority.text(record).toString()
    this.#unload()
    return { type: 'text', file, seq: this.journal.seq, text }
  }

  /** Brings the journal's checkpoint up to now. */
  checkpoint(): void {
    this.seal()
    this.journal.checkpoint(this.authority.state, (work) => this.#context.atomically(work))
  }

  /** The object lets go of the room: whatever timer is left, nothing is written for it any more. */
  end(): void {
    this.#fail(new Error('the room was let go'))
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
      this.#fail(error)
      this.#context.abort(`the journal could not be written: ${String(error)}`)
      throw error
    }
  }

  #fail(error: unknown): void {
    this.#failure = error
    for (const { reject } of this.#waiting) reject(error)
    this.#waiting = []
  }

  /** The platform stops an object that gives up where it stands. Wherever it does not, nothing goes on here all the same. */
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
    this.#follow(this.#pacer.durable(Date.now(), this.#audience.size, this.authority.hasBatch))
  }

  #follow(advice: Advice): void {
    if (advice.type === 'wait') return
    this.#context.later(advice.type === 'turn' ? 0 : Math.max(0, advice.time - Date.now()), () => {
      this.#audience.collect()
      this.seal()
    })
  }

  /** The commit that it follows is written and published: nobody's session may fail for it. The next commit tries again. */
  #tryCheckpoint(): void {
    try {
      this.checkpoint()
    } catch (error) {
      console.error(`room ${this.journal.room}: the checkpoint could not be written: ${String(error)}`)
    }
  }

  /** Lets go of texts that were not used for long, once they and all that was done to them are in the checkpoint. */
  #unload(): void {
    const { files } = this.authority.state
    if (files.loadedUnits <= LOADED_UNITS || this.authority.hasBatch) return
    this.#tryCheckpoint()
    // Further down than it has to be, so that this is rare.
    files.unload(LOADED_UNITS / 2, ({ revision }) => revision <= this.journal.checkpointSeq)
  }
}
