/** Validates untrusted input against a schema, with readable errors. */
import * as v from 'valibot'
import { chosenName, NAME_POINTS } from '../../auth/names.ts'
import { ApiError } from './errors.ts'

/** @throws ApiError 400 that names the field */
export function parse<Output>(shape: v.GenericSchema<unknown, Output>, value: unknown): Output {
  // Valibot accepts an array as an object with numeric keys.
  if (!isNoList(value)) throw new ApiError(400, 'bad_request', 'The body must be an object.')
  const parsed = v.safeParse(shape, value)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  const at = v.getDotPath(issue)
  throw new ApiError(400, 'bad_request', at === null ? issue.message : `${at}: ${issue.message}`)
}

export function isNoList(value: unknown): boolean {
  return !Array.isArray(value)
}

/** A display name that a user chose. @throws ApiError 400 `bad_name` */
export function parseName(text: string): string {
  const name = chosenName(text)
  if (name !== null) return name
  const rule = `A name has 1 to ${NAME_POINTS} characters, at least one of them visible, and no control characters.`
  throw new ApiError(400, 'bad_name', rule)
}
