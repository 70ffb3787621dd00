/** Markers: marked pieces of text, each typed once in the whole run, so that what is lost or doubled can be told by its name. */

const MARKER = /<[a-z]\w*\.\d+\|?x*>/g

/** @param units so long a marker, at least */
export function markerOf(who: string, count: number, units = 0): string {
  const name = `<${who}.${count}`
  return units > name.length ? `${name}|${'x'.repeat(units - name.length)}>` : `${name}>`
}

/** The markers in a text, or in any data as its JSON, in their order. Of long ones the name alone. */
export function markersIn(data: unknown): string[] {
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  return [...text.matchAll(MARKER)].map(([marker]) => marker.replace(/\|x*>$/, '>'))
}

/** The units nearest after `unit` that lie between two markers. */
export function boundaryAfter(text: string, unit: number): number {
  const start = text.indexOf('<', unit)
  return start === -1 ? text.length : start
}
