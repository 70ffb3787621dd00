/** Makes rooms through the HTTP API. Errors come as `ApiError` with words for a person. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** The HTTP status; 0 when no answer came. */
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/**
 * Makes a room with the starter project.
 * @param room its name; the server picks one when there is none
 * @returns the name of the room; a room of that name that exists already is as good
 * @throws ApiError
 */
export async function createRoom(room?: string): Promise<string> {
  // Only who makes a room needs the starter project.
  const { starterFiles } = await import('./starter.ts')
  const body = JSON.stringify(room === undefined ? { files: starterFiles } : { room, files: starterFiles })
  const answer = await fetch('/api/rooms', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  }).catch(() => null)
  if (!answer) throw new ApiError(0, 'The server cannot be reached. Check the network and try again.')
  if (answer.status === 409 && room !== undefined) return room
  const result: unknown = await answer.json().catch(() => null)
  if (!answer.ok)
    throw new ApiError(answer.status, messageOf(result) ?? `The server answered ${answer.status}.`)
  if (!isObject(result) || typeof result.room !== 'string')
    throw new ApiError(answer.status, 'The answer names no room.')
  return result.room
}

function messageOf(result: unknown): string | null {
  const error = isObject(result) ? result.error : null
  return isObject(error) && typeof error.message === 'string' ? error.message : null
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
