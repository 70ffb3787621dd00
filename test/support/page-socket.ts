/** A socket as a page in a browser opens it, with the headers that the browser adds. */
interface Init {
  readonly protocols: readonly string[]
  readonly headers: Readonly<Record<string, string>>
}

/** Node's WebSocket takes headers, which the one of browsers, whose type it has, does not. */
const NodeSocket = WebSocket as unknown as new (url: string, init: Init) => WebSocket

/** @param url the room's address, of http */
export function pageSocket(
  url: string,
  protocols: readonly string[],
  headers: Readonly<Record<string, string>> = {},
): WebSocket {
  return new NodeSocket(url.replace(/^http/, 'ws'), { protocols, headers })
}
