/** Packages that bring no types: as far as they are used here. */
declare module 'workerd' {
  /** What the package exports; the path of the binary is its `default`. */
  const exported: { readonly default: string }
  export default exported
}

declare module 'sharedb' {
  export default class ShareDB {
    static readonly types: { register(type: unknown): void }
    constructor(options: { presence: boolean; doNotForwardSendPresenceErrorsToClient: boolean })
    listen(stream: import('node:stream').Duplex): void
  }
}

declare module '@teamwork/websocket-json-stream' {
  import { Duplex } from 'node:stream'
  export default class WebSocketJSONStream extends Duplex {
    constructor(socket: import('ws').WebSocket)
  }
}
