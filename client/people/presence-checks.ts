/** Refuses presence that the room would refuse, or close the connection for, before any of it is sent. */
import { isId } from '../../core/protocol/fields.ts'
import { JSON_DEPTH, jsonExcess } from '../../core/protocol/json-bounds.ts'
import type { ClientLimits } from '../../core/protocol/limits.ts'
import type { Selection, SetPresence } from '../../core/protocol/messages.ts'
import { SdkError } from '../sdk-error.ts'
import type { SelectionRange, Whereabouts } from '../types.ts'

/** A position in points of the local text, with everything sent along. */
interface OwnPlace {
  readonly seq: number
  readonly file: string | null
  readonly selections: readonly Selection[]
  readonly viewport: Selection | null
  readonly data: Whereabouts['data']
}

/** @throws SdkError `bad_presence` for an invalid value, `presence_too_large` for too many selections */
export function checkWhereabouts(
  { file, selections, viewport, data }: Whereabouts,
  limits: ClientLimits,
): void {
  if (file != null && !isId(file))
    throw bad('`file` must be the id of a file (`OpenFile.file`), not its path.')
  if (data !== undefined && (typeof data !== 'object' || data === null || Array.isArray(data)))
    throw bad('`data` must be an object.')
  if (![...(selections ?? []), ...(viewport ? [viewport] : [])].every(isRange))
    throw bad('`anchor` and `head` must be integers: UTF-16 units of the local text.')
  const { length } = selections ?? []
  if (length > limits.selections) throw tooLarge(tooManySelections(length, limits))
}

/**
 * @throws SdkError `bad_presence` when it cannot be written as JSON, `presence_too_large` when the JSON
 *   would be too long
 */
export function checkPlace({ viewport, ...place }: OwnPlace, limits: ClientLimits): void {
  let json: string
  try {
    json = JSON.stringify({ type: 'presence', ...place, ...(viewport === null ? {} : { viewport }) })
  } catch (error) {
    throw bad(`\`data\` cannot be written as JSON: ${String(error)}`)
  }
  const excess = excessOf(json, limits)
  if (excess !== null) throw tooLarge(excess)
  if (jsonExcess(json) !== null) throw tooLarge(`\`data\` may have ${JSON_DEPTH - 1} levels.`)
}

/** Which limit a message exceeds; null if none. */
export function presenceExcess(message: SetPresence, limits: ClientLimits): string | null {
  const { length } = message.selections
  return length > limits.selections
    ? tooManySelections(length, limits)
    : excessOf(JSON.stringify(message), limits)
}

function excessOf({ length }: string, { presenceUnits }: ClientLimits): string | null {
  if (length <= presenceUnits) return null
  return `Presence may have ${presenceUnits} units of JSON, with \`data\` and all selections, not ${length}.`
}

function tooManySelections(count: number, { selections }: ClientLimits): string {
  return `Presence may have at most ${selections} selections, not ${count}.`
}

function isRange({ anchor, head }: SelectionRange): boolean {
  return Number.isSafeInteger(anchor) && Number.isSafeInteger(head)
}

function bad(message: string): SdkError {
  return new SdkError('bad_presence', message)
}

function tooLarge(message: string): SdkError {
  return new SdkError('presence_too_large', message)
}
