/**
 * Refuses, before anything has changed, what the room would refuse for its size: a text or a list of files
 * above the deployment's limits, a transaction too large for one message. As in the room, something that was
 * already too large may shrink. Checks nothing until a room has sent its limits.
 */

import { unitsOf } from '../model/blobs.ts'
import type { ClientLimits } from '../protocol/limits.ts'
import type { TextOp } from '../text/op.ts'
import type { Text } from '../text/text.ts'
import { ReplicaError } from './replica-error.ts'
import type { Draft } from './revival.ts'

/** Maximum UTF-8 bytes per UTF-16 unit, and maximum UTF-16 units of JSON per unit. */
const BYTES_PER_UNIT = 3
const JSON_PER_UNIT = 6
/** UTF-16 units of a submission apart from its changes, and of a path. */
const ENVELOPE_UNITS = 256

/** @throws ReplicaError `file_too_large` @param before null for a new file */
export function checkSize(limits: ClientLimits | null, text: Text, before: Text | null): void {
  if (limits === null) return
  const { bytes } = text
  if (bytes <= limits.fileBytes || bytes <= (before?.bytes ?? 0)) return
  const message = `A file may have at most ${limits.fileBytes} bytes; this one would have ${bytes}. Nothing was changed.`
  throw new ReplicaError('file_too_large', message)
}

/** `checkSize` for the text after `op`. Almost free if the text is far from the limit. */
export function checkEdit(limits: ClientLimits | null, before: Text, op: TextOp): void {
  if (limits === null) return
  let units = 0
  for (let i = 0; i < op.length; i++) {
    const component = op[i]
    if (typeof component === 'string') units += component.length
  }
  if (units === 0 || before.bytes + units * BYTES_PER_UNIT <= limits.fileBytes) return
  checkSize(limits, before.apply(op), before)
}

/** @param files number of files that exist @throws ReplicaError `too_many_files` */
export function checkCount(limits: ClientLimits | null, files: number): void {
  if (limits === null || files < limits.files) return
  throw new ReplicaError('too_many_files', `A room may have at most ${limits.files} files. Remove one first.`)
}

/** @throws ReplicaError `too_many_changes` if a transaction cannot take another change */
export function checkChanges(limits: ClientLimits | null, changes: readonly Draft[]): void {
  if (limits === null || changes.length < limits.changes) return
  const text = `A transaction may have at most ${limits.changes} changes. Split it into several.`
  throw new ReplicaError('too_many_changes', text)
}

/**
 * @throws ReplicaError `too_many_changes` or `submission_too_large` if a transaction does not fit into one
 *   message
 */
export function checkWhole(limits: ClientLimits | null, changes: readonly Draft[]): void {
  if (limits === null) return
  checkChanges(limits, changes.slice(1))
  let units = ENVELOPE_UNITS
  for (const change of changes) units += unitsOf(change) + ENVELOPE_UNITS
  if (units * JSON_PER_UNIT <= limits.frameUnits) return
  const json = JSON.stringify(changes).length + ENVELOPE_UNITS
  if (json <= limits.frameUnits) return
  const text = `A transaction may take at most ${limits.frameUnits} units of JSON, this one takes ${json}. Split it into several.`
  throw new ReplicaError('submission_too_large', text)
}
