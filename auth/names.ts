/**
 * Display names. They are untrusted input shown to everybody: a name is one line, contains nothing that
 * affects the text around it, and has something visible. Names are not unique, and nothing is decided by
 * them.
 */

import { BIDI, HAS_VISIBLE, INVISIBLE } from '../core/protocol/visible.ts'

/** Most code points of a name. */
export const NAME_POINTS = 64

/**
 * Not allowed in names: control characters, lone surrogates, invisible characters and those that change the
 * text direction.
 */
const UNFIT = String.raw`[\p{Cc}\p{Cs}]|${BIDI}|${INVISIBLE}`
const HAS_UNFIT = new RegExp(UNFIT, 'u')
const EACH_UNFIT = new RegExp(UNFIT, 'gu')
const SPACES = /\s+/g

/** A name from an identity provider, made displayable. Empty if nothing visible is left. */
export function cleanName(text: string): string {
  const name = text.replace(SPACES, ' ').replace(EACH_UNFIT, '').replace(SPACES, ' ').trim()
  const cut = [...name].slice(0, NAME_POINTS).join('').trimEnd()
  return HAS_VISIBLE.test(cut) ? cut : ''
}

/**
 * A name that a user chose, with spaces collapsed; null if it is not allowed, so that they can choose
 * another.
 */
export function chosenName(text: string): string | null {
  if (HAS_UNFIT.test(text)) return null
  const name = text.replace(SPACES, ' ').trim()
  return HAS_VISIBLE.test(name) && [...name].length <= NAME_POINTS ? name : null
}
