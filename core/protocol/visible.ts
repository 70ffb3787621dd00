/**
 * Characters that do not belong in names of people or paths of files, which are read on one line and must
 * be distinguishable: those that change the text direction, and those that are invisible. Joiners, variation
 * selectors and tags are allowed, since emoji and scripts such as Persian need them. Patterns for regular
 * expressions with the flag `u`; no look-behind, which older browsers do not support.
 */

/** Changes the direction of the text around it. */
export const BIDI = String.raw`\p{Bidi_Control}`

/** Affects how the previous character is shown or joins the next; invisible by itself. */
export const SHAPING = String.raw`[\u180b-\u180d\u180f\u200c\u200d\ufe00-\ufe0f\u{e0020}-\u{e007f}\u{e0100}-\u{e01ef}]`

/** Invisible, and has no effect on visible characters. */
export const INVISIBLE = String.raw`(?!${SHAPING}|${BIDI})[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]`

/** A visible character. */
export const HAS_VISIBLE = /[^\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}]/u
