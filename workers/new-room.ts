/** The body of `POST /api/rooms`, checked. Only its shape is judged here; whether paths and sizes suit is the room's to say. */
import * as v from 'valibot'
import type { Access } from '../core/protocol/messages.ts'
import { OpError, parseText } from '../core/text/op.ts'
import type { NewFile } from '../durable-objects/import.ts'
import { ApiError } from './errors.ts'
import { isNoList, parse, parseName } from './parse.ts'

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
  access: v.optional(v.picklist(['private', 'view', 'edit'], 'access must be private, view or edit')),
  name: v.optional(v.string()),
})

function isTextsByPath(value: unknown): boolean {
  return typeof value === 'object' && value !== null && isNoList(value)
}

export interface NewRoom {
  readonly room: string
  readonly files: readonly NewFile[]
  /** Null where nothing is said about it. */
  readonly access: Access | null
  /** What its owner wants to be called, likewise. */
  readonly name: string | null
}

/** @throws ApiError 400 or 422 that says what is wrong */
export function parseNewRoom(body: unknown): NewRoom {
  const { room = randomName(), files = {}, access = null, name } = parse(Body, body)
  return {
    room,
    files: Object.entries(files).map(([path, text]) => ({ path, text: checked(path, text) })),
    access,
    name: name === undefined ? null : parseName(name),
  }
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
