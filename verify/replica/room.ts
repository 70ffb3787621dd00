/**
 * The room: the real authority behind a stand-in for its I/O that is written from the protocol (hello,
 * submit, open), with a log in memory. Nothing fails here, but it may answer that the commits after a base
 * are gone.
 */

import { Authority } from '../../core/authority/authority.ts'
import { removalsIn } from '../../core/authority/revival.ts'
import { DEFAULT_POLICY, mayEdit, roleOf } from '../../core/model/policy.ts'
import { emptyRoom } from '../../core/model/state.ts'
import { CLOSE } from '../../core/protocol/codes.ts'
import { decodeClientMessage } from '../../core/protocol/decode-client.ts'
import { clientLimits, type Limits } from '../../core/protocol/limits.ts'
import type {
  Change,
  ClientMessage,
  Commit,
  Hello,
  ServerMessage,
  Submit,
  Welcome,
} from '../../core/protocol/messages.ts'
import type { Wire } from './wire.ts'

export const ROOM = 'tested'
const EPOCH = 'epoch-1'

interface Session {
  readonly wire: Wire
  /** Null before hello. */
  client: string | null
}

export class Room {
  readonly authority: Authority
  readonly #limits: Limits
  readonly #committed: (commit: Commit<Change>) => void
  readonly #commits: Commit<Change>[] = []
  readonly #frames: string[] = []
  readonly #blobs = new Map<string, string>()
  readonly #sessions = new Map<Wire, Session>()
  #forgetting = new Set<string>()

  /** @param committed called with each commit before it is sent */
  constructor(limits: Limits, owner: string, committed: (commit: Commit<Change>) => void) {
    this.#limits = limits
    this.#committed = committed
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
    const state = { ...emptyRoom(), policy: { ...DEFAULT_POLICY, owner } }
    this.authority = new Authority(state, past, limits)
  }

  make(owner: string, changes: readonly Change[]): void {
    if (changes.length === 0) return
    const author = { client: 'client-maker', user: owner, name: owner, role: null }
    this.authority.submit(author, { type: 'submit', n: 1, base: 0, changes }, Date.now())
    this.seal()
  }

  /** The commits after the base of this user's next hello, or next submission, count as gone. */
  forget(user: string, when: 'hello' | 'submit'): void {
    this.#forgetting.add(`${user} ${when}`)
  }

  /** All commits are available again. */
  remember(): void {
    this.#forgetting = new Set()
  }

  /** Handles the next frame of a page. @param seals whether a submission is committed at once */
  take(wire: Wire, seals: boolean): void {
    const packet = wire.takeUp()
    if (packet === null || !wire.isOpenAtRoom) return
    const session = this.#sessions.get(wire) ?? { wire, client: null }
    this.#sessions.set(wire, session)
    if ('close' in packet) {
      wire.room.readyState = 3
      this.#sessions.delete(wire)
    } else if (packet.frame !== 'ping')
      this.#hear(session, decodeClientMessage(packet.frame, this.#limits), seals)
  }

  /** Commits the open batch. */
  seal(): void {
    if (!this.authority.hasBatch) return
    const { whole, commit, blobs } = this.authority.seal(Date.now())
    for (const [blob, content] of blobs) this.#blobs.set(blob, content)
    this.#commits.push(whole)
    this.#committed(whole)
    const frame = JSON.stringify(commit)
    this.#frames.push(frame)
    for (const { wire, client } of this.#sessions.values()) if (client !== null) wire.room.send(frame)
  }

  mayEdit(user: string): boolean {
    return mayEdit(roleOf(this.authority.state.policy, { user, role: null }))
  }

  #hear(session: Session, message: ClientMessage, seals: boolean): void {
    if (message.type === 'hello') this.#welcome(session, message)
    else if (session.client === null) throw new Error(`${message.type} came before hello`)
    else if (message.type === 'submit') this.#submit(session, session.client, message, seals)
    else if (message.type === 'open') this.#text(session, message.file)
    else if (message.type === 'desync') throw new Error(`a desync was reported: ${JSON.stringify(message)}`)
    else if (message.type !== 'presence') throw new Error(`${message.type} is never sent here`)
  }

  #welcome(session: Session, { client, since, epoch }: Hello): void {
    const { wire } = session
    if (session.client !== null) throw new Error('a second hello')
    this.seal()
    const record = this.authority.client(client)
    const others = [...this.#sessions.values()].filter(
      (other) => other !== session && other.client === client,
    )
    if (
      (record !== null && record.user !== wire.user) ||
      others.some((other) => other.wire.user !== wire.user)
    ) {
      this.#end(session, CLOSE.clientTaken)
      return
    }
    for (const other of others) this.#end(other, CLOSE.replaced)
    session.client = client
    const { state } = this.authority
    const resumed = epoch === EPOCH && since !== undefined && !this.#forgetting.delete(`${wire.user} hello`)
    const role = roleOf(state.policy, { user: wire.user, role: null }) ?? 'viewer'
    const welcome: Welcome = {
      type: 'welcome',
      protocol: 1,
      room: ROOM,
      epoch: EPOCH,
      seq: state.seq,
      session: `session-${client}`,
      user: wire.user,
      name: wire.user,
      role,
      granted: null,
      expires: null,
      policy: state.policy,
      limits: clientLimits(this.#limits),
      n: record?.n ?? 0,
      resumed,
      files: resumed
        ? []
        : [...state.files.values()].map(({ file, path, revision }) => ({ file, path, revision })),
      peers: [],
    }
    this.#say(session, welcome)
    if (resumed) for (const frame of this.#frames.slice(since)) wire.room.send(frame)
  }

  #submit(session: Session, client: string, message: Submit, seals: boolean): void {
    const { user } = session.wire
    if (this.#forgetting.delete(`${user} submit`)) {
      this.#say(session, { type: 'resync' })
      return
    }
    const { n } = message
    const outcome = this.authority.submit({ client, user, name: user, role: null }, message, Date.now())
    if (outcome.type === 'ack') this.#say(session, { type: 'ack', n, seq: outcome.seq })
    else if (outcome.type === 'resync') this.#say(session, { type: 'resync' })
    else if (outcome.type === 'reject') {
      const { code } = outcome
      if (code === 'op_out_of_range' || code === 'bad_base')
        throw new Error(`the room refuses what ${user} sent with ${code}: ${JSON.stringify(message)}`)
      this.#say(session, { type: 'reject', n, code, message: outcome.message })
    } else if (seals) this.seal()
  }

  #text(session: Session, file: string): void {
    this.seal()
    const { state } = this.authority
    const text = state.files.get(file)?.text
    if (text == null)
      this.#say(session, { type: 'error', code: 'no_such_file', about: file, message: 'The file is gone.' })
    else this.#say(session, { type: 'text', file, seq: state.seq, text: text.toString() })
  }

  #end(session: Session, { code, reason }: { readonly code: number; readonly reason: string }): void {
    this.#sessions.delete(session.wire)
    session.wire.room.close(code, reason)
  }

  #say({ wire }: Session, message: ServerMessage): void {
    wire.room.send(JSON.stringify(message))
  }
}
