/**
 * The oracle: the answers that the room may give to a frame, by docs/protocol.md and not by the code under
 * test. Given the states in which the room may have received the frame, it returns the union over them.
 *
 * Answers are named `close <code>`, `reject <code>`, `error <code>`, `welcome`, `commit`, `ack`, `resync`,
 * `text`, `blob`, `pong`, and `silence` if nothing is sent to this socket.
 */

import { excessOf } from './json.ts'
import type { RoomModel, Version } from './room-model.ts'
import {
  desyncFaults,
  helloFaults,
  isFields,
  isId,
  isPresenceTooLarge,
  presenceFaults,
  type ShapeLimits,
  submitFaults,
} from './shape.ts'
import { type Submission, type SubmitLimits, submissionAnswers } from './submit.ts'

export interface OracleLimits extends ShapeLimits, SubmitLimits {
  readonly frameUnits: number
  /** Limit before and including hello. */
  readonly helloUnits: number
}

/** The sender of a frame, and the state around it. */
export interface Situation {
  readonly model: RoomModel
  /** The states in which the room may have received the frame. */
  readonly states: readonly Version[]
  readonly limits: OracleLimits
  /** The client of this socket's hello; null before the hello. */
  readonly client: string | null
  readonly user: string
  /** Users by client id, as far as known. */
  readonly owners: ReadonlyMap<string, string>
  /** Whether Postgres may have been unavailable at that moment. */
  readonly isAway: boolean
}

type Fields = Readonly<Record<string, unknown>>

/** [T6] UTF-16 units of a message that is not a submission, and of a report. */
const SMALL_UNITS = 64 * 1024
const REPORT_UNITS = 1024 * 1024

/** What is read from a frame once: its answers are asked for again with every state of the room. */
export interface Frame {
  readonly text: string
  /** The close for a frame that is not parsed; null if it is parsed. */
  readonly excess: string | null
  /** null if it is not a JSON object, or not parsed */
  readonly message: Fields | null
}

export function readFrame(text: string): Frame {
  const excess = excessOf(text)
  return { text, excess, message: excess === null ? parsed(text) : null }
}

/** All answers that a frame may get. */
export function answersTo({ text, excess, message }: Frame, situation: Situation): Set<string> {
  const { limits, client } = situation
  // [T3]
  if (text === 'ping') return new Set(['pong'])
  // [T6]
  if (text.length > limits.frameUnits) return new Set(['close 4413'])
  if (client === null && text.length > limits.helloUnits) return new Set(['close 4413'])
  // [T7]
  if (excess !== null) return new Set([excess])
  // [T2]
  if (message === null) return new Set(['close 4400'])
  // [H1], or another fault of the frame.
  if (client === null && message.type !== 'hello') {
    return new Set(['close 4400'])
  }
  // [T6] Only submissions may be long; presence and reports have their own limits.
  const isLong = message.type === 'desync' ? text.length > REPORT_UNITS : text.length > SMALL_UNITS
  if (isLong && message.type !== 'submit' && message.type !== 'presence') return new Set(['close 4413'])
  const answers = byType(message, text.length, situation)
  if (situation.isAway && client !== null) for (const answer of whenAway(message)) answers.add(answer)
  return answers
}

function byType(message: Fields, units: number, situation: Situation): Set<string> {
  switch (message.type) {
    case 'hello':
      return hello(message, situation)
    case 'submit':
      return submit(message, situation)
    case 'presence': {
      const answers = closing(presenceFaults(message).closes)
      if (isPresenceTooLarge(message, units, situation.limits)) return answers.add('error presence_too_large')
      return answers.size > 0 ? answers : new Set(['silence'])
    }
    case 'desync': {
      const { closes } = desyncFaults(message, situation.limits)
      return closes.size > 0 ? closing(closes) : new Set(['silence'])
    }
    case 'auth':
      return auth(message.token)
    case 'open':
      return isId(message.file) ? open(message.file, situation) : new Set(['close 4400'])
    case 'blob':
      return isId(message.blob) ? blob(message.blob, situation) : new Set(['close 4400'])
    default:
      return new Set(['close 4400'])
  }
}

function hello(message: Fields, { client, user, owners, model, states }: Situation): Set<string> {
  if (client !== null) return new Set(['close 4400'])
  const { closes } = helloFaults(message)
  if (closes.size > 0) return closing(closes)
  // [H4]
  const id = String(message.client)
  const owner = owners.get(id) ?? model.lastOf(id, states.at(-1)?.number ?? 0)?.user
  return new Set([owner !== undefined && owner !== user ? 'close 4423' : 'welcome'])
}

function submit(message: Fields, { client, model, states, limits }: Situation): Set<string> {
  const { closes, rejects } = submitFaults(message, limits)
  if (closes.size > 0) return new Set([...closing(closes), ...rejecting(rejects)])
  const answers = rejecting(rejects)
  for (const state of states) {
    const inState = submissionAnswers(message as unknown as Submission, client ?? '', model, state, limits)
    for (const answer of inState) if (rejects.size === 0 || answer !== 'commit') answers.add(answer)
  }
  return answers
}

/**
 * [A1] A guest sends another secret: somebody else's, the same one again, or a weak one. A token that only
 * looks signed is refused.
 */
function auth(token: unknown): Set<string> {
  if (typeof token !== 'string') return new Set(['close 4400'])
  if (token.split('.').length > 2 || token.length < 16) return new Set(['close 4401'])
  return new Set(['auth', 'close 4403', 'close 4401'])
}

/** [X1] */
function open(file: string, { states }: Situation): Set<string> {
  return new Set(states.map(({ files }) => (files.has(file) ? 'text' : 'error no_such_file')))
}

/** [C6] */
function blob(id: string, { model }: Situation): Set<string> {
  if (model.blobs.has(id)) return new Set(['blob'])
  const [, seq] = /^([1-9]\d*)-(0|[1-9]\d*)$/.exec(id) ?? []
  const isUnknown = seq !== undefined && Number(seq) <= model.start
  return new Set(isUnknown ? ['blob', 'error no_such_blob'] : ['error no_such_blob'])
}

/**
 * Further answers that are allowed while Postgres cannot be read: [S5] [C6] [X3]. A submission that needs a
 * text waits for it.
 */
function whenAway({ type, changes }: Fields): readonly string[] {
  if (type === 'open') return ['error text_unavailable', 'silence']
  if (type === 'submit') return ['silence', 'resync', ...(isRevival(changes) ? ['reject past_gone'] : [])]
  return type === 'blob' ? ['error no_such_blob'] : []
}

function isRevival(changes: unknown): boolean {
  return Array.isArray(changes) && changes.some((change) => isFields(change) && change.type === 'revive')
}

function parsed(frame: string): Fields | null {
  try {
    const value: unknown = JSON.parse(frame)
    return isFields(value) ? value : null
  } catch {
    return null
  }
}

function closing(codes: ReadonlySet<number>): Set<string> {
  return new Set([...codes].map((code) => `close ${code}`))
}

function rejecting(codes: ReadonlySet<string>): Set<string> {
  return new Set([...codes].map((code) => `reject ${code}`))
}
