/** What says where the database is, looked at before anybody is asked there. */
import { checkConnectionString } from '../../schema/stores/connection-string.ts'
import { isHttpAddress, textOf } from './values.ts'

/** Variables as wrangler hands them over. What each means stands in docs/operations.md. */
export interface DatabaseVars {
  /** Where Postgres keeps the rooms. Without it rooms live in their objects alone. */
  readonly DATABASE_URL?: string
  /** Where the Neon driver sends its queries, when it is not Neon itself. */
  readonly NEON_ENDPOINT?: string
}

/**
 * Checks that these variables can name a database, without asking anybody.
 * @throws Error naming the variable that cannot be used; it quotes no value
 */
export function checkDatabaseSettings(vars: DatabaseVars): void {
  const url = textOf('DATABASE_URL', vars.DATABASE_URL)
  const endpoint = textOf('NEON_ENDPOINT', vars.NEON_ENDPOINT)
  if (url !== '') {
    try {
      checkConnectionString(url)
    } catch {
      throw new Error(
        'DATABASE_URL is no connection string: it must read postgresql://user:password@host/database, without blanks.',
      )
    }
  }
  if (endpoint === '') return
  if (url === '') {
    throw new Error(
      'NEON_ENDPOINT says nothing without DATABASE_URL. Set that too, or take NEON_ENDPOINT out.',
    )
  }
  if (!isHttpAddress(endpoint)) {
    throw new Error(
      'NEON_ENDPOINT is no address to send queries to: it must read https://host/sql, without a user, a password or blanks. ' +
        'Take it out to reach Neon itself.',
    )
  }
}
