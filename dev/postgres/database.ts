/** A database for local work: the embedded one or a server. */
import type { ClientBase } from 'pg'

export interface Database {
  readonly kind: 'embedded' | 'server'
  /** What clients of the endpoint must present. */
  readonly connectionString: string
  /**
   * Runs `work` on a connection that nobody else uses meanwhile. On a server, `connectionString`
   * sets user, password and database (the host stays ours); by default those of the owner.
   * `work` must end its transaction.
   */
  use<Result>(work: (client: ClientBase) => Promise<Result>, connectionString?: string): Promise<Result>
  close(): Promise<void>
}
