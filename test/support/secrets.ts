/** What guests show who are the same each time. */

/** A secret that the room takes, of a guest by this name. */
export function secretOf(name: string): string {
  return `secret-of-${name}-5d1c7e02b8f3a964`
}
