/**
 * Maps an address to its network, the smallest unit that a provider assigns to one customer, so that nobody
 * counts as several by having many addresses.
 */

/** Number of groups of an IPv6 address that identify the network (/64): the customer chooses the rest. */
const NETWORK_GROUPS = 4

/** @param address IPv4 or IPv6, as written by the platform */
export function networkOf(address: string): string {
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? []
  if (mapped !== undefined) return mapped
  if (!address.includes(':')) return address
  const [head = '', tail] = address.toLowerCase().split('::')
  const [left, right] = [groupsOf(head), groupsOf(tail ?? '')]
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return [...left, ...(tail === undefined ? [] : zeros), ...right].slice(0, NETWORK_GROUPS).join(':')
}

function groupsOf(part: string): string[] {
  return part === '' ? [] : part.split(':').map((group) => group.replace(/^0+(?=.)/, ''))
}
