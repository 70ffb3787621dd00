/**
 * An attacker: speaks to a room over a raw socket, sends the frames that it is given, one at a time or many
 * at once, and checks every answer against the oracle. Reconnects when it is closed. Reports a finding with
 * the frames that led to it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerMessage } from '../../core/protocol/messages.ts'
import type { Chance } from '../random.ts'
import { aboutOf, type Heard, heardIn, match } from './exchange.ts'
import type { Case } from './input/cases.ts'
import type { Hand } from './input/messages.ts'
import { answersTo, type Frame, readFrame } from './oracle/oracle.ts'
import type { Place } from './place.ts'
import { RawSocket } from './raw-socket.ts'

/** Time limit for all answers, in ms. */
const ANSWER_MS = 20_000
/** [X3] After this many ms, what follows a submission whose text cannot be read counts as waiting for it. */
const AWAY_MS = 1_500
/**
 * ms after the last answer: a frame may have been judged by the room in a state that has not arrived here
 * yet.
 */
const LATER_MS = 1_000
/** ms between two judgements at least. */
const JUDGE_MS = 20
/** Frames printed with a finding. */
const MOST_FRAMES = 8

/** The embedded Postgres drops one at the start of a text. */
const BYTE_ORDER_MARK = '\ufeff'

interface Judged {
  readonly answers: readonly (string | null)[]
  readonly wrong: string | null
  /** Whether an `open` is all that still waits for its answer. */
  readonly wantsText?: boolean
}

export class Attacker implements Hand {
  readonly chance: Chance
  readonly token: string
  readonly #place: Place
  client: string
  /** The last seq that this client has processed. */
  base = 0
  #user = ''
  #n = 0
  #socket: RawSocket | null = null
  #said = false
  /** The client named by a hello that is under way. */
  #saying: string | null = null
  /** The seq that the next commit on this socket must have. */
  #next = 0
  #close: number | null = null
  #heard: Heard[] = []
  /** Files whose texts the room will send once it can read them. */
  readonly #unavailable = new Set<string>()
  #look = () => {}
  #probes = 0
  readonly #history: string[] = []

  constructor(name: string, place: Place, chance: Chance) {
    this.#place = place
    this.chance = chance
    this.token = `guest-7c1e90b2-${name}`
    this.client = `attacker-${name}-${chance.uint32().toString(36)}`
  }

  get model() {
    return this.#place.model
  }

  get isIn(): boolean {
    return this.#said && this.#close === null && this.#socket !== null
  }

  nextN(): number {
    return ++this.#n
  }

  isShared({ file }: { readonly file: string }): boolean {
    return this.#place.shared.has(file)
  }

