/** Checks the settings that name the database, without connecting to it. */
import { checkConnectionString } from '../../schema/stores/connection-string.ts'
import { isHttpAddress, textOf } from './values.ts'

/** Variables as wrangler passes them. docs/operations.md documents each. */
export interface DatabaseVars {
  /** The Postgres that stores the rooms. Without it rooms exist only in their objects. */
  readonly DATABASE_URL?: string
  /** The HTTP endpoint of the Neon driver, if it is not Neon itself. */
  readonly NEON_ENDPOINT?: string
}

/**
 * Checks that these variables can name a database, without connecting.
 * @throws Error naming the unusable variable; it quotes no value
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
