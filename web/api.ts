/**
 * The demo's HTTP API calls, authenticated as this window's user. Errors are
 * `ApiError`s with a readable message.
 */
import type { Access, Role } from '../client/types.ts'

export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** The HTTP status; 0 when there was no response. */
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export interface RoomOrder {
  /** The server picks a name when this is missing. */
  readonly room?: string
  /** What people who have only the room's address may do. */
  readonly access: Access
}

/**
 * Creates a room with the starter project. It belongs to the user of `token`.
 * @param token of the new owner
 * @returns the name of the room; if a room with the given name already exists, that name
 * @throws ApiError
 */
export async function createRoom(token: string, { room, access }: RoomOrder): Promise<string> {
  // Loaded on demand: only this call needs the starter project.
  const { starterFiles } = await import('./starter.ts')
  const name = room === undefined ? {} : { room }
  const answer = await post('/api/rooms', token, { ...name, files: starterFiles, access })
  if (answer.status === 409 && room !== undefined) return room
  const result = await resultOf(answer)
  if (typeof result.room !== 'string')
    throw new ApiError(answer.status, 'The response does not name the room.')
  return result.room
}

export interface InvitationOrder {
  readonly role: Exclude<Role, 'owner'>
  /** seconds until it expires */
  readonly expiresInS: number
  /** Display name of the guest; the server picks one when this is missing. */
  readonly name?: string
}

export interface IssuedInvitation {
  readonly token: string
  readonly name: string
  /** Unix ms */
  readonly expires: number
}

/** Creates an invitation to a room. @param token of its owner @throws ApiError */
export async function invite(room: string, token: string, order: InvitationOrder): Promise<IssuedInvitation> {
  const answer = await post(`/api/rooms/${encodeURIComponent(room)}/tokens`, token, order)
  const { token: issued, name, expires } = await resultOf(answer)
  if (typeof issued !== 'string' || typeof name !== 'string' || typeof expires !== 'number') {
    throw new ApiError(answer.status, 'The response contains no invitation.')
  }
  return { token: issued, name, expires }
}

/** Why a token does not open a room. */
export interface Refusal {
  readonly reason: string
  /** Whether the room itself refused; otherwise a retry may succeed. */
  readonly isFinal: boolean
}

/** Checks whether a token opens a room. Null if it does. */
export async function refusalOf(room: string, token: string): Promise<Refusal | null> {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`/api/rooms/${encodeURIComponent(room)}`, { headers }).catch(() => null)
  if (answer === null) return { reason: 'the server cannot be reached.', isFinal: false }
  const result: unknown = await answer.json().catch(() => null)
  if (answer.ok) return null
  const reason = messageOf(result) ?? `The server responded with status ${answer.status}.`
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
    throw new ApiError(
      answer.status,
      messageOf(result) ?? `The server responded with status ${answer.status}.`,
    )
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
