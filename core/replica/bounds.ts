/**
 * Refuses here what the room would refuse for its size, before anything has changed: a text or a list of files above the
 * deployment's limits, a transaction that no message carries. What has been too large before may shrink, as in the room. It
 * checks nothing as long as no room has said what its limits are.
 */

import { unitsOf } from '../model/blobs.ts'
import type { ClientLimits } from '../protocol/limits.ts'
import type { TextOp } from '../text/op.ts'
import type { Text } from '../text/text.ts'
import { ReplicaError } from './replica-error.ts'
import type { Draft } from './revival.ts'

/** UTF-8 bytes of one UTF-16 unit, and UTF-16 units of JSON that one unit takes, at most. */
const BYTES_PER_UNIT = 3
const JSON_PER_UNIT = 6
/** UTF-16 units of a submission beside its changes, and of a path. */
const ENVELOPE_UNITS = 256

/** @throws ReplicaError `file_too_large` @param before null for a file that is new */
export function checkSize(limits: ClientLimits | null, text: Text, before: Text | null): void {
  if (limits === null) return
  const { bytes } = text
  if (bytes <= limits.fileBytes || bytes <= (before?.bytes ?? 0)) return
  const message = `A file may have ${limits.fileBytes} bytes; this one would have ${bytes}. Nothing was changed.`
  throw new ReplicaError('file_too_large', message)
}

/** As `checkSize`, for the text after `op`. Costs next to nothing for a text that is far from the limit. */
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

/** @param files that there are already @throws ReplicaError `too_many_files` */
export function checkCount(limits: ClientLimits | null, files: number): void {
  if (limits === null || files < limits.files) return
  throw new ReplicaError('too_many_files', `A room may have ${limits.files} files. Remove one first.`)
}

/** @throws ReplicaError `too_many_changes` when a transaction has no room for one change more */
export function checkChanges(limits: ClientLimits | null, changes: readonly Draft[]): void {
  if (limits === null || changes.length < limits.changes) return
  const text = `A transaction may have ${limits.changes} changes. Make several of it.`
  throw new ReplicaError('too_many_changes', text)
}

/** @throws ReplicaError `too_many_changes` or `submission_too_large` when a transaction is more than one message may carry */
export function checkWhole(limits: ClientLimits | null, changes: readonly Draft[]): void {
  if (limits === null) return
  checkChanges(limits, changes.slice(1))
  let units = ENVELOPE_UNITS
  for (const change of changes) units += unitsOf(change) + ENVELOPE_UNITS
  if (units * JSON_PER_UNIT <= limits.frameUnits) return
  const json = JSON.stringify(changes).length + ENVELOPE_UNITS
  if (json <= limits.frameUnits) return
  const text = `A transaction may take ${limits.frameUnits} units of JSON, this one takes ${json}. Make several of it.`
  throw new ReplicaError('submission_too_large', text)
}
