/** Error codes of a failed or broken connection. */
const UNREACHABLE = /^(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/

/** The message of an error without its stack; if the error itself says nothing useful, that of its cause. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // Drizzle's own message only quotes the statement, and that of fetch says
  // nothing; the cause says what is wrong.
  const isEmpty = error.message === 'fetch failed' || error.message.startsWith('Failed query')
  if (error.cause instanceof Error && isEmpty) return errorText(error.cause)
  const text = error instanceof AggregateError ? error.errors.map(plain).join('; ') : plain(error)
  const { code } = error as NodeJS.ErrnoException
  if (code === undefined || !UNREACHABLE.test(code)) return text
  return `${text}. Is it running, and is the address right?`
}

function plain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message === '' ? error.name : error.message
}
