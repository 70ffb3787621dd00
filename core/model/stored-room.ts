/**
 * Checks whether the stored rows of a room could have been written by one. Rows that were inserted or
 * changed by hand are validated when the room is loaded, so that a fault is named then instead of causing an
 * inexplicable error later. Knows the shape of policies and ids, not what follows from them.
 */
import { ID_WORDS, isCount, isFields, isId } from '../protocol/fields.ts'

/** The stored values that are checked. */
export interface FromStore {
  readonly epoch: string
  readonly seq: number
  readonly policy: unknown
  readonly files: readonly { readonly file: string; readonly revision: number }[]
}

type Rule = readonly [isRight: (value: unknown) => boolean, words: string]

const YES_OR_NO: Rule = [(value) => typeof value === 'boolean', 'true or false']
const TIME: Rule = [isTime, 'a time in Unix ms']
const NAME: Rule = [(value) => value === undefined || typeof value === 'string', 'text']
const USER: Rule = [(value) => typeof value === 'string', 'text']

const oneOf = (...words: string[]): Rule => [
  (value) => typeof value === 'string' && words.includes(value),
  words.join(' or '),
]

/** Rules for the values of a policy, by name; `LISTS` has those for each user or token. */
const POLICY: Readonly<Record<string, Rule>> = {
  owner: [(value) => value === null || typeof value === 'string', 'text or null'],
  mode: oneOf('open', 'classroom'),
  access: oneOf('private', 'view', 'edit'),
  chatting: YES_OR_NO,
  closed: YES_OR_NO,
  guests: YES_OR_NO,
  revokedAt: TIME,
}

const LISTS: Readonly<Record<string, Rule | Readonly<Record<string, Rule>>>> = {
  members: { role: oneOf('editor', 'viewer'), name: NAME },
  kicked: TIME,
  banned: { at: TIME, name: NAME },
  invitations: {
    user: USER,
    name: NAME,
    role: oneOf('owner', 'editor', 'viewer'),
    at: TIME,
    expires: TIME,
  },
}

/** Which value could not have been written by a room, in words for the operator; null if all are valid. */
export function faultOf({ epoch, seq, policy, files }: FromStore): string | null {
  if (!isId(epoch)) return `rooms.epoch must be ${ID_WORDS}`
  if (!isCount(seq)) return 'rooms.seq must be a non-negative integer'
  for (const { file, revision } of files) {
    const row = `files.file ${JSON.stringify(file.slice(0, 100))}`
    if (!isId(file)) return `${row} must be ${ID_WORDS}`
    if (!isCount(revision)) return `the revision of ${row} must be a non-negative integer`
  }
  return policy === null ? null : policyFault(policy)
}

function policyFault(policy: unknown): string | null {
  if (!isFields(policy)) return 'rooms.policy must be an object, or null'
  for (const [name, value] of Object.entries(policy)) {
    const rule = Object.hasOwn(POLICY, name) ? POLICY[name] : undefined
    if (rule !== undefined && !rule[0](value)) return `rooms.policy: ${name} must be ${rule[1]}`
    const rules = Object.hasOwn(LISTS, name) ? LISTS[name] : undefined
    const fault = rules === undefined ? null : listFault(value, rules)
    if (fault !== null) return `rooms.policy: ${name}${fault}`
  }
  return null
}

function listFault(list: unknown, rules: Rule | Readonly<Record<string, Rule>>): string | null {
  if (!isFields(list)) return ' must be an object'
  for (const [key, value] of Object.entries(list)) {
    const at = `[${JSON.stringify(key.slice(0, 100))}]`
    if (isRule(rules)) {
      if (!rules[0](value)) return `${at} must be ${rules[1]}`
      continue
    }
    if (!isFields(value)) return `${at} must be an object`
    for (const [name, [isRight, words]] of Object.entries(rules))
      if (!isRight(value[name])) return `${at}.${name} must be ${words}`
  }
  return null
}

function isRule(rules: Rule | Readonly<Record<string, Rule>>): rules is Rule {
  return Array.isArray(rules)
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value)
}
