/**
 * Invitations: a token in the fragment of a room's address, which is never sent to a server. It is removed
 * from the address at once, and must be a signed token: if a guest secret were accepted from a link, whoever
 * made the link could act as the person who opens it.
 *
 * Invariant: this window's previous invitation stays in place until the room has accepted the new one. From
 * then on, this window and later windows of the browser join with it. If the browser belongs to the room's
 * owner, it applies to this window only: an owner who tries their own link does not lose the room.
 */
import { invitationOf } from '../shell/routes.ts'

const LINKED = 'edgeroom-link:'
const TAKEN = 'edgeroom-invitation:'
const OWNED = 'edgeroom-owned:'

/** A signed token: three base64url parts. */
const SIGNED = /^[\w-]+\.[\w-]+\.[\w-]+$/

export interface Entrance {
  /** The token of a link, not yet shown to the room; null if there is none. */
  readonly linked: string | null
  /** The invitation this window or browser joined with before; null for a guest. */
  readonly stored: string | null
  /** Whether this window has joined the room before, or this browser as an invited person or the owner. */
  readonly isKnown: boolean
  /** Whether the address contained an invitation that is no signed token. */
  readonly isBadLink: boolean
}

/** How this window joins. Removes an invitation from the address. */
export function entranceTo(room: string): Entrance {
  const isBadLink = takeOutOfAddress(room) === 'bad'
  const own = sessionStorage.getItem(TAKEN + room)
  // An empty string marks a window that joined as a guest: it stays that guest.
  const stored = own ?? localStorage.getItem(TAKEN + room)
  const isKnown = stored !== null || localStorage.getItem(OWNED + room) !== null
  return { linked: sessionStorage.getItem(LINKED + room), stored: stored || null, isKnown, isBadLink }
}

/** Removes an invitation from the address, and stores it if it is a signed token. */
export function takeOutOfAddress(room: string): 'link' | 'bad' | null {
  const token = invitationOf(location.hash)
  if (token === null) return null
  history.replaceState(null, '', location.pathname + location.search)
  if (!SIGNED.test(token)) return 'bad'
  sessionStorage.setItem(LINKED + room, token)
  return 'link'
}

/** The room accepted the token: this window, and usually this browser, joins with it from now on. */
export function keepLink(room: string, token: string): void {
  dropLink(room)
  sessionStorage.setItem(TAKEN + room, token)
  if (localStorage.getItem(OWNED + room) === null) localStorage.setItem(TAKEN + room, token)
}

/** The room did not accept the token of the link. */
export function dropLink(room: string): void {
  sessionStorage.removeItem(LINKED + room)
}

/** Joins as a guest from now on. */
export function forgetInvitation(room: string): void {
  dropLink(room)
  sessionStorage.removeItem(TAKEN + room)
  localStorage.removeItem(TAKEN + room)
}

/** Records that this window joined as a guest. @param isOwner whether they own the room */
export function rememberGuest(room: string, user: string, isOwner: boolean): void {
  sessionStorage.setItem(TAKEN + room, '')
  if (isOwner) {
    localStorage.setItem(OWNED + room, user)
    localStorage.removeItem(TAKEN + room)
  } else if (localStorage.getItem(OWNED + room) === user) localStorage.removeItem(OWNED + room)
}
