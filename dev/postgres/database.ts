/** What local work needs of a database, whichever of the two it is: the embedded one or a server. */
import type { ClientBase } from 'pg'

export interface Database {
  readonly kind: 'embedded' | 'server'
  /** What a client of the endpoint is to present. */
  readonly connectionString: string
  /**
   * Runs work on a connection nobody else uses meanwhile. On a server it is one of whoever `connectionString` names
   * (its user, password and database; the host stays ours), by default of the owner. Work must end its transaction.
   */
  use<Result>(work: (client: ClientBase) => Promise<Result>, connectionString?: string): Promise<Result>
  close(): Promise<void>
}
