/** What Monaco reports, and goes on, when its tokens of a line do not match the line: see tokens.test.ts. */
export const TOKENS_FAULT = 'Token length and text length do not match!'
