/** The options of `connect`, and the socket interface that an application may supply. */
import type { RoomStorage } from './offline/storage.ts'

/** Bivariant, so that a platform WebSocket, whose handlers take its own event types, is a SocketLike. */
type Handler<Event> = { handle(event: Event): void }['handle'] | null

/**
 * The part of the WebSocket interface that the SDK uses. Tests and demos may supply one that delays or
 * disconnects.
 */
export interface SocketLike {
  readonly readyState: number
  /** Bytes passed to `send` and not yet transmitted. */
  readonly bufferedAmount: number
  send(data: string): void
  close(code?: number, reason?: string): void
  onopen: Handler<unknown>
  onmessage: Handler<{ data: unknown }>
  onclose: Handler<{ code: number; reason: string }>
  onerror: Handler<unknown>
}

export type SocketFactory = (url: string, protocols: string[]) => SocketLike

export interface ConnectOptions {
  /**
   * Where Edgeroom runs: `http:`, `https:`, `ws:` or `wss:`, with the path in front of `/api`, if any. The
   * room addresses in the response of `POST /api/rooms` work too. A path alone is relative to the page.
   */
  readonly url: string | URL
  /** Name of the room: 1 to 64 of `A-Z a-z 0-9 _ -`, starting with a letter or digit. */
  readonly room: string
  /**
   * The token of this user. A function is called for each connection, and before its last token expires.
   * While it throws or does not return a token, nothing is sent and it is called again. Without a token the
   * user is a guest.
   */
  readonly token?: string | (() => string | Promise<string>)
  /** Makes the socket; the global WebSocket by default. */
  readonly socket?: SocketFactory
  /**
   * Stores work that is not acked, so that a later `connect` sends it. Default: the browser's IndexedDB if
   * a token is given (without one, the next page is a different guest). null stores nothing.
   */
  readonly storage?: RoomStorage | null
  /**
   * Path of the file that is opened first: its text comes with the list of files, so that `room.open` with
   * this path does not ask for it.
   */
  readonly open?: string
  /** Time in ms after which `connect` rejects with `unreachable`. Default 20,000; Infinity tries forever. */
  readonly connectMs?: number
  /**
   * Aborts joining: `connect` rejects with the signal's reason at once and leaves nothing open. It has no
   * effect on a joined room; use `close()`.
   */
  readonly signal?: AbortSignal
}
