/**
 * What happened in a room: the one port through which it leaves. Logs and metrics listen here, and the object's own alarm; a room knows
 * none of them. Events are told in the turn in which they happen, and a listener that fails is its own trouble.
 */
import type { Session } from '../sessions/sessions.ts'

export type RoomEvent =
  /** The room is in memory, from its journal or from Postgres. */
  | { readonly type: 'opened'; readonly seq: number }
  /** A session said hello, or showed a newer token. */
  | { readonly type: 'joined'; readonly session: Session }
  | { readonly type: 'left'; readonly session: Session }
  /** A commit is written and on its way. @param bytes of its row */
  | { readonly type: 'committed'; readonly seq: number; readonly units: number }

export type Emit = (event: RoomEvent) => void
