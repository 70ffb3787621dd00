/** Validates the query of paged lists: `GET /api/rooms/<room>/chat` and `/removed`. */
import * as v from 'valibot'
import { parse } from '../http/parse.ts'

const USUAL = 50
const MOST = 100

const LIMIT = `limit must be a whole number from 1 to ${MOST}`
const BEFORE = 'before must be the seq of a commit'

const whole = (message: string) =>
  v.pipe(
    v.string(),
    v.regex(/^\d+$/, message),
    v.transform(Number),
    v.safeInteger(message),
    v.minValue(1, message),
  )

const Query = v.object({
  before: v.optional(whole(BEFORE)),
  limit: v.optional(v.pipe(whole(LIMIT), v.maxValue(MOST, LIMIT)), String(USUAL)),
})

/** `before` is null for the latest. @throws ApiError 400 that says what is wrong */
export function parsePageQuery(query: unknown): { readonly before: number | null; readonly limit: number } {
  const { before = null, limit } = parse(Query, query)
  return { before, limit }
}
