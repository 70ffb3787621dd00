/**
 * When to look for sessions that are gone although their socket is open, and which of them are. A look wakes
 * a sleeping room and costs a row, so a room in which nothing happens is looked at ever more rarely.
 *
 * Pure: all times are Unix ms.
 */

/** The longest time between two looks, in a room in which nothing happens, ms. */
const MOST_REST_MS = 10 * 60_000
/** Parts of the time after which a session counts as silent. */
const REST = 3 / 4
const NOTE = 1 / 4

/**
 * When to look again. Where something happens, a silent session is found within twice `silenceMs`; otherwise
 * the room rests for as long as nothing has happened in it.
 * @param looked when sessions were last looked at
 * @param active when anything last happened in the room
 */
export function nextLook(looked: number, active: number, silenceMs: number): number {
  const idle = Math.min(looked - active, MOST_REST_MS)
  return looked + Math.max(silenceMs * REST, idle)
}

/** Whether what was heard at `now` has to be stored, so that it is known after a hibernation. */
export function mustNote(now: number, noted: number, silenceMs: number): boolean {
  return now - noted >= silenceMs * NOTE
}

/** @param heard when something was last heard, as far as it was noted */
export function isSilent(now: number, heard: number, silenceMs: number): boolean {
  return now - heard >= silenceMs * (1 + NOTE)
}
