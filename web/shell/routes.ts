/** The address bar: the room is in the path, the open file in the fragment. Pure. */

/** The room of the front page, made on the first visit. */
const DEMO = 'demo'

/** Creates a private room for the visitor. A production deployment redirects its front page here. */
export const NEW_ROOM_PATH = '/new'

/** The room named by a path; null if it names none. */
export function roomOf(pathname: string): string | null {
  if (isFrontPage(pathname)) return DEMO
  const name = /^\/r\/([^/]+)\/?$/.exec(pathname)?.[1]
  return name === undefined ? null : decode(name)
}

export function isFrontPage(pathname: string): boolean {
  return pathname === '/' || pathname === '/index.html'
}

export function roomAddress(room: string): string {
  return `/r/${encodeURIComponent(room)}`
}

/** Prefix of a fragment with an invitation. A file's fragment never starts like this: its `=` is escaped. */
const INVITATION = '#token='

/** The token in a fragment such as `#token=…`; null if there is none. It may be malformed. */
export function invitationOf(hash: string): string | null {
  return hash.startsWith(INVITATION) ? hash.slice(INVITATION.length) || null : null
}

/** The address that lets anyone who has it into a room. */
export function invitationAddress(room: string, token: string): string {
  return `${roomAddress(room)}${INVITATION}${token}`
}

/** The path of the open file in a fragment such as `#src/App.jsx`; null if there is none. */
export function fileOf(hash: string): string | null {
  return hash.length > 1 && !hash.startsWith(INVITATION) ? decode(hash.slice(1)) : null
}

export function fileHash(path: string): string {
  return `#${path.split('/').map(encodeURIComponent).join('/')}`
}

/** Null for a malformed escape sequence. */
function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
