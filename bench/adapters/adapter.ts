/**
 * How the load generator speaks with a system: it makes a document, types into it as client 0, 1, 2 …, and reads it as somebody who
 * comes fresh. Client ops are counted from 0 per client; each inserts one letter of ASCII.
 */
import type { LoadSocket } from '../load/socket.ts'

export interface Sink {
  /** The server confirmed op `n` of this client, in whatever sense it confirms. */
  ack(n: number): void
  /** Op `n` of client `from` has come. */
  remote(from: number, n: number): void
  /** The connection is lost. */
  closed(reason: string): void
}

export interface LoadClient {
  readonly socket: Pick<LoadSocket, 'bytesIn' | 'framesIn'>
  /** Inserts a letter at a position that was in the document when it was made, and not at its very start or end. */
  send(n: number, position: number, letter: string): void
  close(): void
}

export interface Joined {
  readonly text: string
  /** from the start of the TCP connection to the text as a string */
  readonly ms: number
  /** received for it */
  readonly bytes: number
}

export interface Built {
  readonly text: string
  /** Somebody stays in the room until this is called: some servers forget a document that nobody has open. */
  release(): void
}

export interface Adapter {
  /** Makes a room with one file. The answer lets go of what it held open. */
  seed(room: string, text: string): Promise<() => void>
  connect(room: string, index: number, sink: Sink): Promise<LoadClient>
  /** A fresh client loads the document; null where the system has none. */
  join(room: string): Promise<Joined> | null
  /** Makes a text from nothing by inserting single letters at these positions, one after another. */
  build(room: string, positions: readonly number[]): Promise<Built>
  /** Messages that the server stored, where it stores messages and no text. */
  stored?(room: string): Promise<number>
  /** Rows that the server wrote so far for a room, where it can say. */
  rows?(room: string): Promise<number>
}

export const QUIET: Sink = { ack() {}, remote() {}, closed() {} }

export const letterOf = (n: number): string => String.fromCharCode(97 + (n % 26))

/** `build` for adapters whose `send` takes any position of the present text. */
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
