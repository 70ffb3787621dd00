/**
 * A client that speaks the protocol frame by frame over a real socket: sends anything at any time, and keeps
 * what it receives.
 */
import { once } from 'node:events'
import {
  type Change,
  type ClientMessage,
  type Hello,
  PROTOCOL,
  type ServerMessage,
  SUBPROTOCOL,
} from '../../core/protocol/messages.ts'
import { secretOf } from '../support/secrets.ts'

type OfType<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>

export interface RawOptions {
  /** The same for all connections of a client; each user has their own token. */
  readonly client?: string
  readonly since?: number
  readonly epoch?: string
  /** Instead of a secret derived from the client id. */
  readonly token?: string
}

export class RawPerson {
  readonly client: string
  /** All received frames, in order. */
  readonly frames: string[] = []
  /** Resolves with the code when the socket is closed. */
  readonly closed: Promise<number>
  readonly #socket: WebSocket
  readonly #looks = new Set<() => void>()

  private constructor(url: string, room: string, client: string, token: string) {
    this.client = client
    const target = `${url.replace(/^http/, 'ws')}/api/rooms/${room}/connect`
    this.#socket = new WebSocket(target, [SUBPROTOCOL, token])
    this.#socket.addEventListener('message', ({ data }) => {
      this.frames.push(String(data))
      this.#look()
    })
    this.closed = new Promise((resolve) => {
      this.#socket.addEventListener('close', ({ code }) => {
        resolve(code)
        this.#look()
      })
    })
  }

  /** Opens a socket without a hello. Resolves once it is open, or already closed. */
  static async open(
    url: string,
    room: string,
    client = randomClient(),
    token = secretOf(client),
  ): Promise<RawPerson> {
    const person = new RawPerson(url, room, client, token)
    await Promise.race([once(person.#socket, 'open'), person.closed])
    return person
  }

  /** Opens a socket, says hello and waits for the welcome. */
  static async join(url: string, room: string, options: RawOptions = {}): Promise<RawPerson> {
    const { client = randomClient(), since, epoch, token } = options
    const person = await RawPerson.open(url, room, client, token)
    const known = since === undefined || epoch === undefined ? {} : { since, epoch }
    person.say({ type: 'hello', protocol: PROTOCOL, client, ...known } satisfies Hello)
    await person.hear('welcome')
    return person
  }

  say(message: ClientMessage): void {
    this.sayFrame(JSON.stringify(message))
  }

  sayFrame(frame: string): void {
    this.#socket.send(frame)
  }

  submit(n: number, base: number, ...changes: Change[]): void {
    this.say({ type: 'submit', n, base, changes })
  }

  /** The first matching message of this type, past or future. Rejects if the socket closes first. */
  hear<T extends ServerMessage['type']>(
    type: T,
    isWanted: (message: OfType<T>) => boolean = () => true,
  ): Promise<OfType<T>> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.all(type).find(isWanted)
        if (found !== undefined) resolve(found)
        else if (this.#socket.readyState === WebSocket.CLOSED) reject(new Error(`closed without ${type}`))
        else return
        this.#looks.delete(look)
      }
      this.#looks.add(look)
      look()
    })
  }

  /** All messages of a type received so far. */
  all<T extends ServerMessage['type']>(type: T): OfType<T>[] {
    const messages = this.frames.map((frame) => JSON.parse(frame) as ServerMessage)
    return messages.filter((message): message is OfType<T> => message.type === type)
  }

  async leave(): Promise<void> {
    this.#socket.close(1000)
    await this.closed
  }

  #look(): void {
    for (const look of [...this.#looks]) look()
  }
}

export function randomClient(): string {
  return crypto.randomUUID().replaceAll('-', '')
}
