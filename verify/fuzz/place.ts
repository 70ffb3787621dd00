/**
 * What all attackers of one room share: its address, what is known about it, who has which client id, and
 * where findings go.
 */
import type { OracleLimits } from './oracle/oracle.ts'
import type { RoomModel } from './oracle/room-model.ts'
import type { Tally } from './tally.ts'

export interface Place {
  readonly url: string
  readonly room: string
  readonly model: RoomModel
  readonly tally: Tally
  readonly limits: OracleLimits
  /** Users by their client ids. */
  readonly owners: Map<string, string>
  /** Client ids of healthy people. */
  readonly healthy: Set<string>
  /** Ids of the files of healthy people. */
  readonly shared: ReadonlySet<string>
  /** The burst of one user for submissions, and for presence. */
  readonly burst: number
  readonly connectionsPerUser: number
  /** Whether Postgres is unavailable, or was a moment ago. */
  isAway: boolean
}
