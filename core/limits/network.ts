/**
 * The network that an address is taken for: what one customer of a provider has, so that nobody counts as
 * many by having many addresses.
 */

/** Groups of an IPv6 address that name its network (/64): the rest is the customer's own to choose. */
const NETWORK_GROUPS = 4

/** @param address IPv4 or IPv6, as the platform writes it */
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
