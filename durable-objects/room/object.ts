/**
 * The Durable Object of one room: the shell between the platform and the room's lifecycle. It turns requests
 * and platform events into calls and answers them; it contains no rules.
 *
 * Invariant: a room that cannot be loaded closes with 1013 and is never served as an empty room.
 */
import { DurableObject } from 'cloudflare:workers'
import type { Answer, Principal } from '../../auth/principal.ts'
import { principalOf, TokenError } from '../../auth/tokens.ts'
import { mayConnect, visitorKindOf } from '../../core/limits/connection-limits.ts'
import { refusalOf } from '../../core/model/admission.ts'
import { current, DEFAULT_POLICY } from '../../core/model/policy.ts'
import { CLOSE, type CloseReason } from '../../core/protocol/codes.ts'
import { PING, PONG, type Policy, type PolicyChange } from '../../core/protocol/messages.ts'
import { type FileStore, StoreError } from '../../schema/store.ts'
import { logEvent, together } from '../events/log.ts'
import type { Listener } from '../events/room-event.ts'
import { type BudgetNamespace, FlushLease } from '../flush/lease.ts'
import { type DatabaseBindings, storeOf } from '../flush/store.ts'
import { refuse, upgraded } from '../sessions/handshake.ts'
import { Session } from '../sessions/session.ts'
import { type Settings, type SettingVars, settingsOf } from '../settings/settings.ts'
import { type TokenVars, tokenRulesOf } from '../settings/token-rules.ts'
import type { CreateResult, FileContent, FlushResult, RoomStatus, RuleResult } from './answers.ts'
import { COUNTED_HEADER, decodeCounted, decodePrincipal, IDENTITY_HEADER, ROOM_HEADER } from './headers.ts'
import { ImportError, type NewFile } from './import.ts'
import { Lifecycle, type ObjectContext } from './lifecycle.ts'
import type { LiveRoom } from './live-room.ts'
import { type ChatRow, chatRows, type LogPage, logPage, type RemovalRow, removalRows } from './log-pages.ts'
import { mayNot, type Right } from './rights.ts'

/** The bindings of the deployment that a room uses. */
export interface RoomEnv extends SettingVars, DatabaseBindings, TokenVars {
  readonly FLUSH_BUDGET: BudgetNamespace
}

export class Room extends DurableObject<RoomEnv> {
  readonly #settings: Settings
  readonly #store: FileStore | null
  readonly #life: Lifecycle
  readonly #listener: Listener = together(logEvent)

  constructor(ctx: DurableObjectState, env: RoomEnv) {
    super(ctx, env)
    try {
      this.#settings = settingsOf(env)
      this.#store = storeOf(env, this.#settings.databaseTimeoutMs)
      this.#life = new Lifecycle(
        contextOf(ctx, this.#listener),
        ctx.getWebSockets(),
        this.#store,
        this.#settings,
        new FlushLease(env.FLUSH_BUDGET, this.#settings.flushBudget, this.#listener),
        async (token, room) => {
          const principal = await principalOf(token, tokenRulesOf(env), room)
          return principal instanceof TokenError ? principal.close : principal
        },
        this.#listener,
      )
    } catch (error) {
      // The caller only learns that the call failed, and an alarm has no caller.
      this.#listener({ type: 'failed', task: 'start', error }, ctx.id.name ?? '')
      throw error
    }
    ctx.blockConcurrencyWhile(() => this.#life.start())
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG))
  }

  // ── calls from the Worker ───────────────────────────────────────────────────────────────────────────────────────

