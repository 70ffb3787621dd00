/**
 * Parses the values of settings. A number is decimal digits and nothing else: a sign, a fraction, an
 * exponent or hexadecimal is an error, even where JavaScript would accept it. No message quotes the value,
 * which may be a secret in the wrong variable. It knows no setting by name.
 */
import { TIMER_MS } from '../../core/protocol/limits.ts'

export interface Range {
  readonly least: number
  readonly most: number
}

/** A hundred years in ms: an alarm further ahead is a mistake, and may not even fit a date. */
const CENTURY_MS = 3_153_600_000_000

/** Counts where 0 has a meaning of its own, such as no limit. */
export const FROM_ZERO: Range = { least: 0, most: Number.MAX_SAFE_INTEGER }
/** Counts where 0 would refuse everything. */
export const ABOVE_ZERO: Range = { least: 1, most: Number.MAX_SAFE_INTEGER }
/** ms of a platform timer: a larger value would fire at once. */
export const TIMER: Range = { least: 0, most: TIMER_MS }
/** The same, where 0 would make everything fail. */
export const TIMEOUT: Range = { least: 1, most: TIMER_MS }
/** ms until an alarm. */
export const DELAY: Range = { least: 0, most: CENTURY_MS }

/** Whether a variable is set; an empty one is not. */
export function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}

/**
 * The whole number a setting has, or its default if it is not set.
 * @param value text, or a number if `[vars]` in wrangler.toml has one
 * @throws Error naming the setting and its range
 */
export function wholeOf<T>(name: string, value: unknown, fallback: T, range: Range): number | T {
  if (!isSet(value)) return fallback
  const digits = typeof value === 'number' ? String(value) : value
  const number =
    typeof digits === 'string' && /^(?:0|[1-9][0-9]*)$/.test(digits) ? Number(digits) : Number.NaN
  if (number >= range.least && number <= range.most) return number
  throw new Error(`The setting ${name} must be a whole number ${wordsOf(range)}, in decimal digits.`)
}

function wordsOf({ least, most }: Range): string {
  return most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`
}

/**
 * The text a setting has; empty if it is not set.
 * @throws Error naming the setting if it is not text
 */
export function textOf(name: string, value: unknown): string {
  if (!isSet(value)) return ''
  if (typeof value === 'string') return value
  throw new Error(`The setting ${name} must be text, in quotation marks in wrangler.toml.`)
}

/** Whether a text is an http(s) URL without credentials and without spaces anywhere. */
export function isHttpAddress(text: string): boolean {
  if (/\s/.test(text) || !/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) return false
  const { username, password } = new URL(text)
  return username === '' && password === ''
}
