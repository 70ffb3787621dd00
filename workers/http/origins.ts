/**
 * Which web pages may call: the rules of ALLOWED_ORIGINS, pure. An origin is compared as a whole, as the
 * browser sends it (scheme, host, port); there are no patterns, so an origin that merely resembles an
 * allowed one is not.
 */

import { isLoopback } from '../../auth/loopback.ts'

export interface OriginRules {
  /** `*`: any page may call, at any host name. */
  readonly isOpen: boolean
  /** Normalized origins. */
  readonly listed: ReadonlySet<string>
  /** Whether pages of the local machine may call. */
  readonly isLocal: boolean
}

/**
 * The normal form of an origin: lower case, without its scheme's default port. Null if it is not an origin:
 * `null` (a page without an origin), a pattern, or an address with anything after the port, even a slash.
 */
export function normalOrigin(text: string): string | null {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^\s/?#\\@*,]+$/i.test(text) || !URL.canParse(text)) return null
  const { protocol, host } = new URL(text)
  return host === '' ? null : `${protocol}//${host.toLowerCase()}`
}

/**
 * Parses ALLOWED_ORIGINS: origins separated by commas, or `*`.
 * @throws Error that says which entry is invalid, without quoting it
 */
export function originRules(list: string, isLocal: boolean): OriginRules {
  const entries = list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
  const listed = entries.flatMap((entry, index) => {
    if (entry === '*') return []
    const origin = normalOrigin(entry)
    if (origin !== null) return [origin]
    throw new Error(
      `Entry ${index + 1} of ALLOWED_ORIGINS is not an origin. Write https://app.example.com, with the port unless it is ` +
        'the default and no trailing slash; several separated by commas; or * to allow every page.',
    )
  })
  return { isOpen: entries.includes('*'), listed: new Set(listed), isLocal }
}

/** Whether a page of `origin` may call the deployment at `own`, both as in headers and URLs. */
export function mayCall(rules: OriginRules, origin: string, own: string): boolean {
  if (rules.isOpen) return true
  const normal = normalOrigin(origin)
  return normal !== null && (normal === normalOrigin(own) || isTrusted(rules, normal))
}

/**
 * Whether a deployment responds at `own`. A local one does only at the local machine's names: otherwise a
 * page whose own host name was made to resolve to this machine (DNS rebinding) would be same-origin with the
 * rooms here.
 */
export function answersAt(rules: OriginRules, own: string): boolean {
  return rules.isOpen || !rules.isLocal || isTrusted(rules, normalOrigin(own) ?? '')
}

function isTrusted(rules: OriginRules, normal: string): boolean {
  return rules.listed.has(normal) || (rules.isLocal && isOfThisMachine(normal))
}

function isOfThisMachine(normal: string): boolean {
  return /^https?:/.test(normal) && isLoopback(new URL(normal).hostname)
}