  /** Opens a socket without sending anything. */
  async connect(): Promise<void> {
    this.leave()
    const socket = await RawSocket.open(this.#place.url, this.#place.room, { token: this.token })
    this.#socket = socket
    this.#unavailable.clear()
    this.#said = false
    this.#close = null
    socket.onText = (text) => {
      if (this.#socket === socket) this.#arrived(text)
    }
    void socket.closed.then((code) => {
      if (this.#socket !== socket) return
      this.#close = code
      this.#look()
    })
  }

  /** Uses a new client id from the next hello on. */
  newName(): void {
    this.client = `attacker-${this.chance.uint32().toString(36)}-${this.chance.uint32().toString(36)}`
    this.#n = 0
  }

  /** Connects and sends a correct hello, as a new client if asked. */
  async join(isNew = false): Promise<void> {
    if (isNew) this.newName()
    await this.connect()
    const text = JSON.stringify({ type: 'hello', protocol: 1, client: this.client })
    await this.send([{ kind: 'hello', text, isHarmless: false }])
  }

  /** Reconnects and resumes from the last seq. */
  async resume(): Promise<void> {
    await this.connect()
    const { epoch } = this.model
    const text = JSON.stringify({ type: 'hello', protocol: 1, client: this.client, since: this.base, epoch })
    await this.send([{ kind: 'hello', text, isHarmless: false }])
  }

  /** Closes the connection without a close frame. */
  leave(): void {
    this.#socket?.destroy()
    this.#socket = null
    this.#said = false
  }

  /** Whether a case may be sent: frames that may be accepted must not touch files of healthy people. */
  maySend({ text, isHarmless }: Case): boolean {
    if (isHarmless) return true
    // What is out of range now may fit once they have typed more.
    if ([...this.#place.shared].some((file) => text.includes(file)) && text.includes('"d"')) return false
    const frame = readFrame(text)
    if (!this.#allowed(frame, this.model.now.number, true).has('commit')) return true
    if (text.includes(BYTE_ORDER_MARK)) return false
    const { changes } = frame.message as unknown as { changes: { file: string }[] }
    return changes.every(({ file }) => !this.#place.shared.has(file))
  }

  /** Sends the cases in one write, waits for all answers, and judges them. */
  async send(cases: readonly Case[]): Promise<readonly (string | null)[]> {
    const socket = this.#socket
    if (socket === null || cases.length === 0) return []
    const from = this.model.now.number
    this.#heard = []
    for (const { kind, text } of cases) {
      this.#place.tally.sent(kind)
      this.#history.push(
        `${kind}: ${text.length <= 600 ? text : `${text.slice(0, 600)}… (${text.length} units)`}`,
      )
    }
    this.#history.splice(0, this.#history.length - MOST_FRAMES)
    const probe = `probe-${++this.#probes}`
    const wasIn = this.#said
    this.#saying = wasIn ? null : clientIn(cases[0]?.text ?? '')
    socket.send(...cases.map(({ text }) => text), JSON.stringify({ type: 'open', file: probe }))
    const judged = await this.#judged(cases, from, probe, wasIn)
    for (const answer of judged.answers) if (answer !== null) this.#place.tally.answered(answer)
    if (judged.wrong !== null) this.#wrong(judged.wrong)
    return judged.answers
  }

  /**
   * Waits until all answers have arrived and are allowed, or until they can no longer become so. Judges only
   * when the probe is answered or nothing more will come: the people share this process, and judging many
   * long frames at every message from the room keeps them waiting.
   */
  async #judged(cases: readonly Case[], from: number, probe: string, wasIn: boolean): Promise<Judged> {
    const frames = cases.map(({ text }) => readFrame(text))
    const begin = Date.now()
    let over = Number.POSITIVE_INFINITY
    for (;;) {
      const now = Date.now()
      const isLate = now - begin > ANSWER_MS
      const waits = this.#place.isAway && now - begin >= AWAY_MS
      if (this.#close !== null || this.#heard.some(({ about }) => about === `file ${probe}`))
        over = Math.min(over, now)
      if (now >= over || waits || isLate) {
        const judged = this.#judge(cases, frames, from, probe, wasIn, waits)
        if (judged.wrong === null) return judged
        if (isLate) return { ...judged, wrong: `${judged.wrong}, within ${ANSWER_MS} ms` }
        const mayCome = judged.wantsText && this.#close === null
        if (now - over > LATER_MS && !mayCome) return judged
        await sleep(JUDGE_MS)
      }
      await this.#news(now >= over || this.#place.isAway ? 250 : begin + ANSWER_MS - now)
    }
  }

  /** @param waits whether unanswered frames are waiting for Postgres */
  #judge(
    cases: readonly Case[],
    frames: readonly Frame[],
    from: number,
    probe: string,
    wasIn: boolean,
    waits: boolean,
  ): Judged {
    const abouts = frames.map(aboutOf)
    const allowed = frames.map((frame, i) => {
      const answers = this.#allowed(frame, from, wasIn || i > 0)
      const about = abouts[i] ?? ''
      // [X3] Several `open` of one file that wait for its text are answered once.
      return about.startsWith('file ') && abouts.indexOf(about) < i ? answers.add('silence') : answers
    })
    const heard = this.#heard.filter(({ about }) => about !== `file ${probe}`)
    const { answers, unasked, isOrdered } = match(abouts, allowed, heard, this.#close)
    const isProbed = waits || heard.length < this.#heard.length
    const settled = answers.map((answer, i) =>
      answer === null && (waits || (isProbed && allowed[i]?.has('silence'))) ? 'silence' : answer,
    )
    const wantsText = settled.some((answer, i) => answer === null && abouts[i]?.startsWith('file '))
    const isWrong = (answer: string | null, i: number) =>
      answer !== null && !(waits && answer === 'silence') && !allowed[i]?.has(answer)
    const at = settled.findIndex(isWrong)
    const named = (i: number) =>
      `${cases[i]?.kind} was answered with ${settled[i]}, not with ${[...(allowed[i] ?? [])].join(' or ')}`
    if (at !== -1) return { answers: settled, wrong: named(at) }
    if (this.#close !== null) {
      const closing = `close ${this.#close}`
      if (settled.includes(closing)) return { answers: settled, wrong: null }
      const last = [...(allowed.at(-1) ?? [])].join(' or ')
      return {
        answers: settled,
        wrong: `the socket was closed with ${this.#close}; ${cases.at(-1)?.kind} asks for ${last}`,
      }
    }
    const open = settled.indexOf(null)
    if (open !== -1) return { answers: settled, wrong: named(open), wantsText }
    if (!isProbed) return { answers: settled, wrong: 'the last frame was not answered' }
    // Commits of an earlier connection are sent again on resume, and so are [X3] texts that could not be
    // read at first; unless the file has been removed meanwhile.
    const isLate = ({ answer, about }: Heard) =>
      this.#unavailable.has(about) && (answer === 'text' || answer === 'error no_such_file')
    if (unasked.some((one) => one.answer !== 'commit' && !isLate(one)))
      return { answers: settled, wrong: `no frame asked for ${JSON.stringify(unasked)}` }
    return {
      answers: settled,
      wrong: isOrdered ? null : '[T4] the answers arrived in another order than the frames',
    }
  }

  /** @param isIn whether a hello was sent before this frame */
  #allowed(frame: Frame, from: number, isIn: boolean): Set<string> {
    const { model, limits, owners, isAway } = this.#place
    return answersTo(frame, {
      model,
      limits,
      owners,
      isAway,
      states: model.since(from),
      client: isIn ? this.client : null,
      user: this.#user,
    })
  }

  #arrived(frame: string): void {
    for (const text of frame.split('\n')) {
      if (text === 'pong') this.#heard.push({ answer: 'pong', about: 'ping' })
      else this.#take(JSON.parse(text) as ServerMessage, text)
    }
    this.#look()
  }

  #take(message: ServerMessage, text: string): void {
    const { model, owners } = this.#place
    if (message.type === 'welcome') {
      this.#said = true
      this.client = this.#saying ?? this.client
      this.#user = message.user
      owners.set(this.client, message.user)
      model.welcome(message)
      if (!message.resumed) this.base = message.seq
      this.#next = message.resumed ? 0 : message.seq + 1
      this.#n = Math.max(this.#n, message.n)
    } else if (message.type === 'commit') {
      model.commit(message.seq, text)
      this.base = message.seq
      if (this.#next !== 0 && message.seq !== this.#next)
        this.#wrong(`[T4] commit ${message.seq} arrived in place of ${this.#next}`)
      this.#next = message.seq + 1
    } else if (message.type === 'text') model.text(message)
    const heard = heardIn(message, this.client)
    for (const { answer, about } of heard)
      if (answer === 'error text_unavailable') this.#unavailable.add(about)
    this.#heard.push(...heard)
  }

  /** Resolves when something arrives, or after `ms`. */
  async #news(ms: number): Promise<void> {
    const given = new AbortController()
    await Promise.race([
      new Promise<void>((resolve) => {
        this.#look = resolve
      }),
      sleep(Math.max(1, ms), undefined, { signal: given.signal }).catch(() => {}),
    ])
    this.#look = () => {}
    given.abort()
  }

  #wrong(what: string): void {
    this.#place.tally.wrong.push(
      `${this.client} in ${this.#place.room}: ${what}\n    ${this.#history.join('\n    ')}`,
    )
  }
}

/** The client id in a first frame, if it has one. */
function clientIn(text: string): string | null {
  try {
    const { client } = JSON.parse(text) as { client?: unknown }
    return typeof client === 'string' ? client : null
  } catch {
    return null
  }
}
