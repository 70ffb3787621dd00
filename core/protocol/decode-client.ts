/**
 * Decodes an untrusted frame into a ClientMessage. Everything that clients send passes here: afterwards,
 * shapes and ops are what the types say, and each op is safe for the OT library. Whatever depends on the
 * room's state (does the op fit, is the path free) is decided by the authority, as is content that a user
 * may type (paths, NUL in a text): it refuses the one submission, while a malformed frame costs the socket.
 */
import { OpError, parseOp, parseText, type TextOp } from '../text/op.ts'
import { CLOSE, PresenceError, ProtocolError, SubmissionError } from './codes.ts'
import { decodePeopleChange } from './decode-people.ts'
import { bad, count, type Fields, id, isFields, string } from './fields.ts'
import { frameUnitsOf, messageUnitsOf, type Sender } from './frame-limits.ts'
import { JSON_DEPTH, jsonExcess } from './json-bounds.ts'
import { type Limits, REPORT_UNITS } from './limits.ts'
import type {
  ClientMessage,
  Desync,
  Hello,
  Selection,
  SetPresence,
  Submit,
  SubmittedChange,
} from './messages.ts'

/** Client ids have at least 8 characters, so none can equal the room's own `api`. */
const CLIENT_ID = /^[A-Za-z0-9_-]{8,64}$/

/**
 * Decodes one text frame. A frame that is too long or too expensive to parse is refused before parsing.
 * @throws ProtocolError with the close code for the socket; SubmissionError if only this submission is
 *   refused; PresenceError if only this presence is too large
 */
export function decodeClientMessage(frame: string, limits: Limits, sender: Sender = 'editor'): ClientMessage {
  checkLength(frame, frameUnitsOf(sender, limits))
  const excess = jsonExcess(frame)
  if (excess === 'too_deep') throw bad(`a frame may be at most ${JSON_DEPTH} levels deep`)
  if (excess === 'too_complex') throw tooLarge('too many lists, objects and values in one frame')
  let value: unknown
  try {
    value = JSON.parse(frame)
  } catch {
    throw bad('a frame must be JSON')
  }
  if (!isFields(value)) throw bad('a frame must be a JSON object')
  checkLength(frame, messageUnitsOf(value.type, sender))
  switch (value.type) {
    case 'submit':
      return submit(value, limits)
    case 'presence':
      return presence(value, frame.length, limits)
    case 'hello':
      return hello(value)
    case 'open':
      return { type: 'open', file: id(value.file, 'file') }
    case 'blob':
      return { type: 'blob', blob: id(value.blob, 'blob') }
    case 'desync':
      return desync(value)
    case 'auth':
      return { type: 'auth', token: string(value.token, 'token') }
    default:
      throw bad('unknown message type')
  }
}

/** @throws ProtocolError 4413 for a frame of more than `most` UTF-16 units */
export function checkLength({ length }: string, most: number): void {
  if (length > most) throw tooLarge(`this frame may have at most ${most} units, it has ${length}`)
}

function hello(fields: Fields): Hello {
  const { client, since, epoch, at, lines, open } = fields
  if (typeof client !== 'string' || !CLIENT_ID.test(client))
    throw bad('client must be 8 to 64 of A-Z a-z 0-9 _ -')
  if (lines !== undefined && typeof lines !== 'boolean') throw bad('lines must be true or false')
  const message = {
    type: 'hello',
    protocol: count(fields.protocol, 'protocol'),
    client,
    ...(lines === undefined ? null : { lines }),
    ...(open === undefined ? null : { open: string(open, 'open') }),
  } as const
  if (since === undefined) return message
  const known = { ...message, since: count(since, 'since'), epoch: id(epoch, 'epoch') }
  return at === undefined ? known : { ...known, at: count(at, 'at') }
}

function submit(fields: Fields, limits: Limits): Submit {
  const n = count(fields.n, 'n')
  if (n === 0) throw bad('n must be at least 1')
  const base = count(fields.base, 'base')
  if (!Array.isArray(fields.changes) || fields.changes.length === 0)
    throw bad('changes must be a non-empty list')
  if (fields.changes.length > limits.changes) {
    throw new SubmissionError(
      n,
      'too_many_changes',
      `A submission may have at most ${limits.changes} changes.`,
    )
  }
  try {
    return { type: 'submit', n, base, changes: fields.changes.map(change) }
  } catch (error) {
    if (!(error instanceof OpError)) throw error
    if (error.code === 'bad_text') throw new SubmissionError(n, 'bad_text', error.message)
    throw bad(error.message)
  }
}

function change(value: unknown): SubmittedChange {
  if (!isFields(value)) throw bad('a change must be an object')
  const people = decodePeopleChange(value)
  if (people !== null) return people
  const file = id(value.file, 'file')
  switch (value.type) {
    case 'edit':
      return { type: 'edit', file, op: parseOp(value.op) }
    case 'create':
      return {
        type: 'create',
        file,
        path: string(value.path, 'path'),
        text: parseText(string(value.text, 'text')),
      }
    case 'rename':
      return { type: 'rename', file, path: string(value.path, 'path') }
    case 'remove':
      return { type: 'remove', file }
    case 'revive':
      return { type: 'revive', file, seq: count(value.seq, 'seq') }
    default:
      throw bad('unknown change type')
  }
}

function presence(fields: Fields, units: number, limits: Limits): SetPresence {
  if (units > limits.presenceUnits)
    throw new PresenceError(
      `A presence message may have at most ${limits.presenceUnits} units, this one has ${units}.`,
    )
  const { selections, viewport, data } = fields
  if (!Array.isArray(selections)) throw bad('selections must be a list')
  if (selections.length > limits.selections)
    throw new PresenceError(
      `Presence may have at most ${limits.selections} selections, not ${selections.length}.`,
    )
  if (data !== undefined && !isFields(data)) throw bad('data must be an object')
  return {
    type: 'presence',
    seq: count(fields.seq, 'seq'),
    file: fields.file === null ? null : id(fields.file, 'file'),
    selections: selections.map(selection),
    ...(viewport === undefined ? {} : { viewport: selection(viewport) }),
    ...(data === undefined ? {} : { data }),
  }
}

function selection(value: unknown): Selection {
  if (!Array.isArray(value) || value.length !== 2) throw bad('a selection must be [anchor, head]')
  return [count(value[0], 'anchor'), count(value[1], 'head')]
}

function desync(fields: Fields): Desync {
  try {
    const text = (name: 'before' | 'text') => {
      const value = fields[name]
      return value === undefined ? {} : { [name]: reported(parseText(string(value, name)), name) }
    }
    return {
      type: 'desync',
      file: id(fields.file, 'file'),
      seq: count(fields.seq, 'seq'),
      good: count(fields.good, 'good'),
      sum: count(fields.sum, 'sum'),
      points: count(fields.points, 'points'),
      ...text('before'),
      ...text('text'),
      ...(fields.ops === undefined ? {} : { ops: reported(ops(fields.ops), 'ops') }),
    }
  } catch (error) {
    throw error instanceof OpError ? bad(error.message) : error
  }
}

function ops(value: unknown): TextOp[] {
  if (!Array.isArray(value)) throw bad('ops must be a list')
  return value.map((op) => parseOp(op))
}

/** Bounds the content of a desync report. */
function reported<T>(value: T, name: string): T {
  if (JSON.stringify(value).length <= REPORT_UNITS) return value
  throw tooLarge(`${name} may have at most ${REPORT_UNITS} units of JSON in a report`)
}

function tooLarge(message: string): ProtocolError {
  return new ProtocolError(CLOSE.tooLarge, message)
}
