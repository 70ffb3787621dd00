/**
 * The message channel to the room, across connections: sends hello, one submission at a time at the pace
 * the room allows, and delivers messages in order. Messages that cannot be decoded or applied cause a fresh
 * start.
 *
 * Invariant: nothing is submitted before everything missed is applied. It applies nothing itself, and does
 * not know the application.
 */
import { CLIENT_TAKEN } from '../../core/protocol/codes.ts'
import { decodeServerMessages } from '../../core/protocol/decode-server.ts'
import { randomId } from '../../core/protocol/id.ts'
import { REPORTS_PER_CONNECTION, SMALL_FRAME_UNITS } from '../../core/protocol/limits.ts'
import type {
  ClientMessage,
  Desync,
  Reject,
  ServerMessage,
  SetPresence,
} from '../../core/protocol/messages.ts'
import { viewerReport } from '../../core/replica/evidence.ts'
import type { Replica } from '../../core/replica/replica.ts'
import { SdkError } from '../sdk-error.ts'
import { Connection, type ConnectionTarget, type Loss } from './connection.ts'
import { Flight } from './flight.ts'
import { Inbox } from './inbox.ts'
import { Pace } from './pace.ts'
import { Tokens } from './tokens.ts'

export interface ChannelListener {
  /** Handles one complete message. If it throws, the channel asks for a fresh start. */
  take(message: ServerMessage): void
  /** The connection was lost; another attempt follows if `retry`. */
  lost(loss: Loss): void
  failed(error: SdkError): void
  /** A frame was sent or received: the number of pending changes may differ. */
  changed(): void
  /** Whether the ack of what was sent last is overdue. */
  overdue(isOverdue: boolean): void
  /** The room answered a ping. */
  alive(): void
}

