/**
 * The outcome of a valid submission in one state of a room, by docs/protocol.md: the answers that it may
 * get. More than one if the history is not known well enough.
 */

import { type ModelFile, pointsAt, type RoomModel, type Version } from './room-model.ts'
import { isGoodPath, keyOf } from './shape.ts'

/** Policy changes and chat. */
export type PeopleChange =
  | { readonly type: 'role'; readonly user: string; readonly role: string }
  | { readonly type: 'mode'; readonly mode: string }
  | { readonly type: 'access'; readonly access: string }
  | { readonly type: 'chatting'; readonly on: boolean }
  | { readonly type: 'kick'; readonly user: string }
  | { readonly type: 'ban'; readonly user: string; readonly on: boolean }
  | { readonly type: 'guests'; readonly on: boolean }
  | { readonly type: 'revoke'; readonly token?: string }
  /** [R12] Only the room commits it: every shape of it is invalid in a submission. */
  | { readonly type: 'invite'; readonly token: string; readonly user: string }
  | { readonly type: 'close'; readonly closed: boolean }
  | { readonly type: 'chat'; readonly text: string }

export type Change = PeopleChange | FileChange

export type FileChange =
  | {
      readonly type: 'edit'
      readonly file: string
      readonly op: readonly (number | string | { readonly d: number })[]
    }
  | { readonly type: 'create'; readonly file: string; readonly path: string; readonly text: string }
  | { readonly type: 'rename'; readonly file: string; readonly path: string }
  | { readonly type: 'remove'; readonly file: string }
  | { readonly type: 'revive'; readonly file: string; readonly seq: number }

export interface Submission {
  readonly n: number
  readonly base: number
  readonly changes: readonly Change[]
}

export interface SubmitLimits {
  readonly files: number
  readonly fileBytes: number
  /** How many commits behind the room are still fetched for a submission. */
  readonly archived: number
}

/** The state of a file within this submission so far. */
interface Own {
  /** null for a restored file, whose path the room chooses */
  readonly path: string | null
  /** Created by this submission. */
  readonly isMade: boolean
  /** In the text at the base, with this submission's own edits; null if not known. */
  readonly points: number | null
  readonly known: ModelFile | null
  /** UTF-8 bytes, lower and upper bound. */
  readonly least: number
  readonly most: number
}

/** The answers that one state allows: `commit`, `ack`, `silence`, `resync` and `reject <code>`. */
export function submissionAnswers(
  submission: Submission,
  client: string,
  model: RoomModel,
  state: Version,
  limits: SubmitLimits,
): Set<string> {
  const { n, base, changes } = submission
  const last = model.lastOf(client, state.number)
  // [S3]
  if (last !== null && n <= last.n) return new Set(last.seq <= state.sealed ? ['ack'] : ['silence', 'commit'])
  // [R9]
  if (changes.filter(({ type }) => type === 'chat').length > 1) return new Set(['reject too_many_changes'])
  // [R3] [R9]: an attacker is a guest who may edit through the room's `access`, and is never the owner.
  for (const change of changes) {
    if (change.type === 'chat' && change.text.length > CHAT_UNITS) return new Set(['reject chat_too_long'])
    if (!isOfFile(change) && change.type !== 'chat') return new Set(['reject forbidden'])
  }
  // [S13]
  if (
    new Set(changes.flatMap((change) => (change.type === 'revive' ? [change.seq] : []))).size >
    REVIVED_COMMITS
  )
    return new Set(['reject too_many_changes'])
  // [S4]
  if (base > state.sealed || (last !== null && base < last.seq)) return new Set(['reject bad_base'])
  const answers = new Set<string>()
  // [S5]
  if (state.sealed - base > Math.min(limits.archived, SURELY_SMALL)) answers.add('resync')
  const files = new Map<string, Own>()
  for (const [id, file] of state.files) files.set(id, untouched(file, base))
  for (const change of changes.filter(isOfFile)) {
    const { certain, possible } =
      change.type === 'revive'
        ? revival(files, change, model, state.sealed, limits)
        : step(files, change, base, limits)
    for (const code of possible) answers.add(`reject ${code}`)
    if (certain.size === 0) continue
    for (const code of certain) answers.add(`reject ${code}`)
    return answers
  }
  // [S12]
  const bytes = changes.reduce((sum, change) => sum + bytesInCommit(change), 0)
  if (bytes * ROUNDING + OVERHEAD_BYTES * changes.length > SUBMISSION_BYTES)
    answers.add('reject submission_too_large')
  if (bytes <= SUBMISSION_BYTES) answers.add('commit')
  return answers
}

/** UTF-8 bytes of JSON that a submission may take in its commit. */
const SUBMISSION_BYTES = 1_536 * 1024
/** In a large submission, larger content is stored beside the commit. */
const INLINE_BYTES = 128
/** Upper bound for what the room adds to a change: names and checksums. */
const OVERHEAD_BYTES = 400
const ROUNDING = 1.5

function bytesInCommit(change: Change): number {
  const { text = '', op = [], ...own } = change as { text?: string; op?: unknown }
  if (change.type === 'chat') return jsonBytes(change)
  return jsonBytes(own) + Math.min(INLINE_BYTES, jsonBytes(change.type === 'edit' ? op : text))
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}

/**
 * Commits that are certainly less than 4 MiB together: more is not read for a base older than memory, and
 * their size is not known here.
 */
