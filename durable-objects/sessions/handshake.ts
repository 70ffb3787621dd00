/** Answers to a WebSocket upgrade. */
import type { CloseReason } from '../../core/protocol/codes.ts'
import { SUBPROTOCOL } from '../../core/protocol/messages.ts'

/** The client's end of an accepted socket. */
export function upgraded(client: WebSocket): Response {
  return new Response(null, {
    status: 101,
    webSocket: client,
    headers: { 'Sec-WebSocket-Protocol': SUBPROTOCOL },
  })
}

/**
 * A refusal: a browser learns why only from a close code, so a socket is opened to say it. It is a plain one, not a
 * hibernating one, whose close would reach the client only seconds later.
 */
export function refuse({ code, reason }: CloseReason): Response {
  const { 0: client, 1: server } = new WebSocketPair()
  server.accept()
  server.close(code, reason)
  return upgraded(client)
}
