/** Fixed secrets of guests. */

/** A valid guest secret, the same for each name. */
export function secretOf(name: string): string {
  return `secret-of-${name}-5d1c7e02b8f3a964`
}
