/**
 * Markers: pieces of text that are each typed once in the whole run, so that a lost or duplicated one can be
 * identified.
 */

const MARKER = /<[a-z]\w*\.\d+\|?x*>/g

/** @param units minimum length of the marker */
export function markerOf(who: string, count: number, units = 0): string {
  const name = `<${who}.${count}`
  return units > name.length ? `${name}|${'x'.repeat(units - name.length)}>` : `${name}>`
}

/** The markers in a text, or in any data as JSON, in order. Long ones without their filling. */
export function markersIn(data: unknown): string[] {
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  return [...text.matchAll(MARKER)].map(([marker]) => marker.replace(/\|x*>$/, '>'))
}

/** The nearest position after `unit` that is between two markers. */
export function boundaryAfter(text: string, unit: number): number {
  const start = text.indexOf('<', unit)
  return start === -1 ? text.length : start
}
