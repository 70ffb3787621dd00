/** The body of `POST /api/rooms`, checked. Only its shape is judged here; whether paths and sizes suit is the room's to say. */
import * as v from 'valibot'
import { OpError, parseText } from '../core/text/op.ts'
import type { NewFile } from '../durable-objects/import.ts'
import { ApiError } from './errors.ts'

/** Names of rooms: safe in a URL and in a log line. */
export const ROOM_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

const Body = v.strictObject({
  room: v.optional(
    v.pipe(
      v.string(),
      v.regex(ROOM_NAME, 'room must be 1 to 64 of A-Z a-z 0-9 _ -, a letter or digit first'),
    ),
  ),
  // Not a record of Valibot's: that leaves out keys like `constructor`, which are good paths.
  files: v.optional(v.custom<object>(isTextsByPath, 'an object is expected: texts by path')),
})

/** Valibot takes a list for an object with numbers as keys. */
function isNoList(value: unknown): boolean {
  return !Array.isArray(value)
}

function isTextsByPath(value: unknown): boolean {
  return typeof value === 'object' && value !== null && isNoList(value)
}

export interface NewRoom {
  readonly room: string
  readonly files: readonly NewFile[]
}

/** @throws ApiError 400 that says what is wrong */
export function parseNewRoom(body: unknown): NewRoom {
  if (!isNoList(body)) throw new ApiError(400, 'bad_request', 'The body must be an object.')
  const parsed = v.safeParse(Body, body)
  if (!parsed.success) {
    const [issue] = parsed.issues
    const at = v.getDotPath(issue)
    throw new ApiError(400, 'bad_request', at === null ? issue.message : `${at}: ${issue.message}`)
  }
  const { room = randomName(), files = {} } = parsed.output
  return { room, files: Object.entries(files).map(([path, text]) => ({ path, text: checked(path, text) })) }
}

/** Line ends become LF, the only one that a room knows; what can never be stored is refused. */
function checked(path: string, text: unknown): string {
  if (typeof text !== 'string') {
    throw new ApiError(400, 'bad_request', `files.${path}: a file must be a string, its text`)
  }
  try {
    return parseText(text.replace(/\r\n?/g, '\n'))
  } catch (error) {
    if (error instanceof OpError) throw new ApiError(422, error.code, `${path}: ${error.message}`)
    throw error
  }
}

/** 20 characters of 32: 100 bits, so a room that is not named cannot be guessed. */
function randomName(): string {
  const letters = 'abcdefghijkmnpqrstuvwxyz23456789'
  return [...crypto.getRandomValues(new Uint8Array(20))].map((byte) => letters[byte & 31]).join('')
}
