/**
 * The interface between the load generator and a system: create a document, type into it as one
 * of several clients, and read it as a fresh client. Clients and their ops are numbered from 0;
 * each op inserts one ASCII letter.
 */
import type { LoadSocket } from '../load/socket.ts'

export interface Sink {
  /** The server confirmed op `n` of this client, whatever that means for the system. */
  ack(n: number): void
  /** Op `n` of client `from` was received. */
  remote(from: number, n: number): void
  /** The cursors of this many other clients were received. Without it, a client wants no cursors. */
  cursors?(count: number): void
  /** The connection was lost. */
  closed(reason: string): void
}

export interface LoadClient {
  readonly socket: Pick<LoadSocket, 'bytesIn' | 'framesIn'>
  /** Inserts a letter at a position in the initial document, neither at its very start nor at its end. */
  send(n: number, position: number, letter: string): void
  /**
   * The cursor moved behind a letter just inserted at this position: sends it when the system's own client
   * would. Missing if the system has no cursors.
   */
  moveCursor?(position: number): void
  close(): void
}

export interface Joined {
  readonly text: string
  /** from opening the TCP connection to having the text as a string */
  readonly ms: number
  /** received until then */
  readonly bytes: number
}

export interface Built {
  readonly text: string
  /**
   * Closes a connection that keeps the document open: some servers forget a document that nobody has open.
   */
  release(): void
}

export interface Adapter {
  /** Creates a room with one file. Returns a function that closes what it had to keep open. */
  seed(room: string, text: string): Promise<() => void>
  connect(room: string, index: number, sink: Sink): Promise<LoadClient>
  /** Loads the document as a fresh client; null if the system keeps no text. */
  join(room: string): Promise<Joined> | null
  /** Builds a text from nothing by inserting single letters at these positions, one after another. */
  build(room: string, positions: readonly number[]): Promise<Built>
  /** The number of messages stored, for systems that store messages instead of text. */
  stored?(room: string): Promise<number>
  /** The number of rows written so far for a room, if the server can tell. */
  rows?(room: string): Promise<number>
}

/** What a person is called in the messages that name one with each cursor. */
export const nameOf = (index: number): string => `Person ${index}`

export const QUIET = { ack() {}, remote() {}, closed() {} } satisfies Sink

export const letterOf = (n: number): string => String.fromCharCode(97 + (n % 26))

/** `build` for adapters whose `send` accepts any position in the current text. */
export async function buildByTyping(
  adapter: Pick<Adapter, 'seed' | 'connect'>,
  room: string,
  positions: readonly number[],
): Promise<Built> {
  const unseed = await adapter.seed(room, '')
  let text = ''
  return new Promise((resolve, reject) => {
    const typed = adapter.connect(room, 0, {
      ack: (n) => next(n + 1),
      remote() {},
      closed: (reason) => reject(new Error(reason)),
    })
    const next = (n: number) => {
      void typed.then((client) => {
        const at = positions[n]
        if (at === undefined) {
          unseed()
          resolve({ text, release: () => client.close() })
          return
        }
        text = text.slice(0, at) + letterOf(n) + text.slice(at)
        client.send(n, at, letterOf(n))
      }, reject)
    }
    next(0)
  })
}
