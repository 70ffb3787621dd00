/** Responses to a WebSocket upgrade. */
import type { CloseReason } from '../../core/protocol/codes.ts'
import { SUBPROTOCOL } from '../../core/protocol/messages.ts'

/** Accepts: hands over the client's end of the socket. */
export function upgraded(client: WebSocket): Response {
  return new Response(null, {
    status: 101,
    webSocket: client,
    headers: { 'Sec-WebSocket-Protocol': SUBPROTOCOL },
  })
}

/**
 * Refuses: a browser can only read the reason from a close code, so a socket is opened to send one. It is an
 * ordinary socket, not a hibernating one, whose close frame would arrive only seconds later.
 */
export function refuse({ code, reason }: CloseReason): Response {
  const { 0: client, 1: server } = new WebSocketPair()
  server.accept()
  server.close(code, reason)
  return upgraded(client)
}
