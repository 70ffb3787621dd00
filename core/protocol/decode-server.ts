/**
 * Decodes a frame from a room into messages, of which a frame has one per line. The room is trusted to keep
 * the protocol; this only checks that they are its messages at all, so that a captive portal or a wrong
 * server produces a clear error.
 */
import type { ServerMessage } from './messages.ts'

const TYPES: ReadonlySet<unknown> = new Set<ServerMessage['type']>([
  'welcome',
  'text',
  'blob',
  'commit',
  'presence',
  'ack',
  'reject',
  'error',
  'auth',
  'resync',
])

/** @throws Error if the frame has anything but messages of this protocol */
export function decodeServerMessages(frame: string): ServerMessage[] {
  return frame.split('\n').map(decode)
}

function decode(line: string): ServerMessage {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw new Error('the room sent something that is not JSON')
  }
  if (typeof value !== 'object' || value === null || !('type' in value) || !TYPES.has(value.type)) {
    throw new Error('the room sent a message of an unknown type')
  }
  return value as ServerMessage
}
