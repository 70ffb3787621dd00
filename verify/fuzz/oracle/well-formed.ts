/** Lone halves of surrogate pairs: UTF-8 has no bytes for them, so none ever reaches a room but as an escape in JSON. */

/** The text as it arrives when its UTF-8 is sent. */
export function asSent(text: string): string {
  return Buffer.from(text).toString()
}

export function isWellFormed(text: string): boolean {
  return asSent(text) === text
}
