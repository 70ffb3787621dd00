/** Who may still connect to a room that many people are in. Knows numbers, no sockets. */
import type { Limits } from '../protocol/limits.ts'

/** The user of everybody who sends no token. */
export const SHARED_USER = 'guest'

/** Connections there are already, those included that have not said hello. */
export interface Connections {
  readonly ofRoom: number
  /** of the user who comes */
  readonly ofUser: number
}

/** Whether one more fits. Strangers who share a user must not lock each other out: for them only the room's own limit holds. */
export function mayConnect(user: string, { ofRoom, ofUser }: Connections, limits: Limits): boolean {
  const { connections, connectionsPerUser } = limits
  if (connections > 0 && ofRoom >= connections) return false
  return connectionsPerUser === 0 || ofUser < connectionsPerUser || user === SHARED_USER
}
