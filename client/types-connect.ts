/** What an application says to `connect`, and what it may put in the place of the platform's own. */
import type { RoomStorage } from './offline/storage.ts'

/** Bivariant, so that the platform's own WebSocket, whose handlers take its own events, is a SocketLike. */
type Handler<Event> = { handle(event: Event): void }['handle'] | null

/** The part of the WebSocket interface that the SDK uses; tests and demos may hand in one that delays or cuts. */
export interface SocketLike {
  readonly readyState: number
  /** bytes handed to send and not yet on their way */
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
   * Where Edgeroom runs: `http:` or `ws:`, `https:` or `wss:`, with the path that is in front of `/api`, if any. The addresses of the room
   * that `POST /api/rooms` answers with will do too; a path alone is relative to the page.
   */
  readonly url: string | URL
  /** Its name: 1 to 64 of `A-Z a-z 0-9 _ -`, beginning with a letter or digit. */
  readonly room: string
  /**
   * Who this is; a function is asked at each connection, and before its last answer expires. While it throws or gives anything but a token,
   * nothing is sent and it is asked again. Left out, the room sees a guest.
   */
  readonly token?: string | (() => string | Promise<string>)
  /** Makes the socket; the global WebSocket by default. */
  readonly socket?: SocketFactory
  /**
   * Where work that is not acked outlives the page, so that a later `connect` sends it. By default the browser's IndexedDB, where a
   * token is given (without one, the next page is somebody else); null keeps nothing.
   */
  readonly storage?: RoomStorage | null
  /** ms that `connect` tries before it rejects with `unreachable`; 20,000 by default, Infinity to try until it works. */
  readonly connectMs?: number
  /**
   * Stops joining: `connect` rejects with the signal's reason at once, and leaves nothing open. Once the room is joined, it does nothing any
   * more: `close()` ends a room.
   */
  readonly signal?: AbortSignal
}
