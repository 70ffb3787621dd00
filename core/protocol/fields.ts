/**
 * Reads fields of a client's message: each function returns a value of the wanted type, or throws the error
 * that closes the socket.
 */
import { CLOSE, ProtocolError } from './codes.ts'

export type Fields = Readonly<Record<string, unknown>>

/** Ids of clients, files and blobs: safe in a URL, a log line and an SQL row. */
const ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/
/** The rule for ids, to be used in messages. */
export const ID_WORDS = '1 to 64 of A-Z a-z 0-9 _ . -, a letter or digit first'

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether `value` is a non-negative integer, such as a seq, an index or a time. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

export function count(value: unknown, name: string): number {
  if (!isCount(value)) throw bad(`${name} must be a non-negative integer`)
  return value
}

/** Whether `value` is a valid id of a file or blob. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value)
}

export function id(value: unknown, name: string): string {
  if (!isId(value)) throw bad(`${name} must be ${ID_WORDS}`)
  return value
}

export function string(value: unknown, name: string): string {
  if (typeof value !== 'string') throw bad(`${name} must be a string`)
  return value
}

export function bad(message: string): ProtocolError {
  return new ProtocolError(CLOSE.badMessage, message)
}
