/**
 * A second implementation of what docs/protocol.md says about the shape of a frame, independent of the
 * decoder: which rules a message breaks. Knows nothing of rooms.
 */
import { isWellFormed } from './well-formed.ts'

/** The faults of a message by its shape alone. If there are several, the room may answer any. */
export interface Faults {
  /** Close codes. */
  readonly closes: Set<number>
  /** Reject codes: the frame is valid, its content is not. */
  readonly rejects: Set<string>
}

export interface ShapeLimits {
  readonly changes: number
  readonly selections: number
  readonly presenceUnits: number
  /** Limit for each part of a desync report, as JSON. */
  readonly reportUnits: number
}

type Value = unknown
type Fields = Readonly<Record<string, unknown>>

export function isFields(value: Value): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** [U4] The id of a file or a blob. */
export function isId(value: Value): value is string {
  return (
    typeof value === 'string' &&
    [...value].length <= 64 &&
    /^[A-Za-z0-9]/.test(value) &&
    !/[^A-Za-z0-9_.-]/.test(value)
  )
}

/** [U4] The id of a client. */
export function isClientId(value: Value): value is string {
  return typeof value === 'string' && value.length >= 8 && value.length <= 64 && !/[^A-Za-z0-9_-]/.test(value)
}

/** An integer from 0 that a double holds exactly. */
export function isCount(value: Value): value is number {
  return typeof value === 'number' && Math.floor(value) === value && value >= 0 && value <= 2 ** 53 - 1
}

/** [U2] */
export function isText(text: string): boolean {
  return isWellFormed(text) && !text.includes('\0') && !text.includes('\r')
}

/** [U3], except for conflicts with other files. */
export function isGoodPath(path: string): boolean {
  if (!isWellFormed(path) || path.includes('\\')) return false
  const bytes = Buffer.byteLength(path)
  if (bytes < 1 || bytes > 512) return false
  const points = [...path]
  if (points.some((point) => isUnseen(point.codePointAt(0) ?? 0))) return false
  if (points.some((point, i) => isShaping(point.codePointAt(0) ?? 0) && shapesNothing(points, i)))
    return false
  const segments = path.split('/')
  if (segments.length > 32) return false
  return segments.every((segment) => segment !== '.' && segment !== '..' && canBeSeen(segment))
}

/** A control character, one that changes the direction of text, or an invisible one. */
function isUnseen(code: number): boolean {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return true
  if (code >= 0xfff9 && code <= 0xfffb) return true
  return !isShaping(code) && /\p{Default_Ignorable_Code_Point}/u.test(String.fromCodePoint(code))
}

const SHAPING = [
  ...[
    [0x180b, 0x180d],
    [0x180f, 0x180f],
    [0x200c, 0x200d],
    [0xfe00, 0xfe0f],
  ],
  ...[
    [0xe0020, 0xe007f],
    [0xe0100, 0xe01ef],
  ],
] as const

function isShaping(code: number): boolean {
  return SHAPING.some(([from, to]) => code >= from && code <= to)
}

/** At the start, or after an ASCII character that does not begin a keycap. */
function shapesNothing(points: readonly string[], at: number): boolean {
  const before = points[at - 1]
  if (before === undefined) return true
  const isKey = /^[0-9#*]$/.test(before) && points[at] === '\ufe0f' && points[at + 1] === '\u20e3'
  return (before.codePointAt(0) ?? 0) < 0x80 && !isKey
}

function canBeSeen(segment: string): boolean {
  return [...segment].some((point) => !/[\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}]/u.test(point))
}

/** [U3] [U6] The key of a path: equal for paths that are one path. */
export function keyOf(path: string): string {
  return path.normalize('NFC').toLowerCase().normalize('NFC').replace(/ς/g, 'σ')
}

/** [H1] [H3] [T8] [X4] */
export function helloFaults(message: Fields): Faults {
  const faults = none()
  if (!isCount(message.protocol)) {
    faults.closes.add(4400)
    if (typeof message.protocol === 'number') faults.closes.add(4426)
  } else if (message.protocol !== 1) faults.closes.add(4426)
  const isResume = message.since !== undefined
  const isSound =
    isClientId(message.client) &&
    ['undefined', 'boolean'].includes(typeof message.lines) &&
    ['undefined', 'string'].includes(typeof message.open) &&
    (!isResume ||
      (isCount(message.since) && isId(message.epoch) && (message.at === undefined || isCount(message.at))))
  if (!isSound) faults.closes.add(4400)
  return faults
}

/** [P1] @param units of the whole frame */
export function isPresenceTooLarge({ selections }: Fields, units: number, limits: ShapeLimits): boolean {
  return units > limits.presenceUnits || (Array.isArray(selections) && selections.length > limits.selections)
}

/** [P1] Except for its size. */
export function presenceFaults(message: Fields): Faults {
  const faults = none()
  const { seq, file, selections, viewport, data } = message
  const isRange = (pair: Value) => Array.isArray(pair) && pair.length === 2 && pair.every(isCount)
  const isSound =
    isCount(seq) &&
    (file === null || isId(file)) &&
    (data === undefined || isFields(data)) &&
    Array.isArray(selections) &&
    selections.every(isRange) &&
    (viewport === undefined || isRange(viewport))
  if (!isSound) faults.closes.add(4400)
  return faults
}

