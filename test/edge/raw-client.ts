/**
 * A client with no logic of its own: it sends whatever a test tells it to. Messages are kept in order and
 * awaited, never polled.
 */
import { exports } from 'cloudflare:workers'
import type {
  ClientMessage,
  Commit,
  Hello,
  RejectCode,
  ServerMessage,
  Welcome,
} from '../../core/protocol/messages.ts'
import { SUBPROTOCOL } from '../../core/protocol/messages.ts'
import { secretOf } from '../support/secrets.ts'

export const ORIGIN = 'http://localhost:8787'

type Type = ServerMessage['type']
type OfType<T extends Type> = Extract<ServerMessage, { type: T }>
type Changes = readonly unknown[]

interface Waiter {
  readonly takes: (frame: string) => boolean
  resolve(frame: string): void
  reject(error: Error): void
}

interface Who {
  readonly client?: string
  readonly token?: string
}

export interface Closed {
  readonly code: number
  readonly reason: string
}

export function request(path: string, init: RequestInit = {}): Promise<Response> {
  return exports.default.fetch(new Request(`${ORIGIN}${path}`, init))
}

let rooms = 0

/** Creates a room with a new name and these files; returns the name. */
export async function makeRoom(files: Record<string, string> = {}): Promise<string> {
  const room = `room-${++rooms}-${crypto.randomUUID().slice(0, 8)}`
  const answer = await request('/api/rooms', { method: 'POST', body: JSON.stringify({ room, files }) })
  if (answer.status !== 201) throw new Error(`no room was made: ${await answer.text()}`)
  await answer.body?.cancel()
  return room
}

export function randomClient(): string {
  return crypto.randomUUID().replaceAll('-', '')
}

export class RawClient {
  readonly room: string
  readonly client: string
  readonly token: string
  /** Resolves when the room closes the socket. */
  readonly closed: Promise<Closed>
  /** Every message received, in order. */
  readonly frames: string[] = []
  /** How many messages were in each frame. */
  readonly sizes: number[] = []
  readonly #socket: WebSocket
  #fresh: string[] = []
  #waiters: Waiter[] = []
  #end: Closed | null = null
  #welcome: Welcome | null = null
  #n = 0
  #base = 0

