/**
 * Which web pages may call: the rules of ALLOWED_ORIGINS, pure. An origin is compared whole, as the browser names it
 * (scheme, host, port); there are no patterns, so nothing that merely resembles an allowed one gets in.
 */

import { isLoopback } from '../../auth/loopback.ts'

export interface OriginRules {
  /** `*`: any page may call, and at any host name. */
  readonly isOpen: boolean
  /** Origins in normal form. */
  readonly listed: ReadonlySet<string>
  /** Whether the pages of this machine may call. */
  readonly isLocal: boolean
}

/**
 * The normal form of an origin: lower case, without the port that its scheme implies. Null for what is none: `null` (a page
 * without an origin), a pattern, or an address with anything after the port, be it a slash.
 */
export function normalOrigin(text: string): string | null {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^\s/?#\\@*,]+$/i.test(text) || !URL.canParse(text)) return null
  const { protocol, host } = new URL(text)
  return host === '' ? null : `${protocol}//${host.toLowerCase()}`
}

/**
 * Reads ALLOWED_ORIGINS: origins with commas between, or `*`.
 * @throws Error that says which entry is none, without quoting it
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
      `Entry ${index + 1} of ALLOWED_ORIGINS is no origin. Write https://app.example.com, with the port where it is not ` +
        'the usual one and no slash at the end; several with commas between; or * to let every page call.',
    )
  })
  return { isOpen: entries.includes('*'), listed: new Set(listed), isLocal }
}

/** Whether a page of `origin` may call the deployment that is reached at `own`. Both as headers and addresses give them. */
export function mayCall(rules: OriginRules, origin: string, own: string): boolean {
  if (rules.isOpen) return true
  const normal = normalOrigin(origin)
  return normal !== null && (normal === normalOrigin(own) || isTrusted(rules, normal))
}

/**
 * Whether a deployment answers at `own`. One that runs locally answers at this machine's names alone: a page that had its own name
 * resolve to this machine would else be of the same origin as the rooms here.
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
