/**
 * What happened in a room: the one port through which events leave it, and where metrics and logs belong.
 * Today the lifecycle listens, to set its alarm; a room does not know its listeners. Events are emitted in
 * the turn in which they happen; a listener must not let its own failures reach the room.
 */
import type { Session } from '../sessions/session.ts'

export type RoomEvent =
  /** The room is in memory, from its journal or from Postgres. Not emitted yet. */
  | { readonly type: 'opened'; readonly seq: number }
  /** A session said hello, or presented a newer token. */
  | { readonly type: 'joined'; readonly session: Session }
  | { readonly type: 'left'; readonly session: Session }
  /** A commit is written and broadcast. @param units of its JSON, UTF-16 */
  | { readonly type: 'committed'; readonly seq: number; readonly units: number }

export type Emit = (event: RoomEvent) => void