export class Channel {
  readonly #replica: Replica
  readonly #listener: ChannelListener
  /** The tokens of this user. */
  readonly tokens: Tokens
  readonly #connection: Connection
  readonly #inbox: Inbox
  readonly #pace = new Pace(() => this.#pump())
  readonly #flight = new Flight(() => {
    this.#listener.overdue(true)
    this.#connection.probe()
  })
  /** The room's seq in its welcome over the current connection; null before the welcome. */
  #welcomed: number | null = null
  /** Whether everything requested has arrived since the welcome. */
  #isSettled = false
  #resync = false
  /** Number of desync reports sent over the current connection. */
  #reports = 0
  #sending = false
  /** Number of tasks to finish before anything more is submitted. */
  #holds = 0
  /** Number of texts and blobs requested and not received. */
  #wanted = 0
  /** Path to open with a hello that starts afresh. */
  readonly #path: string | undefined
  /** The file that was opened with the hello and whose text has not arrived; null for none. */
  #opening: string | null = null

  constructor(target: ConnectionTarget, replica: Replica, listener: ChannelListener) {
    this.#path = target.open
    this.#replica = replica
    this.#listener = listener
    this.#inbox = new Inbox({
      blobsNeeded: (commit) => replica.blobsNeeded(commit),
      fetchBlob: (blob) => this.#send({ type: 'blob', blob }),
      deliver: (message) => this.#take(message),
    })
    this.tokens = new Tokens(target.token, {
      renewed: (token) => this.#send({ type: 'auth', token }),
      failed: (error) => listener.failed(error),
    })
    this.#connection = new Connection(target, this.tokens, {
      up: () => this.#up(),
      frame: (data) => this.#frame(data),
      down: (loss) => this.#down(loss),
      alive: () => listener.alive(),
      answerMs: () => this.#flight.answerMs(this.#isReceiving),
    })
  }

  /** Whether something large may be arriving. */
  get #isReceiving(): boolean {
    return this.#welcomed === null || this.#replica.seq < this.#welcomed || this.#wanted > 0
  }

  // ── to the room ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** Submits at the end of the turn, so that changes made together are sent together. */
  submit(): void {
    if (this.#sending) return
    this.#sending = true
    queueMicrotask(() => {
      this.#sending = false
      this.#pump()
      this.#listener.changed()
    })
  }

  /** Submits nothing until this resolves. */
  hold(until: Promise<void>): void {
    this.#holds++
    void until.then(() => {
      this.#holds--
      this.#pump()
    })
  }

  /** Requests a file's text; before the welcome that is left to the welcome. */
  open(file: string): void {
    if (this.#welcomed !== null && file !== this.#opening) this.#send({ type: 'open', file })
  }

  presence(message: SetPresence): void {
    if (this.#welcomed !== null) this.#send(message)
  }

  /** Whether there is a connection and everything missed before it is applied. */
  get isCaughtUp(): boolean {
    return this.#welcomed !== null && this.#replica.seq >= this.#welcomed
  }

  /** Sends a desync report, up to the number that the room accepts per connection. */
  report(report: Desync): void {
    if (this.#reports++ >= REPORTS_PER_CONNECTION) return
    this.#send(this.#replica.rules.mayEdit ? report : viewerReport(report))
  }

  /** Pings the room now, if connected. */
  probe(): void {
    this.#connection.probe()
  }

  /** Like `probe`; if an attempt is scheduled, makes it now. */
  check(): void {
    this.#connection.check()
  }

  /** Like `check`, when the network appears to be back. */
  retry(): void {
    this.#connection.retry()
  }

  /** Stops permanently, without calling the host. */
  close(): void {
    this.#pace.reset()
    this.#flight.stop()
    this.#connection.close()
    this.tokens.close()
  }

  #pump(): void {
    if (this.#holds > 0 || !this.isCaughtUp) return
    if (!this.#pace.mayGo) return
    const submit = this.#replica.next()
    if (submit === null) return
    const frame = JSON.stringify(submit)
    const refusal = this.#refusalOf(frame.length)
    if (refusal === null) {
      this.#connection.send(frame)
      this.#pace.sent(frame.length)
      this.#flight.begin(frame.length)
    } else {
      this.#take({ type: 'reject', n: submit.n, ...refusal })
      this.#listener.changed()
    }
  }

  /**
   * Why the room would close the connection over this submission rather than answer it; null if it would
   * not.
   */
  #refusalOf(units: number): Pick<Reject, 'code' | 'message'> | null {
    const { limits, rules } = this.#replica
    if (units > SMALL_FRAME_UNITS && !rules.mayEdit)
      return { code: 'forbidden', message: 'You may look at this room, not change it.' }
    if (limits === null || units <= limits.frameUnits) return null
    const message = `A submission may have ${limits.frameUnits} units, not ${units}.`
    return { code: 'submission_too_large', message }
  }

  #send(message: ClientMessage): void {
    if (message.type === 'open' || message.type === 'blob') this.#wanted++
    this.#connection.send(JSON.stringify(message))
  }

  // ── from the room ───────────────────────────────────────────────────────────────────────────────────────────────

  #up(): void {
    this.#reports = 0
    const { helloClient: client } = this.#replica
    const known = this.#resync ? null : this.#replica.known
    const open = known !== null || this.#path === undefined ? null : { open: this.#path }
    this.#send({ type: 'hello', protocol: 1, client, lines: true, ...known, ...open })
  }

  #frame(data: string): void {
    let messages: readonly ServerMessage[]
    try {
      messages = decodeServerMessages(data)
    } catch (error) {
      this.#listener.failed(new SdkError('protocol', String(error)))
      this.#connection.restart('the room sent a message that cannot be decoded')
      return
    }
    for (const message of messages) {
      if (isAnswer(message)) this.#wanted--
      if (answersOpen(message, this.#opening)) this.#opening = null
      this.#inbox.receive(message)
    }
    this.#listener.changed()
  }

  #take(message: ServerMessage): void {
    if (message.type === 'welcome') {
      this.#welcomed = message.seq
      this.#opening = message.opening ?? null
      if (this.#opening !== null) this.#wanted++
      this.#resync = false
      this.#connection.welcomed()
      this.tokens.taken(message.expires)
    } else if (message.type === 'auth') this.tokens.taken(message.expires)
    else if (message.type === 'resync') this.#startAfresh()
    else if (message.type === 'error' && message.code === 'too_fast' && message.about === 'submit')
      this.#pace.slow(message.perSecond)
    try {
      this.#listener.take(message)
    } catch (error) {
      const text = `The local copy of the room could not apply a message and is fetched again: ${String(error)}`
      this.#listener.failed(new SdkError('desync', text, { cause: error }))
      this.#startAfresh()
    }
    this.#landed()
    // A room that cannot send the texts yet does not count as settled: an early reconnect would only
    // request them again.
    if (!this.#isSettled && this.#welcomed !== null && this.#replica.wanted.length === 0) {
      this.#isSettled = true
      this.#connection.settled()
    }
    this.#pump()
  }

  /** Updates the flight after a message that may have been an answer. */
  #landed(): void {
    if (!this.#replica.isSubmitting) this.#flight.end()
    if (!this.#flight.isOverdue) this.#listener.overdue(false)
  }

  /** The room's log is not the one known here, or the commits needed are gone. */
  #startAfresh(): void {
    this.#resync = true
    this.#connection.restart('requesting a fresh start from the room')
  }

  #down(loss: Loss): void {
    if (loss.code === CLIENT_TAKEN) this.#replica.taken(randomId(crypto))
    this.#welcomed = null
    this.#isSettled = false
    this.#wanted = 0
    this.#opening = null
    this.#pace.reset()
    this.#flight.stop()
    this.tokens.stop()
    this.#inbox.clear()
    this.#listener.lost(loss)
  }
}

/** Whether this answers the request to open this file. */
function answersOpen(message: ServerMessage, file: string | null): boolean {
  if (message.type === 'text') return message.file === file
  // Until it is available, the room keeps trying.
  return message.type === 'error' && message.about === file && message.code !== 'text_unavailable'
}

/** Whether this answers `open` or `blob`. */
function isAnswer(message: ServerMessage): boolean {
  if (message.type === 'error') return ['no_such_file', 'no_such_blob', 'text_lost'].includes(message.code)
  return message.type === 'text' || message.type === 'blob'
}