const SURELY_SMALL = 8

/** Commits whose removed files may be restored in one submission. */
const REVIVED_COMMITS = 4

/** UTF-16 units of one chat message. */
const CHAT_UNITS = 4_000

function isOfFile(change: Change): change is FileChange {
  return 'file' in change && ['edit', 'create', 'rename', 'remove', 'revive'].includes(change.type)
}

interface Verdict {
  readonly certain: Set<string>
  readonly possible: Set<string>
}

/** [S13] A file is restored, to its path or beside it. */
function revival(
  files: Map<string, Own>,
  { file, seq }: Extract<FileChange, { type: 'revive' }>,
  model: RoomModel,
  sealed: number,
  limits: SubmitLimits,
): Verdict {
  const certain = new Set<string>()
  const possible = new Set<string>()
  if (files.has(file)) return { certain: certain.add('file_exists'), possible }
  if (files.size >= limits.files) certain.add('too_many_files')
  const removed = seq > sealed ? null : model.removedBy(seq, file)
  if (removed === null) certain.add('no_such_removal')
  if (removed === undefined) for (const code of ['no_such_removal', 'past_gone']) possible.add(code)
  const taken = new Set<string>()
  if (removed != null) pathFaults(files, file, removed.path, taken, taken)
  // If so many files are beside it that no path is free.
  if (removed === undefined || taken.size > 0) possible.add('path_taken')
  const text = removed?.text ?? null
  files.set(file, {
    path: removed == null || taken.size > 0 ? null : removed.path,
    isMade: true,
    points: text === null ? null : [...text].length,
    known: null,
    least: text === null ? 0 : Buffer.byteLength(text),
    most: text === null ? Number.POSITIVE_INFINITY : Buffer.byteLength(text),
  })
  return { certain, possible }
}

/** Applies one change, as far as possible. */
function step(
  files: Map<string, Own>,
  change: Exclude<FileChange, { type: 'revive' }>,
  base: number,
  limits: SubmitLimits,
): Verdict {
  const certain = new Set<string>()
  const possible = new Set<string>()
  const verdict = { certain, possible }
  const own = files.get(change.file)
  if (change.type === 'create') {
    // [S7] [S11]
    if (own !== undefined) certain.add('file_exists')
    if (files.size >= limits.files) certain.add('too_many_files')
    pathFaults(files, change.file, change.path, certain, possible)
    const bytes = Buffer.byteLength(change.text)
    if (bytes > limits.fileBytes) certain.add('file_too_large')
    const points = [...change.text].length
    files.set(change.file, {
      path: change.path,
      isMade: true,
      points,
      known: null,
      least: bytes,
      most: bytes,
    })
    return verdict
  }
  // [S6]
  const isLate = own?.isMade === false && own.known !== null && (own.known.born ?? own.known.revision) > base
  if (own === undefined || (isLate && own.known?.born !== null)) {
    certain.add('no_such_file')
    return verdict
  }
  if (isLate) possible.add('no_such_file')
  if (change.type === 'remove') files.delete(change.file)
  else if (change.type === 'rename') {
    if (change.path !== own.path) pathFaults(files, change.file, change.path, certain, possible)
    files.set(change.file, { ...own, path: change.path })
  } else editFaults(files, own, change, limits, verdict)
  return verdict
}

/** [O3] [S11] */
function editFaults(
  files: Map<string, Own>,
  own: Own,
  change: Extract<FileChange, { type: 'edit' }>,
  limits: SubmitLimits,
  { certain, possible }: Verdict,
): void {
  let [reached, deleted, inserted, bytes] = [0, 0, 0, 0]
  for (const component of change.op) {
    if (typeof component === 'string') {
      inserted += [...component].length
      bytes += Buffer.byteLength(component)
    } else if (typeof component === 'number') reached += component
    else {
      reached += component.d
      deleted += component.d
    }
  }
  if (own.points === null) {
    if (reached > 0) possible.add('op_out_of_range')
  } else if (reached > own.points) certain.add('op_out_of_range')
  const most = own.most + bytes
  const least = Math.max(0, own.least - 4 * deleted) + bytes
  // A file above the limit may still shrink.
  if (most > limits.fileBytes && inserted > 0)
    (least > limits.fileBytes && deleted === 0 ? certain : possible).add('file_too_large')
  const points = own.points === null ? null : own.points - deleted + inserted
  files.set(change.file, { ...own, points, least, most })
}

/** [U3] [S7] */
function pathFaults(
  files: ReadonlyMap<string, Own>,
  file: string,
  path: string,
  certain: Set<string>,
  possible: Set<string>,
): void {
  if (!isGoodPath(path)) certain.add('bad_path')
  const key = keyOf(path)
  for (const [id, other] of files) {
    if (id === file) continue
    if (other.path === null) {
      possible.add('path_taken')
      continue
    }
    const taken = keyOf(other.path)
    if (key === taken || key.startsWith(`${taken}/`) || taken.startsWith(`${key}/`)) certain.add('path_taken')
  }
}

function untouched(file: ModelFile, base: number): Own {
  const bytes = file.text === null ? null : Buffer.byteLength(file.text)
  return {
    path: file.path,
    isMade: false,
    points: pointsAt(file, base),
    known: file,
    least: bytes ?? 0,
    most: bytes ?? Number.POSITIVE_INFINITY,
  }
}
