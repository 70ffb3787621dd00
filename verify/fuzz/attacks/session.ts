/** Building blocks of attacks: a session with a room over a raw socket, and the ways to start one. */
import { PROTOCOL } from '../../../core/protocol/messages.ts'
import type { Chance } from '../../random.ts'
import type { Place } from '../place.ts'
import { LOST, RawSocket } from '../raw-socket.ts'

export interface Attack {
  /** Runs the session and returns how it ended. */
  readonly run: (place: Place, chance: Chance) => Promise<string>
  /** The correct endings. */
  readonly ends: readonly string[]
}

export type Attacks = Readonly<Record<string, Attack>>

/** The platform's answers to frames that violate RFC 6455, before Edgeroom sees them. */
export const BROKEN = ['close 1002', 'close 1007', 'close 1009', `close ${LOST}`]

export function text(value: unknown): Buffer {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
}

export function noise(chance: Chance, most: number): Buffer {
  return Buffer.from(Array.from({ length: 1 + chance.int(most) }, () => chance.int(256)))
}

export function clientOf(chance: Chance): string {
  return `attack-${chance.uint32().toString(36)}-${chance.uint32().toString(36)}`
}

export function helloOf(client: string): object {
  return { type: 'hello', protocol: PROTOCOL, client }
}

export function open(
  place: Place,
  chance: Chance,
  token = `secret-of-${clientOf(chance)}`,
): Promise<RawSocket> {
  return RawSocket.open(place.url, place.room, { token })
}

/** Opens a socket, acts before the hello, and returns how it ends. */
export async function outside(
  place: Place,
  chance: Chance,
  act: (socket: RawSocket) => void,
): Promise<string> {
  const socket = await open(place, chance)
  act(socket)
  return `close ${await socket.closed}`
}

/** Opens a socket, sends a hello, acts, and returns how it ends. */
export async function inside(
  place: Place,
  chance: Chance,
  act: (socket: RawSocket) => void,
): Promise<string> {
  const socket = await open(place, chance)
  await said(socket, clientOf(chance))
  act(socket)
  return `close ${await socket.closed}`
}

/** Sends a hello; resolves with the type of the first answer, or the close. */
export async function said(socket: RawSocket, client: string): Promise<string> {
  const answer = first(socket)
  socket.send(JSON.stringify(helloOf(client)))
  return Promise.race([answer, socket.closed.then((code) => `close ${code}`)])
}

/** The type of the next message. */
export function first(socket: RawSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.onText = (message) => resolve(String((JSON.parse(message) as { type?: unknown }).type))
  })
}

/** The answer or the close, whichever comes first. Closes the socket. */
export async function ended(socket: RawSocket, answer: Promise<string>): Promise<string> {
  const end = await Promise.race([answer, socket.closed.then((code) => `close ${code}`)])
  socket.destroy()
  return end
}
