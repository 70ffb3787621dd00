/** What went wrong, in one line for a person: no stack, and where the error itself has no words, those of its causes. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof AggregateError) return error.errors.map(errorText).join('; ')
  // Drizzle's own message quotes the whole statement; the cause says what was wrong with it.
  if (error.cause instanceof Error && error.message.startsWith('Failed query')) return errorText(error.cause)
  return error.message === '' ? error.name : error.message
}
