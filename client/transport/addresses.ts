/**
 * Where a room is: the addresses of its socket and of its HTTP API, from the `url` that an application gives to `connect`. All that the SDK
 * asks for goes to an address that was made here. Invariant: `https` and `wss` stay secure, `http` and `ws` stay as they are, and a path
 * in front of the API is kept.
 */
import { SdkError } from '../sdk-error.ts'

/** The scheme of the socket for each scheme that `url` may have. */
const SOCKET_SCHEMES: Readonly<Record<string, 'ws:' | 'wss:'>> = {
  'http:': 'ws:',
  'ws:': 'ws:',
  'https:': 'wss:',
  'wss:': 'wss:',
}

/** The end of the three addresses that `POST /api/rooms` answers with: of the room's page, of its API, and of its socket. */
const OF_A_ROOM = /\/(?:r\/([^/]*)|api\/rooms\/([^/]*)(?:\/connect)?)$/

const EXAMPLE = 'such as https://example.com or https://example.com/edgeroom'

/**
 * The address of a room's socket.
 * @param url of the deployment, or one of the room's own addresses (as in the answer of `POST /api/rooms`); one that begins with `/`, `./` or
 *   `../` is relative to the page
 * @param page the address of the page; undefined where there is none
 * @throws SdkError `bad_url` that says what is wrong, without quoting the URL: it may have a password or a token in it
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
    throw badUrl('it must have no user name or password; give who you are as `token`')
  }
  // What is asked for lies below this path, so there is no place for these, and whoever gave them meant something by them.
  if (/[?#]/.test(address.href)) throw badUrl('it must have nothing from a ? or # on')
  const path = address.pathname.replace(/\/+$/, '')
  return `${scheme}//${address.host}${prefixOf(path, room)}/api/rooms/${encodeURIComponent(room)}/connect`
}

/** The address of a room's HTTP API, without a slash at its end. @param socket the address of its socket */
export function apiAddress(socket: string): string {
  return socket.replace(/^ws/, 'http').replace(/\/connect$/, '')
}

function parse(url: string | URL, page: string | undefined): URL {
  const text = String(url).trim()
  try {
    return new URL(text)
  } catch {
    // Only a path may be relative: `localhost:8787` and `example.com` want a scheme.
  }
  if (!/^(?:\/|\.\.?\/)/.test(text)) throw badUrl('it must be a whole URL')
  try {
    return new URL(text, page)
  } catch {
    throw badUrl('it is relative, and there is no page here that it could be relative to')
  }
}

/** The path in front of the API, for a deployment that is not at the top of its host. */
function prefixOf(path: string, room: string): string {
  const match = OF_A_ROOM.exec(path)
  if (match === null) return path
  if ((match[1] ?? match[2]) !== room) throw badUrl('it is the address of another room than `room` names')
  return path.slice(0, match.index)
}

function badUrl(what: string): SdkError {
  return new SdkError('bad_url', `\`url\` cannot be used: ${what}. Give where Edgeroom runs, ${EXAMPLE}.`)
}
