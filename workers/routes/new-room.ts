/** The body of `POST /api/rooms`, checked. Only its shape is judged here; whether paths and sizes suit is the room's to say. */
import * as v from 'valibot'
import type { Access } from '../../core/protocol/messages.ts'
import { ROOM_NAME, ROOM_NAME_RULE } from '../../core/protocol/room-name.ts'
import { OpError, parseText } from '../../core/text/op.ts'
import type { NewFile } from '../../durable-objects/room/import.ts'
import { ApiError } from '../http/errors.ts'
import { isNoList, parse, parseName } from '../http/parse.ts'

const Body = v.strictObject({
  room: v.optional(v.pipe(v.string(), v.regex(ROOM_NAME, `room ${ROOM_NAME_RULE}`))),
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
  readonly files: NewFile[]
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

/** Bytes that a call to another object can carry, with something left for the rest of the call. */
const CALL_BYTES = 32 * 1024 * 1024 - 64 * 1024
/** Bytes of a file in a call beside its path and text, at most. */
const FILE_OVERHEAD_BYTES = 64

/**
 * Makes sure that the files of a new room can be handed to its object: the platform would break the call off, long after the body was
 * taken for good.
 * @throws ApiError 413
 */
export function checkPassable(files: readonly NewFile[]): void {
  let bytes = 0
  for (const { path, text } of files) bytes += FILE_OVERHEAD_BYTES + callBytes(path) + callBytes(text)
  if (bytes <= CALL_BYTES) return
  throw new ApiError(
    413,
    'too_large',
    `The files of a new room may have ${CALL_BYTES} bytes; these have ${bytes}. A file with a character beyond Latin-1 counts ` +
      'two bytes a UTF-16 unit. Make the room with some of them, and create the others in it.',
  )
}

/** A call carries a string in one byte a unit, or in two where a single character is beyond Latin-1. */
function callBytes(text: string): number {
  return /[^\0-\xff]/.test(text) ? text.length * 2 : text.length
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
