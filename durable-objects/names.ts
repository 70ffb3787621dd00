/**
 * Names of people, as others see them. They come from outside and are shown to everybody: a name is one line, has nothing in it that
 * changes how the text around it reads, and something that can be seen. Names are not unique, and nothing is decided by them.
 */

/** Points of a name. */
export const NAME_POINTS = 64

/**
 * What no name has: control characters, halves of surrogate pairs, whatever turns the direction of the text, and spaces without width. The
 * joiners stay: emoji and Persian are written with them.
 */
const UNFIT = String.raw`[\p{Cc}\p{Cs}\p{Bidi_Control}\u200b\u2060\ufeff\ufff9-\ufffb]`
const HAS_UNFIT = new RegExp(UNFIT, 'u')
const EACH_UNFIT = new RegExp(UNFIT, 'gu')
const SPACES = /\s+/g
const HAS_VISIBLE = /[^\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}]/u

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
