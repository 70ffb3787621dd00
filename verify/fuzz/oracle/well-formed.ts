/** Lone surrogates: UTF-8 cannot encode them, so they reach a room only as JSON escapes. */

/** The text as it arrives after being sent as UTF-8. */
export function asSent(text: string): string {
  return Buffer.from(text).toString()
}

export function isWellFormed(text: string): boolean {
  return asSent(text) === text
}
