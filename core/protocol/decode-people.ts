/** Decodes policy changes and chat from a client's message. Fields that the room itself sets are dropped. */
import { OpError, parseText } from '../text/op.ts'
import { bad, type Fields, id, string } from './fields.ts'
import type { Access, ChatChange, Mode, PolicyChange, Role } from './messages.ts'

/**
 * Users are named as in their tokens: visible characters only, so that no name is invisible or looks like
 * another.
 */
const USER = /^[^\s\p{C}]{1,128}$/u
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/

const ROLES: readonly Role[] = ['owner', 'editor', 'viewer']
const MODES: readonly Mode[] = ['open', 'classroom']
const ACCESSES: readonly Access[] = ['private', 'view', 'edit']

/**
 * Null for a change of another type.
 * @throws ProtocolError; OpError `bad_text` for a chat message that is not allowed, when only the submission
 *   is refused
 */
export function decodePeopleChange(value: Fields): PolicyChange | ChatChange | null {
  switch (value.type) {
    case 'role':
      return { type: 'role', user: user(value.user), role: oneOf(ROLES, value.role, 'role') }
    case 'mode':
      return { type: 'mode', mode: oneOf(MODES, value.mode, 'mode') }
    case 'access':
      return { type: 'access', access: oneOf(ACCESSES, value.access, 'access') }
    case 'chatting':
      return { type: 'chatting', on: boolean(value.on, 'on') }
    case 'kick':
      return { type: 'kick', user: user(value.user) }
    case 'ban':
      return { type: 'ban', user: user(value.user), on: boolean(value.on, 'on') }
    case 'guests':
      return { type: 'guests', on: boolean(value.on, 'on') }
    case 'revoke':
      return value.token === undefined
        ? { type: 'revoke' }
        : { type: 'revoke', token: id(value.token, 'token') }
    case 'close':
      return { type: 'close', closed: boolean(value.closed, 'closed') }
    case 'chat':
      return { type: 'chat', text: chatText(string(value.text, 'text')) }
    default:
      return null
  }
}

function chatText(text: string): string {
  parseText(text)
  if (text.trim() === '') throw new OpError('bad_text', 'A message must not be empty.')
  if (CONTROL.test(text))
    throw new OpError('bad_text', 'A message is plain text, without control characters.')
  return text
}

/** Whether `value` is a valid user id: 1 to 128 visible characters. */
export function isUser(value: unknown): value is string {
  return typeof value === 'string' && USER.test(value)
}

function user(value: unknown): string {
  if (!isUser(value)) throw bad('user must be 1 to 128 visible characters')
  return value
}

function oneOf<T extends string>(known: readonly T[], value: unknown, name: string): T {
  const found = known.find((one) => one === value)
  if (found === undefined) throw bad(`${name} must be one of ${known.join(', ')}`)
  return found
}

function boolean(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw bad(`${name} must be true or false`)
  return value
}
