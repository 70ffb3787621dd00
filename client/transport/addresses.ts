/**
 * The addresses of a room's socket and HTTP API, from the `url` option of `connect`. The SDK requests no
 * other address. Invariant: `https` and `wss` stay secure, `http` and `ws` stay as they are, and a path in
 * front of the API is kept.
 */
import { SdkError } from '../sdk-error.ts'

/** Scheme of the socket by scheme of `url`. */
const SOCKET_SCHEMES: Readonly<Record<string, 'ws:' | 'wss:'>> = {
  'http:': 'ws:',
  'ws:': 'ws:',
  'https:': 'wss:',
  'wss:': 'wss:',
}

/**
 * The end of the three room addresses in the response of `POST /api/rooms`: its page, its API and its
 * socket.
 */
const OF_A_ROOM = /\/(?:r\/([^/]*)|api\/rooms\/([^/]*)(?:\/connect)?)$/

const EXAMPLE = 'such as https://example.com or https://example.com/edgeroom'

/**
 * The address of a room's socket.
 * @param url of the deployment, or one of the room's own addresses; relative to the page if it starts with
 *   `/`, `./` or `../`
 * @param page address of the page; undefined where there is none
 * @throws SdkError `bad_url`. The message does not quote the URL, which may contain a password or a token
 */
export function socketAddress(
  url: string | URL,
  room: string,
  page: string | undefined = globalThis.location?.href,
): string {
  const address = parse(url, page)
  const scheme = SOCKET_SCHEMES[address.protocol]
  if (scheme === undefined) {
    throw badUrl(`it must begin with http:, https:, ws: or wss:, not with ${address.protocol}`)
  }
  if (address.username !== '' || address.password !== '') {
    throw badUrl('it must have no user name or password; use `token`')
  }
  // Requests go to paths below this one, so a query or fragment would be lost, and the caller expected
  // an effect.
  if (/[?#]/.test(address.href)) throw badUrl('it must have no ? or #')
  const path = address.pathname.replace(/\/+$/, '')
  return `${scheme}//${address.host}${prefixOf(path, room)}/api/rooms/${encodeURIComponent(room)}/connect`
}

/** The address of a room's HTTP API, without a trailing slash. @param socket address of its socket */
export function apiAddress(socket: string): string {
  return socket.replace(/^ws/, 'http').replace(/\/connect$/, '')
}

function parse(url: string | URL, page: string | undefined): URL {
  const text = String(url).trim()
  try {
    return new URL(text)
  } catch {
    // Only a path may be relative: `localhost:8787` and `example.com` need a scheme.
  }
  if (!/^(?:\/|\.\.?\/)/.test(text)) throw badUrl('it must be an absolute URL')
  try {
    return new URL(text, page)
  } catch {
    throw badUrl('it is relative, and there is no page that it is relative to')
  }
}

/** The path in front of the API when the deployment is not at the root of its host. */
function prefixOf(path: string, room: string): string {
  const match = OF_A_ROOM.exec(path)
  if (match === null) return path
  if ((match[1] ?? match[2]) !== room) throw badUrl('it is the address of another room than `room`')
  return path.slice(0, match.index)
}

function badUrl(what: string): SdkError {
  return new SdkError(
    'bad_url',
    `\`url\` cannot be used: ${what}. Use the address of the deployment, ${EXAMPLE}.`,
  )
}
