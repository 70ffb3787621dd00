/**
 * What happened in a room: the one port through which events leave it, and where metrics and logs belong.
 * Today the lifecycle listens, to set its alarm; a room does not know its listeners. Events are emitted in
 * the turn in which they happen; a listener must not let its own failures reach the room.
 */
import type { Session } from '../sessions/session.ts'

export type RoomEvent =
  /** A session said hello, or presented a newer token. */
  | { readonly type: 'joined'; readonly session: Session }
  | { readonly type: 'left'; readonly session: Session }
  /** A commit is written and broadcast. */
  | { readonly type: 'committed'; readonly seq: number }

export type Emit = (event: RoomEvent) => void
