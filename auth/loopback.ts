/** The host names of the local machine. */
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** @param hostname of a URL */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.has(hostname)
}
