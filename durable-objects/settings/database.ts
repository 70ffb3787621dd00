/** Checks the settings that name the database, without connecting to it. */
import { checkConnectionString } from '../../schema/stores/connection-string.ts'
import type { Variables } from './table.ts'
import { isHttpAddress, textOf } from './values.ts'

export type DatabaseVars = Variables<'DATABASE_URL' | 'NEON_ENDPOINT'>

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
        'DATABASE_URL is not a connection string: write postgresql://user:password@host/database, without spaces.',
      )
    }
  }
  if (endpoint === '') return
  if (url === '') {
    throw new Error(
      'NEON_ENDPOINT has no effect without DATABASE_URL. Set that too, or remove NEON_ENDPOINT.',
    )
  }
  if (!isHttpAddress(endpoint)) {
    throw new Error(
      'NEON_ENDPOINT is not a valid address: write https://host/sql, without a user, a password or spaces. ' +
        'Remove it to use Neon itself.',
    )
  }
}
