/**
 * Sees every frame that clients send and receive, and remembers what they were promised: which submissions
 * they saw acked, and which bytes they received for which commit. At the end it compares the log with that.
 */
import { isDeepStrictEqual } from 'node:util'
import { isWholeChange } from '../../core/model/blobs.ts'
import { fileOf, isFileChange, isPolicyChange } from '../../core/protocol/changes.ts'
import type { Commit, CommittedChange, ServerMessage, SubmittedChange } from '../../core/protocol/messages.ts'
import { checksumOf } from '../../core/text/checksum.ts'
import type { Tally } from './tally.ts'
import type { Damage } from './world/losses.ts'

/** What the witness knows about a connection. */
export interface Seen {
  /** Whether no SDK holds it: its client never learns what is said there. */
  readonly isDouble: boolean
  client: string | null
  /** the last frame with a submission that was sent on it, with its `n` */
  lastSubmit: { readonly n: number; readonly data: string } | null
  readonly submitted: Set<number>
}

interface Submitted {
  readonly changes: readonly SubmittedChange[]
  readonly firstSentBy: Seen
}

export class Witness {
  readonly #tally: Tally
  readonly #damage: Damage
  /** By client and n. */
  readonly #submissions = new Map<string, Submitted>()
  readonly #acked = new Set<string>()
  readonly #refused = new Set<string>()
  readonly #bodies = new Map<number, string>()
  /** Commits that were lost by damage, and the submissions in them, whose outcome nobody can tell. */
  readonly #lost = new Set<string>()
  readonly #forgiven = new Set<string>()
  /** Checksums of texts by file and revision, over all histories; null for a commit without one. */
  readonly #sums = new Map<string, Set<number | null>>()

  constructor(tally: Tally, damage: Damage) {
    this.#tally = tally
    this.#damage = damage
  }