  /** Creates the room with its first files, unless a room of this name exists. @param owner user id */
  create(
    room: string,
    files: NewFile[],
    { owner, access, invitations }: Pick<Policy, 'access' | 'invitations'> & { readonly owner: string },
  ): Promise<CreateResult> {
    return this.#life.visit(room, async () => {
      if (this.#life.journal.isRoom) {
        return { ok: false, code: 'room_exists', message: `Room ${room} already exists.` }
      }
      const now = Date.now()
      try {
        await this.#life.make(room, files, { ...DEFAULT_POLICY, owner, access, invitations }, now)
      } catch (error) {
        if (error instanceof ImportError) return { ok: false, code: error.code, message: error.message }
        throw error
      }
      return { ok: true }
    })
  }

  status(room: string, principal: Principal): Promise<Answer<RoomStatus>> {
    return this.#answer(room, principal, 'look', async (live) => {
      const { files } = live.authority.state
      return {
        room,
        seq: live.journal.seq,
        flushed: this.#life.flushedSeq,
        flushError: this.#life.flushError,
        writer: live.journal.marks.belief.writer,
        behind: live.journal.marks.rewrites,
        gaps: live.journal.marks.gaps,
        setAside: live.journal.setAside.map(({ file, message }) => ({
          path: files.get(file)?.path ?? '',
          message,
        })),
        files: live.files(),
        people: live.people,
      }
    })
  }

  /** The committed text at a path; null if there is no such file. */
  read(room: string, path: string, principal: Principal): Promise<Answer<FileContent | null>> {
    return this.#answer(room, principal, 'look', async (live) => {
      const file = live.authority.state.files.atPath(path)?.file
      if (file === undefined) return null
      await live.prepareText(file)
      const text = live.textOf(file)
      const record = live.authority.state.files.get(file)
      return record === undefined || text === null ? null : { revision: record.revision, text: text.text }
    })
  }

  /** Chat messages from commits before `before`; null for the latest. */
  chat(
    room: string,
    principal: Principal,
    before: number | null,
    most: number,
  ): Promise<Answer<LogPage<ChatRow>>> {
    return this.#answer(room, principal, 'look', ({ journal }) => {
      const page = { type: 'chat', before: before ?? journal.seq + 1, most } as const
      return logPage(journal, this.#store, page, chatRows)
    })
  }

  /** Files removed by commits before `before`; null for the latest. */
  removed(
    room: string,
    principal: Principal,
    before: number | null,
    most: number,
  ): Promise<Answer<LogPage<RemovalRow>>> {
    return this.#answer(room, principal, 'edit', ({ journal }) => {
      const page = { type: 'remove', before: before ?? journal.seq + 1, most } as const
      return logPage(journal, this.#store, page, removalRows)
    })
  }

  /** Whether this principal owns the room. */
  owns(room: string, principal: Principal): Promise<Answer<true>> {
    return this.#answer(room, principal, 'own', async (): Promise<true> => true)
  }

  /** The invitation tokens signed for this room that are still valid. */
  invitations(room: string, principal: Principal): Promise<Answer<Policy['invitations']>> {
    return this.#answer(room, principal, 'own', async ({ authority }) =>
      current(authority.state.policy.invitations, Date.now()),
    )
  }

  /** Applies policy changes, all or nothing. Resolves once they are durable. */
  rule(room: string, principal: Principal, changes: readonly PolicyChange[]): Promise<Answer<RuleResult>> {
    return this.#answer(room, principal, 'own', async (live) => {
      const outcome = await live.commit(principal, changes)
      if (outcome.type === 'committed') return { ok: true }
      if (outcome.type === 'reject') return { ok: false, code: outcome.code, message: outcome.message }
      // Policy changes need no history, so they are never answered with `resync`.
      throw new Error(`a policy change ended as ${outcome.type}`)
    })
  }

  /** Desync reports as JSON, oldest first. */
  desyncs(room: string, principal: Principal): Promise<Answer<string[]>> {
    return this.#answer(room, principal, 'edit', async (live) => live.journal.reports.all())
  }

  /** Flushes now, including files that Postgres refused before. */
  flush(room: string, principal: Principal): Promise<Answer<FlushResult>> {
    return this.#answer(room, principal, 'edit', async (live) => {
      const target = live.journal.seq
      try {
        await this.#life.save()
        // The first call may have joined a flush that was already running, without the latest commits.
        if ((this.#life.flushedSeq ?? target) < target) await this.#life.flush()
      } catch (error) {
        const message = error instanceof StoreError ? error.message : 'the database could not be reached'
        return {
          ok: false,
          code: 'flush_failed',
          message: `Nothing is lost, and it will be retried: ${message}.`,
        }
      }
      const flushed = this.#life.flushedSeq
      if (flushed !== null && flushed < target) {
        return {
          ok: false,
          code: 'flush_later',
          message: 'Many rooms are flushing; this one is queued.',
        }
      }
      return { ok: true, seq: live.journal.seq, flushed }
    })
  }

  /**
   * Connects a principal. The Worker has authenticated them and says who they are in headers, which can be
   * trusted: an object has no public address, only the holder of the binding can call it, and the Worker
   * passes on no such header from outside.
   */
  override async fetch(request: Request): Promise<Response> {
    const principal = decodePrincipal(request.headers.get(IDENTITY_HEADER))
    const counted = decodeCounted(request.headers.get(COUNTED_HEADER))
    const room = request.headers.get(ROOM_HEADER)
    if (principal === null || counted === null || room === null)
      return new Response('not from the Worker', { status: 400 })
    try {
      return await this.#life.visit(room, async (live) => {
        if (live === null) return this.#turnAway(room, principal, CLOSE.noSuchRoom)
        live.sealNow()
        const { policy } = live.authority.state
        const refusal = refusalOf(policy, principal)
        if (refusal !== null) return this.#turnAway(room, principal, refusal)
        // Sockets that are closing still count.
        const ofUser = this.ctx.getWebSockets(counted.user).length
        const { size: ofRoom, strangers: ofStrangers } = this.#life.sessions
        const kind = visitorKindOf(policy, principal)
        const connections = { ofRoom, ofStrangers, ofUser }
        if (!mayConnect({ user: principal.user, kind }, connections, this.#settings.limits))
          return this.#turnAway(room, principal, CLOSE.tooMany)
        const { 0: client, 1: server } = new WebSocketPair()
        this.ctx.acceptWebSocket(server, [counted.user])
        this.#life.admit(Session.start(server, principal, Date.now(), counted, kind === 'stranger'))
        return upgraded(client)
      })
    } catch (error) {
      // The lifecycle has already emitted why the room could not be loaded.
      if (!(error instanceof StoreError)) this.#listener({ type: 'failed', task: 'connection', error }, room)
      return this.#turnAway(room, principal, CLOSE.tryAgain)
    }
  }

  #turnAway(room: string, { user }: Principal, close: CloseReason): Response {
    this.#listener({ type: 'turned_away', user, close }, room)
    return refuse(close)
  }

  /** Runs `work` if the principal has the right to it. */
  #answer<T>(
    room: string,
    principal: Principal,
    right: Right,
    work: (live: LiveRoom) => Promise<T>,
  ): Promise<Answer<T>> {
    return this.#life.visit(room, async (live) => {
      if (live === null) return { ok: false, refusal: 'no_such_room' }
      live.sealNow()
      const refusal = mayNot(live.authority.state.policy, principal, right)
      return refusal === null ? { ok: true, value: await work(live) } : { ok: false, refusal }
    })
  }

  // ── platform events ─────────────────────────────────────────────────────────────────────────────────────────────

  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void {
    this.#life.receive(socket, data)
  }

  /** The other side closed. We answer its close frame, or it would wait for one until it times out. */
  override webSocketClose(socket: WebSocket): void {
    this.#life.gone(socket)
    if (socket.readyState !== WebSocket.CLOSED) socket.close(CLOSE.normal.code, CLOSE.normal.reason)
  }

  override webSocketError(socket: WebSocket): void {
    this.#life.gone(socket)
  }

  override alarm(): Promise<void> {
    return this.#life.alarm()
  }
}

/** Adapts the platform's object to what the lifecycle needs. */
function contextOf(ctx: DurableObjectState, listener: Listener): ObjectContext {
  return {
    storage: ctx.storage,
    abort: (reason) => ctx.abort(reason),
    waitUntil: (work) =>
      ctx.waitUntil(
        work.catch((error: unknown) =>
          listener({ type: 'failed', task: 'background', error }, ctx.id.name ?? ''),
        ),
      ),
    pingedAt: (socket) => ctx.getWebSocketAutoResponseTimestamp(socket as WebSocket)?.getTime() ?? 0,
  }
}
