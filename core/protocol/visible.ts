/**
 * Characters that have no place in what people read in one line and tell apart: names of people and paths of files. Whatever turns the
 * direction of the text, and whatever cannot be seen. What emoji and scripts such as Persian are written with stays: joiners, variation
 * selectors and tags. Patterns for regular expressions with the flag `u`; no look-behind, which older browsers cannot read.
 */

/** Turns the direction of the text around it. */
export const BIDI = String.raw`\p{Bidi_Control}`

/** Says how the character before it is shown, or joined to the next one. By itself it cannot be seen. */
export const SHAPING = String.raw`[\u180b-\u180d\u180f\u200c\u200d\ufe00-\ufe0f\u{e0020}-\u{e007f}\u{e0100}-\u{e01ef}]`

/** Cannot be seen, and does nothing for what can. */
export const INVISIBLE = String.raw`(?!${SHAPING}|${BIDI})[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]`

/** Something that can be seen. */
export const HAS_VISIBLE = /[^\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}]/u
