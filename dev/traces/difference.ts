/**
 * The first difference between two texts, in words; null if they are equal. Positions are in UTF-16 units.
 */
export function firstDifference(expected: string, actual: string): string | null {
  if (expected === actual) return null
  let at = 0
  while (at < expected.length && expected[at] === actual[at]) at++
  const show = (text: string) => JSON.stringify(text.slice(at, at + 30))
  const sizes =
    expected.length === actual.length ? '' : ` (${expected.length} units expected, ${actual.length} there)`
  return `differs at unit ${at}: ${show(expected)} expected, ${show(actual)} there${sizes}`
}
