/** The query of `GET /api/rooms/<room>/chat`, checked. */
import * as v from 'valibot'
import { parse } from './parse.ts'

const USUAL_MESSAGES = 50
const MOST_MESSAGES = 100

const LIMIT = `limit must be a whole number from 1 to ${MOST_MESSAGES}`
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
  limit: v.optional(v.pipe(whole(LIMIT), v.maxValue(MOST_MESSAGES, LIMIT)), String(USUAL_MESSAGES)),
})

/** `before`: null for the newest. @throws ApiError 400 that says what is wrong */
export function parseChatQuery(query: unknown): { readonly before: number | null; readonly limit: number } {
  const { before = null, limit } = parse(Query, query)
  return { before, limit }
}
