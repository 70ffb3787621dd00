/** The names by which a machine calls itself, as addresses have them. */
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** @param hostname of a URL */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.has(hostname)
}
