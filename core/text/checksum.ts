// Checksum to verify that two copies of a text are the same. Not cryptographic: it detects accidents only.
//
// Over the UTF-16 units u[0] … u[n-1] of the text, with all arithmetic on unsigned 32-bit integers (mod
// 2^32):
//
//   h = 0
//   for each unit u:  h = h * 747796405 + (u + 1)
//   x = h XOR n
//   x = x XOR (x >> 16);  x = x * 0x85ebca6b
//   x = x XOR (x >> 13);  x = x * 0xc2b2ae35
//   x = x XOR (x >> 16)                              the checksum: x, from 0 to 4294967295
//
// Test vectors: ""  → 0;  "abc" → 2656864683;  "Grüße, 世界 😀\n" → 1175737697
//
// The loop is Horner's rule for a polynomial, so the h of two concatenated texts is
// h(a) * 747796405^(units of b) + h(b): a tree caches h for each part and recomputes only what an edit
// touched. The multiplier is 5 modulo 8 (its powers have period 2^30, the longest possible); the last
// four lines are the finaliser of MurmurHash3.

const M1 = 747796405
const M2 = Math.imul(M1, M1)
const M3 = Math.imul(M2, M1)
const M4 = Math.imul(M2, M2)

/** Checksum of a plain string: an integer from 0 to 2^32 - 1. */
export function checksumOf(text: string): number {
  return finishHash(hashUnits(text), text.length)
}

/**
 * The polynomial h of a string before finalisation, as uint32. Processes four units per step, since each
 * step depends on the previous.
 */
export function hashUnits(text: string): number {
  const units = text.length
  const whole = units & ~3
  let h = 0
  let i = 0
  for (; i < whole; i += 4) {
    h =
      (Math.imul(h, M4) +
        Math.imul(text.charCodeAt(i) + 1, M3) +
        Math.imul(text.charCodeAt(i + 1) + 1, M2) +
        Math.imul(text.charCodeAt(i + 2) + 1, M1) +
        text.charCodeAt(i + 3) +
        1) |
      0
  }
  for (; i < units; i++) h = (Math.imul(h, M1) + text.charCodeAt(i) + 1) | 0
  return h >>> 0
}

/** The h of two concatenated texts, given the h of both and the units of the second. */
export function appendHash(left: number, right: number, rightUnits: number): number {
  return (Math.imul(left, power(rightUnits)) + right) >>> 0
}

/** The checksum of a text with known h and units. */
export function finishHash(h: number, units: number): number {
  let x = h ^ units
  x ^= x >>> 16
  x = Math.imul(x, 0x85ebca6b)
  x ^= x >>> 13
  x = Math.imul(x, 0xc2b2ae35)
  x ^= x >>> 16
  return x >>> 0
}

// Powers of the multiplier: one table for the low ten bits of the exponent, one for the rest. The second
// grows on demand, to one entry per 1,024 units of the largest text seen.
const LOW = new Int32Array(1024)
LOW[0] = 1
for (let i = 1; i < 1024; i++) LOW[i] = Math.imul(LOW[i - 1]!, M1)
const M1024 = Math.imul(LOW[1023]!, M1)
const HIGH: number[] = [1]

function power(exponent: number): number {
  const high = exponent >>> 10
  while (HIGH.length <= high) HIGH.push(Math.imul(HIGH[HIGH.length - 1]!, M1024))
  return Math.imul(LOW[exponent & 1023]!, HIGH[high]!)
}
