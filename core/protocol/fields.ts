/** Reading what a client sent, field by field: each answers a value of the type that is wanted, or throws what closes the socket. */
import { CLOSE, ProtocolError } from './codes.ts'

export type Fields = Readonly<Record<string, unknown>>

/** Ids of clients, files and blobs: safe in a URL, a log line and a SQL row. */
const ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/
/** What an id must be, in words. */
export const ID_WORDS = '1 to 64 of A-Z a-z 0-9 _ . -, a letter or digit first'

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether this is a number of something: a seq, an index, a time. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

export function count(value: unknown, name: string): number {
  if (!isCount(value)) throw bad(`${name} must be an integer from 0`)
  return value
}

/** Whether a file or a blob may be called so. */
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