  private constructor(room: string, client: string, token: string, socket: WebSocket) {
    this.room = room
    this.client = client
    this.token = token
    this.#socket = socket
    this.closed = new Promise((resolve) => {
      socket.addEventListener('close', ({ code, reason }) => {
        this.#end = { code, reason }
        resolve(this.#end)
        for (const waiter of this.#waiters) waiter.reject(this.#gone())
      })
    })
    socket.addEventListener('message', ({ data }) => {
      const messages = String(data).split('\n')
      this.sizes.push(messages.length)
      for (const message of messages) this.#arrived(message)
    })
    socket.accept()
  }

  /** Opens a socket without saying hello. */
  static async open(
    room: string,
    options: Who & { headers?: Record<string, string> } = {},
  ): Promise<RawClient> {
    const { client = randomClient(), headers = {} } = options
    const { token = secretOf(client) } = options
    const answer = await request(`/api/rooms/${room}/connect`, {
      headers: { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': `${SUBPROTOCOL}, ${token}`, ...headers },
    })
    if (answer.webSocket === null) throw new Error(`no socket: ${answer.status} ${await answer.text()}`)
    return new RawClient(room, client, token, answer.webSocket)
  }

  /** Opens a socket, says hello and waits for the welcome. */
  static async join(
    room: string,
    options: Who & { since?: number; epoch?: string } = {},
  ): Promise<RawClient> {
    const { since, epoch, ...who } = options
    const raw = await RawClient.open(room, who)
    await raw.hello(since === undefined || epoch === undefined ? {} : { since, epoch })
    return raw
  }

  /** The welcome of this client. */
  get welcome(): Welcome {
    if (this.#welcome === null) throw new Error('there was no welcome yet')
    return this.#welcome
  }

  async hello(extra: Partial<Hello> = {}): Promise<Welcome> {
    this.send({ type: 'hello', protocol: 1, client: this.client, ...extra })
    this.#welcome = await this.receive('welcome')
    this.#base = extra.since !== undefined && this.#welcome.resumed ? extra.since : this.#welcome.seq
    this.#n = this.#welcome.n
    return this.#welcome
  }

  /** The id of a file by its path, as of the welcome. */
  fileAt(path: string): string {
    const file = this.welcome.files.find((entry) => entry.path === path)
    if (file === undefined) throw new Error(`the welcome named no file ${path}`)
    return file.file
  }

  send(message: ClientMessage | Record<string, unknown>): void {
    this.sendFrame(JSON.stringify(message))
  }

  sendFrame(frame: string | ArrayBuffer): void {
    this.#socket.send(frame)
  }

  /** Sends a submission without waiting. Returns its `n`. */
  submit(changes: Changes, { n = ++this.#n, base = this.#base } = {}): number {
    this.#n = Math.max(this.#n, n)
    this.send({ type: 'submit', n, base, changes })
    return n
  }

  /** Submits and waits for its commit. */
  async commit(changes: Changes): Promise<Commit> {
    const n = this.submit(changes)
    for (;;) {
      const answer = await this.#next((message) => message.type === 'commit' || message.type === 'reject')
      if (answer.type === 'reject') throw new Error(`rejected: ${answer.code} ${answer.message}`)
      if (answer.type === 'commit' && this.#has(answer, n)) return answer
    }
  }

  /** Submits and waits for the rejection. Returns its code. */
  async refusal(changes: Changes, options: { n?: number; base?: number } = {}): Promise<RejectCode> {
    const n = this.submit(changes, options)
    const answer = await this.#next(
      (message) =>
        (message.type === 'reject' && message.n === n) ||
        (message.type === 'commit' && this.#has(message, n)) ||
        message.type === 'resync',
    )
    if (answer.type !== 'reject') throw new Error(`not refused but answered with ${answer.type}`)
    return answer.code
  }

  /** The room's text of a file. */
  async text(file: string): Promise<string> {
    this.send({ type: 'open', file })
    for (;;) {
      const answer = await this.receive('text')
      if (answer.file === file) return answer.text
    }
  }

  /** The next message of a type that was not consumed yet. */
  receive<T extends Type>(type: T): Promise<OfType<T>> {
    return this.#next((message): message is OfType<T> => message.type === type)
  }

  /** The next matching message. */
  #next<M extends ServerMessage>(fits: (message: ServerMessage) => message is M): Promise<M>
  #next(fits: (message: ServerMessage) => boolean): Promise<ServerMessage>
  async #next(fits: (message: ServerMessage) => boolean): Promise<ServerMessage> {
    return JSON.parse(await this.nextFrame((frame) => frame !== 'pong' && fits(JSON.parse(frame))))
  }

  /** The next matching frame, as received. */
  nextFrame(takes: (frame: string) => boolean): Promise<string> {
    const at = this.#fresh.findIndex(takes)
    const [frame] = at === -1 ? [] : this.#fresh.splice(at, 1)
    if (frame !== undefined) return Promise.resolve(frame)
    if (this.#end !== null) return Promise.reject(this.#gone())
    return new Promise((resolve, reject) => {
      this.#waiters.push({ takes, resolve, reject })
    })
  }

  close(code = 1000): void {
    this.#socket.close(code, 'bye')
  }

  #arrived(frame: string): void {
    this.frames.push(frame)
    if (frame !== 'pong') {
      const message = JSON.parse(frame) as ServerMessage
      if (message.type === 'commit') this.#base = message.seq
    }
    const waiter = this.#waiters.find(({ takes }) => takes(frame))
    if (waiter === undefined) {
      this.#fresh.push(frame)
      return
    }
    this.#waiters.splice(this.#waiters.indexOf(waiter), 1)
    waiter.resolve(frame)
  }

  #has(commit: Commit, n: number): boolean {
    return commit.entries.some((entry) => entry.client === this.client && entry.n === n)
  }

  #gone(): Error {
    return new Error(`the socket was closed: ${this.#end?.code} ${this.#end?.reason}`)
  }
}
