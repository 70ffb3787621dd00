/** A room with an owner, and tokens for it. */
import type { Role } from '../../core/protocol/messages.ts'
import { RawClient, request } from './raw-client.ts'

let rooms = 0

export class OwnedRoom {
  readonly name: string
  /** The owner's. */
  readonly token: string

  private constructor(name: string, token: string) {
    this.name = name
    this.token = token
  }

  static async make(files: Record<string, string> = {}, access = 'private'): Promise<OwnedRoom> {
    const room = `owned-${++rooms}-${crypto.randomUUID().slice(0, 8)}`
    const body = JSON.stringify({ room, files, access, name: 'Olga' })
    const answer = await request('/api/rooms', { method: 'POST', body })
    if (answer.status !== 201) throw new Error(`no room was made: ${await answer.text()}`)
    return new OwnedRoom(room, ((await answer.json()) as { token: string }).token)
  }

  /** A token for a user, whom the room may not know yet. */
  async invite(user: string, role: Role = 'editor'): Promise<string> {
    const answer = await request(`/api/rooms/${this.name}/tokens`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${this.token}` },
      body: JSON.stringify({ role, user, name: user }),
    })
    if (answer.status !== 201) throw new Error(`no token: ${await answer.text()}`)
    return ((await answer.json()) as { token: string }).token
  }

  owner(): Promise<RawClient> {
    return RawClient.join(this.name, { token: this.token })
  }

  async join(user: string, role: Role = 'editor'): Promise<RawClient> {
    return RawClient.join(this.name, { token: await this.invite(user, role) })
  }
}

/** The status of a refusal with its code, such as `403 forbidden`. */
export async function codeOf(answer: Response): Promise<string> {
  const { error } = await answer.json<{ error: { code: string } }>()
  return `${answer.status} ${error.code}`
}
