/** Where in the demo we are, as the address bar says it: the room in the path, the open file behind the `#`. */

/** The room of the front page, made on the first visit. */
const DEMO = 'demo'

/** Where somebody is given a room of their own. A deployment in production sends its front page here. */
export const NEW_ROOM_PATH = '/new'

/** The room that a path names; null when it names none. */
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

/** What a fragment with an invitation begins with. No fragment of a file does: its `=` is escaped. */
const INVITATION = '#token='

/** What stands for a token in a fragment such as `#token=…`; null for nothing. */
export function invitationOf(hash: string): string | null {
  return hash.startsWith(INVITATION) ? hash.slice(INVITATION.length) || null : null
}

/** The address that lets whoever has it into a room. */
export function invitationAddress(room: string, token: string): string {
  return `${roomAddress(room)}${INVITATION}${token}`
}

/** The path of the open file in a hash such as `#src/App.jsx`; null for none. */
export function fileOf(hash: string): string | null {
  return hash.length > 1 && !hash.startsWith(INVITATION) ? decode(hash.slice(1)) : null
}

export function fileHash(path: string): string {
  return `#${path.split('/').map(encodeURIComponent).join('/')}`
}

/** Null where somebody mistyped an escape: that names nothing. */
function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
