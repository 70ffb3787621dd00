/**
 * How long a frame may be: checked by sender before any of it is read, and by type once that is known. Only
 * senders who may change files send long texts; bounding all others keeps their frames cheap for the room.
 */
import { type Limits, REPORT_FRAME_UNITS, SMALL_FRAME_UNITS, VIEWER_REPORT_UNITS } from './limits.ts'

/** A connection before its hello, one that may only look, and one that may change files. */
export type Sender = 'stranger' | 'viewer' | 'editor'

/** UTF-16 units of any frame from this sender. */
export function frameUnitsOf(sender: Sender, limits: Limits): number {
  if (sender === 'editor') return limits.frameUnits
  return Math.min(limits.frameUnits, sender === 'viewer' ? SMALL_FRAME_UNITS : limits.helloUnits)
}

/** How a client writes a submission when it follows the key order in docs/protocol.md. */
const SUBMISSION = /^\{"type":"submit","n":([1-9]\d{0,14}),"base":(\d{1,15}),/
const HEAD_UNITS = 80

/** `n` and `base` of a submission, read from its first characters; null if they are not there. */
export function submissionHead(frame: string): { readonly n: number; readonly base: number } | null {
  const [, n, base] = SUBMISSION.exec(frame.slice(0, HEAD_UNITS)) ?? []
  return n === undefined ? null : { n: Number(n), base: Number(base) }
}

/** UTF-16 units of a frame with a message of this type. Accepts any value as a type. */
export function messageUnitsOf(type: unknown, sender: Sender): number {
  // A submission may fill a frame. Presence has its own limit.
  if (type === 'submit' || type === 'presence') return Number.POSITIVE_INFINITY
  if (type === 'desync') return sender === 'editor' ? REPORT_FRAME_UNITS : VIEWER_REPORT_UNITS
  return SMALL_FRAME_UNITS
}
