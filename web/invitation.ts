/**
 * Invitations: a token that came in the fragment of a room's address, which no server sees. It is taken out of the address and is,
 * from then on, how this window comes into that room, and later windows of this browser too. Where this browser has the room's owner it
 * is this window's alone: who tries out a link of their own does not lose their room over it.
 */
import { invitationOf } from './routes.ts'

const TAKEN = 'edgeroom-invitation:'
const OWNED = 'edgeroom-owned:'

/** The token of the invitation by which this window comes in; null for a guest. */
export function invitationTo(room: string): string | null {
  const come = invitationOf(location.hash)
  if (come !== null) {
    history.replaceState(null, '', location.pathname + location.search)
    take(room, come)
  }
  const own = sessionStorage.getItem(TAKEN + room)
  // A window that was in the room as a guest goes on as that guest.
  return (own ?? localStorage.getItem(TAKEN + room)) || null
}

/** An invitation came into the address of a window that is in the room already. */
export function isInvitedAnew(room: string): boolean {
  const come = invitationOf(location.hash)
  if (come !== null) take(room, come)
  return come !== null
}

/** Comes in as a guest from now on. */
export function forgetInvitation(room: string): void {
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

function take(room: string, token: string): void {
  sessionStorage.setItem(TAKEN + room, token)
  if (localStorage.getItem(OWNED + room) === null) localStorage.setItem(TAKEN + room, token)
}
