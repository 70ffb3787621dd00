/**
 * Invitations: a token that came in the fragment of a room's address, which no server sees. It is taken out of the address at once, and
 * has to be a signed one: by a guest's secret in a link, whoever made the link could be the person who opens it. Invariant: what this
 * window came in with before stays in its place until the room has taken the token of the link. From then on that is how this window
 * comes into the room, and later windows of this browser too. Where this browser has the room's owner it is this window's
 * alone: who tries out a link of their own does not lose their room over it.
 */
import { invitationOf } from '../shell/routes.ts'

const LINKED = 'edgeroom-link:'
const TAKEN = 'edgeroom-invitation:'
const OWNED = 'edgeroom-owned:'

/** A token as an invitation has it: three parts of base64url. */
const SIGNED = /^[\w-]+\.[\w-]+\.[\w-]+$/

export interface Entrance {
  /** The token of a link that the room has not been shown yet; null for none. */
  readonly linked: string | null
  /** The invitation by which this window came in before; null for a guest. */
  readonly stored: string | null
  /** Whether this browser came into the room before, as whoever it was. */
  readonly isKnown: boolean
  /** Whether the address had something for an invitation that is none. */
  readonly isBadLink: boolean
}

/** How this window comes in. Nothing that a link brought stands in the address any more. */
export function entranceTo(room: string): Entrance {
  const isBadLink = takeOutOfAddress(room) === 'bad'
  const own = sessionStorage.getItem(TAKEN + room)
  // A window that was in the room as a guest goes on as that guest.
  const stored = own ?? localStorage.getItem(TAKEN + room)
  const isKnown = stored !== null || localStorage.getItem(OWNED + room) !== null
  return { linked: sessionStorage.getItem(LINKED + room), stored: stored || null, isKnown, isBadLink }
}

/** What came into the address of a window that is in the room already. */
export function takeOutOfAddress(room: string): 'link' | 'bad' | null {
  const come = invitationOf(location.hash)
  if (come === null) return null
  history.replaceState(null, '', location.pathname + location.search)
  if (!SIGNED.test(come)) return 'bad'
  sessionStorage.setItem(LINKED + room, come)
  return 'link'
}

/** The room has taken the token of the link: from now on this window, or this browser, comes in by it. */
export function keepLink(room: string, token: string): void {
  dropLink(room)
  sessionStorage.setItem(TAKEN + room, token)
  if (localStorage.getItem(OWNED + room) === null) localStorage.setItem(TAKEN + room, token)
}

/** The room does not take the token of the link. */
export function dropLink(room: string): void {
  sessionStorage.removeItem(LINKED + room)
}

/** Comes in as a guest from now on. */
export function forgetInvitation(room: string): void {
  dropLink(room)
  sessionStorage.removeItem(TAKEN + room)
  localStorage.removeItem(TAKEN + room)
}

/** This window is in the room as a guest. @param isOwner whether the room belongs to them */
export function isHereAsGuest(room: string, user: string, isOwner: boolean): void {
  sessionStorage.setItem(TAKEN + room, '')
  if (isOwner) {
    localStorage.setItem(OWNED + room, user)
    localStorage.removeItem(TAKEN + room)
  } else if (localStorage.getItem(OWNED + room) === user) localStorage.removeItem(OWNED + room)
}
