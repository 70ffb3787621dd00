/** Opens a socket as a page in a browser does, with the headers that a browser adds. */
interface Init {
  readonly protocols: readonly string[]
  readonly headers: Readonly<Record<string, string>>
}

/** Node's WebSocket accepts headers, which its browser type does not declare. */
const NodeSocket = WebSocket as unknown as new (url: string, init: Init) => WebSocket

/** @param url the room's http address */
export function pageSocket(
  url: string,
  protocols: readonly string[],
  headers: Readonly<Record<string, string>> = {},
): WebSocket {
  return new NodeSocket(url.replace(/^http/, 'ws'), { protocols, headers })
}
