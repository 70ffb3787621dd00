/** Detects misspelt names: a variable with one would be ignored silently, and its default used. */
import { BINDINGS, NUMBERS, TEXTS } from './table.ts'

/** Every known name. */
export const SETTING_NAMES: readonly string[] = Object.keys({ ...NUMBERS, ...TEXTS, ...BINDINGS })

/** Most edits for a name to count as a misspelling of another; fewer for a short one. */
const LETTERS = 2
const LETTERS_OF_SHORT = 1
const SHORT = 8

/**
 * Rejects a name that resembles a known one. A name that resembles none belongs to somebody else and is
 * ignored; so is a binding whose name resembles a variable, or a binding of ours that is present: it
 * replaces neither.
 * @param env variables and bindings, by name
 * @throws Error naming both
 */
export function checkNames(env: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(env)) {
    const meant = meantBy(name)
    if (meant === null) continue
    const isBinding = typeof value === 'object' || typeof value === 'function'
    if (!isBinding || (Object.hasOwn(BINDINGS, meant) && !Object.hasOwn(env, meant))) {
      throw new Error(`There is no setting ${name}: did you mean ${meant}? Rename or remove it.`)
    }
  }
}

/** The known name that a wrong one was meant to be; null if it is itself known, or resembles none. */
export function meantBy(name: string): string | null {
  if (SETTING_NAMES.includes(name)) return null
  const plain = plainOf(name)
  const near = SETTING_NAMES.map((known) => ({ known, letters: lettersBetween(plain, known) }))
    .filter(({ known, letters }) => letters <= (known.length < SHORT ? LETTERS_OF_SHORT : LETTERS))
    .sort((a, b) => a.letters - b.letters)[0]
  if (near !== undefined) return near.known
  return SETTING_NAMES.find((known) => hasWordsOf(plain, known)) ?? null
}

/** In capitals, with underscores: `grace-ms` and `Grace_MS` are GRACE_MS. */
function plainOf(name: string): string {
  return name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
}

/**
 * Whether a name has the words of a known one in another order, or all but the last, which is often the
 * unit.
 */
function hasWordsOf(name: string, known: string): boolean {
  const words = known.split('_')
  if (words.length < 2) return false
  if (name === words.slice(0, -1).join('_')) return true
  return name.split('_').sort().join('_') === [...words].sort().join('_')
}

/** Damerau–Levenshtein distance: insertions, deletions, replacements and swaps of neighbours. */
function lettersBetween(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > LETTERS) return LETTERS + 1
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1]
      let least = Math.min(at(row, j) + 1, at(next, j - 1) + 1, at(row, j - 1) + (isSame ? 0 : 1))
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (isSwap) least = Math.min(least, at(before, j - 2) + 1)
      next.push(least)
    }
    before = row
    row = next
  }
  return at(row, b.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}
