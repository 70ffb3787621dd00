/**
 * How long a frame may be: judged by who sends it before anything of it is read, and by its type once that is known. Whoever may
 * change files sends texts; nobody else has anything long to say, so what they send can cost the room little.
 */
import { type Limits, REPORT_FRAME_UNITS, SMALL_FRAME_UNITS, VIEWER_REPORT_UNITS } from './limits.ts'

/** Somebody who has not said hello, somebody who may look, and somebody who may change files. */
export type Sender = 'stranger' | 'viewer' | 'editor'

/** UTF-16 units of any frame of this sender. */
export function frameUnitsOf(sender: Sender, limits: Limits): number {
  if (sender === 'editor') return limits.frameUnits
  return Math.min(limits.frameUnits, sender === 'viewer' ? SMALL_FRAME_UNITS : limits.helloUnits)
}

/** The way a client writes a submission that goes by the order of docs/protocol.md. */
const SUBMISSION = /^\{"type":"submit","n":([1-9]\d{0,14}),"base":(\d{1,15}),/
const HEAD_UNITS = 80

/** What a frame says of itself where it is a submission, read off its first characters; null where they do not say it. */
export function submissionHead(frame: string): { readonly n: number; readonly base: number } | null {
  const [, n, base] = SUBMISSION.exec(frame.slice(0, HEAD_UNITS)) ?? []
  return n === undefined ? null : { n: Number(n), base: Number(base) }
}

/** UTF-16 units of a frame with a message of this type, of whatever type that is. */
export function messageUnitsOf(type: unknown, sender: Sender): number {
  // A submission may be as long as a frame. Presence has a limit of its own.
  if (type === 'submit' || type === 'presence') return Number.POSITIVE_INFINITY
  if (type === 'desync') return sender === 'editor' ? REPORT_FRAME_UNITS : VIEWER_REPORT_UNITS
  return SMALL_FRAME_UNITS
}
