/**
 * The owner of a room under test: changes the policy again and again, without taking anything away from
 * those who type. Policy changes are in the log like edits.
 */
import { connect, type Room } from '../../client/index.ts'
import type { SocketFactory } from '../../client/types.ts'
import type { Chance } from '../random.ts'

/** Users who are given roles and never connect. */
const STRANGERS = 50

export interface Realm {
  readonly url: string
  readonly room: string
  readonly socket: SocketFactory
  /** Violations that were seen. */
  readonly wrong: string[]
}

export class Ruler {
  readonly #room: Room
  readonly #chance: Chance

  private constructor(room: Room, chance: Chance) {
    this.#room = room
    this.#chance = chance
  }

  /** @param token the owner's token */
  static async join(token: string, { url, room, socket, wrong }: Realm, chance: Chance): Promise<Ruler> {
    const joined = await connect({ url, room, token, socket, connectMs: 120_000 })
    joined.on('error', (error) => wrong.push(`the owner saw an error: ${error}`))
    joined.on('rejected', ({ code }) => wrong.push(`the owner was refused: ${code}`))
    return new Ruler(joined, chance)
  }

  rule(): void {
    const stranger = `"${'stranger'.repeat(8)}"-${this.#chance.int(STRANGERS)}`
    if (this.#chance.chance(0.6)) this.#room.setRole(stranger, this.#chance.pick(['editor', 'viewer']))
    else if (this.#chance.chance(0.5)) this.#room.setAccess('edit')
    else this.#room.setMode('open')
  }

  settled(): Promise<void> {
    return this.#room.settled()
  }

  leave(): void {
    this.#room.close()
  }
}
