/**
 * Names of people, as others see them. They come from outside and are shown to everybody: a name is one line, has nothing in it that
 * changes how the text around it reads, and something that can be seen. Names are not unique, and nothing is decided by them.
 */

import { BIDI, HAS_VISIBLE, INVISIBLE } from '../core/protocol/visible.ts'

/** Points of a name. */
export const NAME_POINTS = 64

/** What no name has: control characters, halves of surrogate pairs, and what cannot be seen or turns the direction of the text. */
const UNFIT = String.raw`[\p{Cc}\p{Cs}]|${BIDI}|${INVISIBLE}`
const HAS_UNFIT = new RegExp(UNFIT, 'u')
const EACH_UNFIT = new RegExp(UNFIT, 'gu')
const SPACES = /\s+/g

/** A name that somebody's identity provider tells, made fit to be shown. Empty where nothing is left that can be seen. */
export function cleanName(text: string): string {
  const name = text.replace(SPACES, ' ').replace(EACH_UNFIT, '').replace(SPACES, ' ').trim()
  const cut = [...name].slice(0, NAME_POINTS).join('').trimEnd()
  return HAS_VISIBLE.test(cut) ? cut : ''
}

/** A name that somebody chose just now, with its spaces folded; null for one that does not go, so that they can choose another. */
export function chosenName(text: string): string | null {
  if (HAS_UNFIT.test(text)) return null
  const name = text.replace(SPACES, ' ').trim()
  return HAS_VISIBLE.test(name) && [...name].length <= NAME_POINTS ? name : null
}
