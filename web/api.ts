/** What the demo asks of the HTTP API, in the name of whoever is at this window. Errors come as `ApiError` with words for a person. */
import type { Access, Role } from '../client/types.ts'

export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** The HTTP status; 0 when no answer came. */
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export interface RoomOrder {
  /** The server picks a name when there is none. */
  readonly room?: string
  /** What the room's address alone gives to others. */
  readonly access: Access
}

/**
 * Makes a room with the starter project, that belongs to whoever makes it.
 * @param token of its owner
 * @returns the name of the room; a room of that name that exists already is as good
 * @throws ApiError
 */
export async function createRoom(token: string, { room, access }: RoomOrder): Promise<string> {
  // Only who makes a room needs the starter project.
  const { starterFiles } = await import('./starter.ts')
  const name = room === undefined ? {} : { room }
  const answer = await post('/api/rooms', token, { ...name, files: starterFiles, access })
  if (answer.status === 409 && room !== undefined) return room
  const result = await resultOf(answer)
  if (typeof result.room !== 'string') throw new ApiError(answer.status, 'The answer names no room.')
  return result.room
}

export interface InvitationOrder {
  readonly role: Exclude<Role, 'owner'>
  /** seconds that it is good for */
  readonly expiresInS: number
  /** What its guest is to be called; a name is made up where none is given. */
  readonly name?: string
}

export interface IssuedInvitation {
  readonly token: string
  readonly name: string
  /** ms since the epoch of Unix */
  readonly expires: number
}

/** Makes an invitation to a room. @param token of its owner @throws ApiError */
export async function invite(room: string, token: string, order: InvitationOrder): Promise<IssuedInvitation> {
  const answer = await post(`/api/rooms/${encodeURIComponent(room)}/tokens`, token, order)
  const { token: issued, name, expires } = await resultOf(answer)
  if (typeof issued !== 'string' || typeof name !== 'string' || typeof expires !== 'number') {
    throw new ApiError(answer.status, 'The answer has no invitation.')
  }
  return { token: issued, name, expires }
}

/** Why a token does not open a room, in words for a person. */
export interface Refusal {
  readonly reason: string
  /** Whether the room said so; otherwise it may be asked again. */
  readonly isFinal: boolean
}

/** Asks whether a token opens a room. Answers null where it does. */
export async function refusalOf(room: string, token: string): Promise<Refusal | null> {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`/api/rooms/${encodeURIComponent(room)}`, { headers }).catch(() => null)
  if (answer === null) return { reason: 'the server cannot be reached.', isFinal: false }
  const result: unknown = await answer.json().catch(() => null)
  if (answer.ok) return null
  const reason = messageOf(result) ?? `The server answered ${answer.status}.`
  return { reason, isFinal: answer.status < 500 && answer.status !== 429 }
}

async function post(path: string, token: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
  const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) }).catch(() => null)
  if (!answer) throw new ApiError(0, 'The server cannot be reached. Check the network and try again.')
  return answer
}

async function resultOf(answer: Response): Promise<Record<string, unknown>> {
  const result: unknown = await answer.json().catch(() => null)
  if (!answer.ok) {
    throw new ApiError(answer.status, messageOf(result) ?? `The server answered ${answer.status}.`)
  }
  return isObject(result) ? result : {}
}

function messageOf(result: unknown): string | null {
  const error = isObject(result) ? result.error : null
  return isObject(error) && typeof error.message === 'string' ? error.message : null
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
