/**
 * Validates a connection string before a driver does: drivers quote an invalid one in their errors,
 * including its password.
 */

import { StoreError } from '../store.ts'

/**
 * Throws StoreError('credentials') unless the string is `postgresql://user[:password]@host[:port]/database`,
 * without spaces.
 */
export function checkConnectionString(connectionString: string): void {
  const url = URL.canParse(connectionString) ? new URL(connectionString) : undefined
  if (
    url === undefined ||
    /\s/.test(connectionString) ||
    !/^postgres(ql)?:$/.test(url.protocol) ||
    url.pathname.length < 2 ||
    url.username === ''
  ) {
    throw new StoreError('credentials', 'the connection string of the database is invalid', {
      where: 'it must have the form postgresql://user:password@host/database',
    })
  }
}