  /** Allows these commits to be missing: they no longer exist, and nobody could have kept them. */
  forgive(lost: readonly string[]): void {
    for (const body of lost) {
      const commit: Commit = JSON.parse(body)
      const { seq, entries } = commit
      this.#noteSums(commit)
      this.#lost.add(body)
      if (this.#bodies.get(seq) === body) this.#bodies.delete(seq)
      for (const { client, n } of entries) {
        this.#forgiven.add(`${client} ${n}`)
        this.#acked.delete(`${client} ${n}`)
      }
    }
  }

  newConnection(isDouble: boolean): Seen {
    return { isDouble, client: null, lastSubmit: null, submitted: new Set() }
  }

  sent(by: Seen, data: string): void {
    if (!data.startsWith('{')) return
    const message = JSON.parse(data)
    if (message.type === 'hello') by.client = message.client
    if (message.type !== 'submit' || by.client === null) return
    const { n, changes } = message
    const key = `${by.client} ${n}`
    const known = this.#submissions.get(key)
    if (known !== undefined) this.#tally.add('submissions resent')
    // A resend is transformed to another seq, but does the same to the list of files.
    else this.#submissions.set(key, { changes, firstSentBy: by })
    by.lastSubmit = { n, data }
    by.submitted.add(n)
  }

  /**
   * The client died, perhaps before it saved that the room refused something: it may submit that once more.
   */
  died(client: string): void {
    for (const key of this.#refused) if (key.startsWith(`${client} `)) this.#refused.delete(key)
  }

  wasRefused(client: string, n: number): boolean {
    return this.#refused.has(`${client} ${n}`)
  }

  heard(by: Seen, frame: string): void {
    for (const data of frame.split('\n')) this.#message(by, data)
  }

  #message(by: Seen, data: string): void {
    if (!data.startsWith('{')) return
    const message: ServerMessage = JSON.parse(data)
    if (message.type === 'commit') this.#commit(by, message, data)
    else if (message.type === 'ack') this.#ack(by, message.n)
    else if (message.type === 'reject') this.#refuse(by, message.n)
    else if (message.type === 'resync') this.#tally.add('resyncs')
    else if (message.type === 'welcome') {
      this.#tally.add(message.resumed ? 'welcomes that resumed' : 'welcomes that did not resume')
      // A client that could not resume treats what was in flight as committed if the room says that it has
      // it.
      if (!message.resumed && this.#submissions.has(`${by.client} ${message.n}`)) this.#ack(by, message.n)
    }
  }

  #commit(by: Seen, commit: Commit, data: string): void {
    this.#noteSums(commit)
    if (this.#lost.has(data)) return
    const known = this.#bodies.get(commit.seq)
    if (known !== undefined && known !== data) {
      if (!this.#damage.goneAt(commit.seq).includes(known))
        throw new Error(`commit ${commit.seq} was received in two forms:\n${known}\n${data}`)
      // The room let go of its own copy on the answer that the database still had the commit.
      this.forgive([known])
    }
    if (known !== data) this.#count(commit)
    this.#bodies.set(commit.seq, data)
    for (const { client, n } of commit.entries) if (client === by.client) this.#ack(by, n)
  }

  #noteSums({ seq, entries, sums }: Commit): void {
    for (const file of new Set(
      entries.flatMap(({ changes }) => changes.flatMap((change) => fileOf(change) ?? [])),
    )) {
      const known = this.#sums.get(`${file} ${seq}`) ?? new Set()
      this.#sums.set(`${file} ${seq}`, known.add(sums[file] ?? null))
    }
  }

  /**
   * [C5] Checks that the room has the text that the commit of its revision made, if that is known.
   * @param body of that commit, if it is in the log; another history had another commit at this seq
   */
  checkText(file: string, revision: number, text: string, body: string | undefined): void {
    const known = this.#sums.get(`${file} ${revision}`)
    const sums = body === undefined ? known : new Set([(JSON.parse(body) as Commit).sums[file] ?? null])
    if (sums !== undefined && !sums.has(null) && !sums.has(checksumOf(text)))
      throw new Error(
        `file ${file} has another text than at its revision ${revision}: ${JSON.stringify(text)}`,
      )
  }

  #count({ entries }: Commit): void {
    if (entries.length > 1) this.#tally.add('commits of several submissions')
    const changes = entries.flatMap((entry) => entry.changes)
    if (changes.every(isWholeChange)) return
    if (changes.some((change) => change.type === 'edit' && isWholeChange(change)))
      this.#tally.add('commits of large and small content')
    if (changes.some(({ type }) => type === 'chat')) this.#tally.add('commits of large content and chat')
    if (changes.some(isPolicyChange)) this.#tally.add('commits of large content and policy')
  }

  #refuse(by: Seen, n: number): void {
    const key = `${by.client} ${n}`
    if (this.#forgiven.has(key)) return
    if (this.#acked.has(key)) throw new Error(`submission ${key} was acked, and then refused`)
    if (!by.isDouble) this.#refused.add(key)
  }

  #ack(by: Seen, n: number): void {
    const key = `${by.client} ${n}`
    if (this.#acked.has(key) || this.#forgiven.has(key)) return
    this.#acked.add(key)
    this.#tally.add('acks')
    if (this.#submissions.get(key)?.firstSentBy !== by) this.#tally.add('acks over a later connection')
  }

  /**
   * Compares the whole log with what was seen.
   * @param log the bodies of all commits by seq
   * @throws Error naming what was lost, duplicated or changed
   */
  check(log: ReadonlyMap<number, string>): void {
    const entries = new Map<string, Commit['entries'][number]>()
    log.forEach((body, seq) => {
      const commit: Commit = JSON.parse(body)
      if (commit.seq !== seq) throw new Error(`the log has commit ${commit.seq} at position ${seq}`)
      for (const entry of commit.entries) {
        if (entry.n === 0) continue
        const key = `${entry.client} ${entry.n}`
        if (entries.has(key)) throw new Error(`submission ${key} is in the log twice`)
        entries.set(key, entry)
      }
    })
    for (const [seq, body] of this.#bodies) {
      if (log.get(seq) !== body) {
        throw new Error(`commit ${seq} is not what was received:\n${log.get(seq) ?? 'nothing'}\n${body}`)
      }
    }
    for (const key of this.#acked) {
      const entry = entries.get(key)
      if (entry === undefined) throw new Error(`submission ${key} was acked and is not in the log`)
      const submitted = this.#submissions.get(key)
      if (submitted === undefined) throw new Error(`submission ${key} was acked and never sent`)
      const sent = submitted.changes.flatMap(namesOf)
      // The room chooses the path of a restored file.
      const inLog = entry.changes.flatMap(namesOf).map((name, i) => {
        return sent[i]?.path === ANY_PATH ? { ...name, path: ANY_PATH } : name
      })
      if (!isDeepStrictEqual(inLog, sent))
        throw new Error(`submission ${key} is in the log with other content`)
    }
    for (const key of this.#refused) {
      if (entries.has(key)) throw new Error(`submission ${key} was refused and is in the log`)
    }
    for (const key of entries.keys()) {
      if (!this.#submissions.has(key)) throw new Error(`submission ${key} is in the log and was never sent`)
    }
  }
}

/** In place of the path of a restored file. */
const ANY_PATH = Symbol('any path')

interface Name {
  readonly type: string
  readonly file?: string
  readonly path?: string | typeof ANY_PATH
}

/** The part of a change that transformation, and what the room adds, leave unchanged. */
function namesOf(change: CommittedChange | SubmittedChange): Name[] {
  if (change.type === 'edit') return []
  if (change.type === 'revive') return [{ type: 'create', file: change.file, path: ANY_PATH }]
  if (change.type === 'remove') return [{ type: 'remove', file: change.file }]
  if (isFileChange(change)) return [{ type: change.type, file: change.file, path: change.path }]
  const { name: _, at: __, ...said } = { name: '', at: 0, ...change }
  return [said]
}
