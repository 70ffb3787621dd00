/**
 * How hard a secret is to guess, as far as the text itself tells. The estimate is an upper bound: it finds repetition, runs such as
 * `abcd` or `4321`, and words that stand in for a secret in documentation; it knows no dictionary and no keyboard. Pure: what is
 * judged is neither kept nor quoted.
 */

/** UTF-16 units that a deployment's secret has at least. */
export const SERVER_SECRET_UNITS = 32

/** Bits of it, at least. 16 random bytes have more than 100 by this estimate, however they are written. */
const SERVER_SECRET_BITS = 80

/** UTF-16 units that the secret of a guest has at least. */
export const GUEST_SECRET_UNITS = 16

/** Bits that the secret of a guest has at least. What the SDK makes up has more than 120. */
const GUEST_SECRET_BITS = 40

/** Words that people leave in a configuration. They are in every list that an attacker tries, so they count for nothing. */
const PLACEHOLDERS =
  /change[\W_]*(?:me|it|this)|replace[\W_]*(?:me|it|this)?|placeholder|password|passphrase|example|default|insert|secret|please|letmein|qwerty\w*|asdfgh\w*|edgeroom|development|production|something|characters?|long|your|here|key|at[\W_]*least/gi

/** Units after which a sequence that was there before is a repetition. */
const REPEATED_UNITS = 3

/** UTF-16 units that are looked at: the rest makes no secret weaker. */
const MOST_UNITS = 1_024

/** Bits of a secret, estimated from above: 0 for an empty one. */
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

/** Whether a guest may go by this secret: nobody else comes upon it by trying. */
export function isGuestSecret(secret: string): boolean {
  return secret.length >= GUEST_SECRET_UNITS && strengthOf(secret) >= GUEST_SECRET_BITS
}

/** Whether three units follow each other at the same distance, of one at the most. */
function isRun(text: string): boolean {
  const [a, b, c] = [text.charCodeAt(0), text.charCodeAt(1), text.charCodeAt(2)]
  return text.length === REPEATED_UNITS && b - a === c - b && Math.abs(b - a) <= 1
}