/** Desync reports, whose parts are limited. */
export function desyncFaults(message: Fields, limits: ShapeLimits): Faults {
  const faults = none()
  const { file, seq, good, sum, points, before, text, ops } = message
  if (!isId(file) || ![seq, good, sum, points].every(isCount)) faults.closes.add(4400)
  for (const part of [before, text]) {
    if (part !== undefined && (typeof part !== 'string' || !isText(part))) faults.closes.add(4400)
  }
  if (ops !== undefined && !Array.isArray(ops)) faults.closes.add(4400)
  if (Array.isArray(ops)) {
    const inside = none()
    for (const op of ops) opFaults(op, inside)
    if (inside.closes.size + inside.rejects.size > 0) faults.closes.add(4400)
  }
  if (faults.closes.size > 0) return faults
  for (const part of [before, text, ops])
    if (part !== undefined && JSON.stringify(part).length > limits.reportUnits) faults.closes.add(4413)
  return faults
}

/** [S1] [S2] [S11] */
export function submitFaults(message: Fields, limits: ShapeLimits): Faults {
  const faults = none()
  const { n, base, changes } = message
  if (!isCount(n) || n === 0 || !isCount(base) || !Array.isArray(changes) || changes.length === 0) {
    faults.closes.add(4400)
    return faults
  }
  if (changes.length > limits.changes) faults.rejects.add('too_many_changes')
  for (const change of changes) changeFaults(change, faults)
  return faults
}

function changeFaults(change: Value, faults: Faults): void {
  if (isFields(change) && isOfPeople(change.type)) {
    peopleFaults(change, faults)
    return
  }
  if (!isFields(change) || !isId(change.file)) {
    faults.closes.add(4400)
    return
  }
  const { type, path, text, op } = change
  if (type === 'edit') opFaults(op, faults)
  else if (type === 'create') {
    if (typeof path !== 'string' || typeof text !== 'string') faults.closes.add(4400)
    if (typeof text === 'string' && !isText(text)) faults.rejects.add('bad_text')
  } else if (type === 'rename') {
    if (typeof path !== 'string') faults.closes.add(4400)
  } else if (type === 'revive') {
    if (!isCount(change.seq)) faults.closes.add(4400)
  } else if (type !== 'remove') faults.closes.add(4400)
}

const VALUES: Readonly<Record<string, (change: Fields) => boolean>> = {
  role: ({ user, role }) =>
    isUser(user) && ['owner', 'editor', 'viewer'].includes(String(role)) && isString(role),
  mode: ({ mode }) => mode === 'open' || mode === 'classroom',
  access: ({ access }) => access === 'private' || access === 'view' || access === 'edit',
  chatting: ({ on }) => on === true || on === false,
  kick: ({ user }) => isUser(user),
  ban: ({ user, on }) => isUser(user) && (on === true || on === false),
  guests: ({ on }) => on === true || on === false,
  revoke: ({ token }) => token === undefined || isId(token),
  close: ({ closed }) => closed === true || closed === false,
  chat: ({ text }) => isString(text),
}

function isOfPeople(type: Value): type is string {
  return isString(type) && Object.hasOwn(VALUES, type)
}

function isString(value: Value): value is string {
  return typeof value === 'string'
}

function isUser(value: Value): boolean {
  if (!isString(value)) return false
  const points = [...value]
  return points.length >= 1 && points.length <= 128 && !points.some((point) => /\s|\p{C}/u.test(point))
}

/** [R3] [R9] */
function peopleFaults(change: Fields, faults: Faults): void {
  if (VALUES[String(change.type)]?.(change) !== true) faults.closes.add(4400)
  else if (change.type === 'chat' && !isSayable(String(change.text))) faults.rejects.add('bad_text')
}

function isSayable(text: string): boolean {
  const isControl = (unit: number) =>
    (unit < 0x20 && unit !== 9 && unit !== 10) || (unit >= 0x7f && unit < 0xa0)
  return (
    isText(text) && text.trim() !== '' && ![...text].some((point) => isControl(point.codePointAt(0) ?? 0))
  )
}

/** [O1] [O2] */
function opFaults(op: Value, faults: Faults): void {
  if (!Array.isArray(op)) {
    faults.closes.add(4400)
    return
  }
  let sum = 0
  let last = ''
  for (const component of op as Value[]) {
    let kind = 'other'
    if (typeof component === 'string') {
      kind = component === '' ? 'other' : 'insert'
      sum += component.length
      if (!isText(component)) faults.rejects.add('bad_text')
    } else if (isCount(component) && component > 0) {
      kind = 'skip'
      sum += component
    } else if (
      isFields(component) &&
      isCount(component.d) &&
      component.d > 0 &&
      Object.keys(component).length === 1
    ) {
      kind = 'delete'
      sum += component.d
    }
    if (kind === 'other' || kind === last || sum > 2 ** 53 - 1) faults.closes.add(4400)
    last = kind
  }
  if (last === 'skip') faults.closes.add(4400)
}

function none(): Faults {
  return { closes: new Set(), rejects: new Set() }
}
