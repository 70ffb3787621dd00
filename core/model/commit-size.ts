/**
 * The size of a commit as written and sent: the UTF-8 bytes of its JSON, counted change by change as
 * submissions arrive. The count is never less than the actual size, and exact for text, so that a row
 * counted as fitting always fits. It knows the shape of a commit, not who makes one.
 */
import { type Content, contentOf } from '../protocol/changes.ts'
import type { Change, Entry, RemoveChange } from '../protocol/messages.ts'
import type { TextOp } from '../text/op.ts'
import { jsonBytesOf } from '../text/units.ts'

/** A reference to a blob: `{"blob":"…","points":…,"sum":…}`. */
const REF_BYTES = 112
/** `{"client":"","n":,"user":"","changes":[]},` with the longest `n`. */
const ENTRY_BYTES = 60
/** Braces, quotes and keys of a change without content: the maximum over all types. */
const CHANGE_BYTES = 56
/** `,"path":"","was":""` */
const REMOVAL_BYTES = 19
/** UTF-16 units up to which the text of a removed file stays in its commit. */
const WAS_UNITS = 128
/** `"on":false,"name":"",` */
const BAN_BYTES = 21
/** What an invitation takes beyond that: more keys than any other change, and two numbers. */
const INVITE_BYTES = 64
/** `"":4294967295,` for a file's checksum in `sums`. */
const SUM_BYTES = 14
/** `{"d":` and `},` around the points of a delete, or the comma behind a skip. */
const COMPONENT_BYTES = 7
/** Quotes and a comma. */
const STRING_BYTES = 3
/** `9007199254740991` */
const NUMBER_BYTES = 16

/**
 * Bytes of an entry in its commit, including its share of the checksums.
 * @param inlineBytes content above this becomes a blob, and only its reference is counted
 */
export function entryBytes({ client, user, changes }: Entry<Change>, inlineBytes: number): number {
  let bytes = ENTRY_BYTES + client.length + jsonBytesOf(user)
  for (const change of changes) bytes += changeBytes(change, inlineBytes)
  return bytes
}

/** Bytes of content as written in a commit. */
export function contentBytes(content: Content): number {
  return typeof content === 'string' ? jsonBytesOf(content) + STRING_BYTES : opBytes(content)
}

function changeBytes(change: Change, inlineBytes: number): number {
  const content = contentOf(change)
  const bytes = content === null ? 0 : contentBytes(content)
  return CHANGE_BYTES + ownBytes(change) + (bytes > inlineBytes ? REF_BYTES : bytes)
}

/** Bytes of a change apart from its type and its content. */
function ownBytes(change: Change): number {
  switch (change.type) {
    case 'edit':
      return 2 * change.file.length + SUM_BYTES
    case 'create':
      return 2 * change.file.length + SUM_BYTES + jsonBytesOf(change.path)
    case 'rename':
      return change.file.length + jsonBytesOf(change.path)
    case 'remove':
      return REMOVAL_BYTES + change.file.length + jsonBytesOf(change.path ?? '') + wasBytes(change)
    case 'role':
      return jsonBytesOf(change.user) + jsonBytesOf(change.name ?? '') + STRING_BYTES
    case 'kick':
      return jsonBytesOf(change.user) + NUMBER_BYTES
    case 'ban':
      return BAN_BYTES + jsonBytesOf(change.user) + jsonBytesOf(change.name ?? '') + NUMBER_BYTES
    case 'invite':
      return INVITE_BYTES + change.token.length + jsonBytesOf(change.user) + jsonBytesOf(change.name)
    case 'revoke':
      return jsonBytesOf(change.token ?? '') + NUMBER_BYTES
    case 'chat':
      return jsonBytesOf(change.text) + jsonBytesOf(change.name ?? '') + STRING_BYTES
    case 'mode':
    case 'access':
    case 'chatting':
    case 'guests':
    case 'close':
      return 0
  }
}

/** Bytes of a removed file's text, or of its reference, as written in a commit. */
function wasBytes({ was }: RemoveChange): number {
  return typeof was === 'string' && !isLargeWas(was) ? jsonBytesOf(was) : REF_BYTES
}

/**
 * Whether a removed file's text becomes a blob. Clients that follow the room do not need it, so the inline
 * limit is low.
 */
export function isLargeWas(was: string): boolean {
  return was.length > WAS_UNITS
}

function opBytes(op: TextOp): number {
  let bytes = 2
  for (const component of op) {
    if (typeof component === 'string') bytes += jsonBytesOf(component) + STRING_BYTES
    else bytes += COMPONENT_BYTES + digitsOf(typeof component === 'number' ? component : component.d)
  }
  return bytes
}

/** Upper bound of the number of digits. */
function digitsOf(count: number): number {
  return count < 10_000 ? 4 : count < 100_000_000 ? 8 : NUMBER_BYTES
}
