/**
 * How hard a secret is to guess, as far as the text itself shows. The estimate is an upper bound: it finds
 * repetition, sequences such as `abcd` or `4321`, and the placeholders of documentation; it has no
 * dictionary and no keyboard layout. Pure: the secret is neither stored nor quoted.
 */

/** Least UTF-16 units of a deployment's secret. */
export const SERVER_SECRET_UNITS = 32

/** Least estimated bits of it. 16 random bytes have more than 100 by this estimate, in any encoding. */
const SERVER_SECRET_BITS = 80

/** Least UTF-16 units of a guest's secret. */
export const GUEST_SECRET_UNITS = 16

/** Least estimated bits of a guest's secret. The ones the SDK generates have more than 120. */
const GUEST_SECRET_BITS = 40

/**
 * Placeholders that people leave in a configuration. Every attacker's list has them, so they count for
 * nothing.
 */
const PLACEHOLDERS =
  /change[\W_]*(?:me|it|this)|replace[\W_]*(?:me|it|this)?|placeholder|password|passphrase|example|default|insert|secret|please|letmein|qwerty\w*|asdfgh\w*|edgeroom|development|production|something|characters?|long|your|here|key|at[\W_]*least/gi

/** Length at which a recurring sequence counts as repetition. */
const REPEATED_UNITS = 3

/** UTF-16 units that are examined: more cannot make a secret weaker. */
const MOST_UNITS = 1_024

/** Estimated bits of a secret, as an upper bound: 0 for an empty one. */
export function strengthOf(secret: string): number {
  const text = secret.slice(0, MOST_UNITS).replace(PLACEHOLDERS, '')
  const perUnit = Math.log2(new Set(text).size)
  const seen = new Set<string>()
  let bits = 0
  for (let i = 0; i < text.length; i++) {
    const end = text.slice(Math.max(0, i - REPEATED_UNITS + 1), i + 1)
    const isRepeated = end.length === REPEATED_UNITS && seen.has(end)
    seen.add(end)
    if (!isRepeated && !isRun(end)) bits += perUnit
  }
  return bits
}

/** Whether a deployment may sign with this secret. */
export function isServerSecret(secret: string): boolean {
  return secret.length >= SERVER_SECRET_UNITS && strengthOf(secret) >= SERVER_SECRET_BITS
}

/** Whether a guest may use this secret: nobody else finds it by guessing. */
export function isGuestSecret(secret: string): boolean {
  return secret.length >= GUEST_SECRET_UNITS && strengthOf(secret) >= GUEST_SECRET_BITS
}

/** Whether three units are equal, ascending or descending by one. */
function isRun(text: string): boolean {
  const [a, b, c] = [text.charCodeAt(0), text.charCodeAt(1), text.charCodeAt(2)]
  return text.length === REPEATED_UNITS && b - a === c - b && Math.abs(b - a) <= 1
}
