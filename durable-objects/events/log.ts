/**
 * The log of rooms, as a listener: one line of JSON for each event that somebody may have to act on, with
 * the name of the room. What goes well is not logged. A line contains no text of a file and no token.
 *
 * docs/operations.md lists the lines.
 */
import type { StoreErrorKind } from '../../schema/store.ts'
import type { Listener, RoomEvent } from './room-event.ts'

const ADVICE: Partial<Record<StoreErrorKind, string>> = {
  credentials: 'Nothing is being saved, of any room: check DATABASE_URL and the migrations.',
  conflict:
    'Another writer: two deployments on one database, or a room that was created again. Nothing of this room is saved or let go until one of them is gone (docs/operations.md).',
}

/** Events after which everything works as before. */
const WARNINGS: ReadonlySet<RoomEvent['type']> = new Set(['budget_silent'])

/** Writes the events to the console. */
export const logEvent: Listener = (event, room) => {
  const line = lineOf(event, room, Date.now())
  if (line === null) return
  if (WARNINGS.has(event.type)) console.warn(line)
  else console.error(line)
}

/** The line of an event; null if it is not logged. @param at Unix ms */
export function lineOf(event: RoomEvent, room: string, at: number): string | null {
  const details = detailsOf(event)
  return details === null ? null : JSON.stringify({ event: event.type, room, at, ...details })
}

/** What a line says besides the event, its room and its time. */
function detailsOf(event: RoomEvent): object | null {
  switch (event.type) {
    case 'failed':
      return { task: event.task, error: textOf(event.error, event.task === 'session') }
    case 'aborted':
      return { error: event.reason }
    case 'flush_failed': {
      const { kind, failures, error } = event
      const advice = ADVICE[kind]
      return { kind, failures, error, ...(advice === undefined ? {} : { advice }) }
    }
    case 'set_aside':
      return { file: event.file, error: event.error }
    case 'database_went_back':
      return {
        flushed: event.flushed,
        stored: event.stored,
        advice: 'The database has lost data. Everything that is here is written again.',
      }
    case 'repaired': {
      const { seq, isCut, setAside, moved } = event
      return { seq, isCut, setAside, moved, advice: aboutRepair(setAside, isCut) }
    }
    case 'budget_silent':
      return { shard: event.shard, error: textOf(event.error) }
    case 'desync': {
      const { type: _, ...details } = event
      return details
    }
    default:
      return null
  }
}

/** What a repaired room lacks. */
function aboutRepair(setAside: number, isCut: boolean): string {
  if (setAside > 0)
    return "The room's object lost its storage, and with it files that the database had not accepted."
  if (isCut) return 'What an interrupted flush had left was removed.'
  return 'The database had files of different moments, or not the last commit.'
}

/** @param isTraced with the stack of an error that nobody expected */
function textOf(error: unknown, isTraced = false): string {
  return (isTraced && error instanceof Error ? error.stack : undefined) ?? String(error)
}

/**
 * One listener for several. Each gets every event; one that throws keeps it from nobody else, and its
 * failure does not reach the room.
 */
export function together(...listeners: readonly Listener[]): Listener {
  return (event, room) => {
    for (const listener of listeners) {
      try {
        listener(event, room)
      } catch (error) {
        console.error(
          JSON.stringify({ event: 'listener_failed', room, about: event.type, error: String(error) }),
        )
      }
    }
  }
}
