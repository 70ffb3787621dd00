/**
 * Validates the body of `POST /api/rooms`. Only its shape; whether paths and sizes are acceptable is decided
 * by the room.
 */
import * as v from 'valibot'
import type { Access } from '../../core/protocol/messages.ts'
import { ROOM_NAME, ROOM_NAME_RULE } from '../../core/protocol/room-name.ts'
import { OpError, parseText } from '../../core/text/op.ts'
import type { NewFile } from '../../durable-objects/room/import.ts'
import { ApiError } from '../http/errors.ts'
import { isNoList, parse, parseName } from '../http/parse.ts'

const Body = v.strictObject({
  room: v.optional(v.pipe(v.string(), v.regex(ROOM_NAME, `room ${ROOM_NAME_RULE}`))),
  // Not Valibot's record, which drops keys such as `constructor` that are valid paths.
  files: v.optional(v.custom<object>(isTextsByPath, 'an object is expected that maps paths to texts')),
  access: v.optional(v.picklist(['private', 'view', 'edit'], 'access must be private, view or edit')),
  name: v.optional(v.string()),
})

function isTextsByPath(value: unknown): boolean {
  return typeof value === 'object' && value !== null && isNoList(value)
}

export interface NewRoom {
  readonly room: string
  readonly files: NewFile[]
  /** Null if not given. */
  readonly access: Access | null
  /** The owner's display name; null if not given. */
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

/** Most bytes in a call to another object, less some for the rest of the call. */
const CALL_BYTES = 32 * 1024 * 1024 - 64 * 1024
/** Most bytes of a file in a call besides its path and text. */
const FILE_OVERHEAD_BYTES = 64

/**
 * Makes sure that the files of a new room fit a call to its object: the platform would otherwise abort the
 * call, long after the body was accepted.
 * @throws ApiError 413
 */
export function checkPassable(files: readonly NewFile[]): void {
  let bytes = 0
  for (const { path, text } of files) bytes += FILE_OVERHEAD_BYTES + callBytes(path) + callBytes(text)
  if (bytes <= CALL_BYTES) return
  throw new ApiError(
    413,
    'too_large',
    `The files of a new room may have at most ${CALL_BYTES} bytes; these have ${bytes}. A file with a character beyond Latin-1 counts ` +
      'two bytes a UTF-16 unit. Create the room with some of them, and add the others later.',
  )
}

/** A call encodes a string in one byte per unit, or in two if any character is beyond Latin-1. */
function callBytes(text: string): number {
  return /[^\0-\xff]/.test(text) ? text.length * 2 : text.length
}

/** Converts line ends to LF, the only one a room has, and rejects what cannot be stored. */
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

/** 20 characters out of 32: 100 bits, so that the name of an unnamed room cannot be guessed. */
function randomName(): string {
  const letters = 'abcdefghijkmnpqrstuvwxyz23456789'
  return [...crypto.getRandomValues(new Uint8Array(20))].map((byte) => letters[byte & 31]).join('')
}
