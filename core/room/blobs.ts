/**
 * Nothing large rides in the log: a text or op beyond INLINE_UNITS leaves its commit here and is named in it, and
 * comes back into it here. `deflate` and `inflate` are each other's inverse; neither knows where blobs are kept.
 */
import { COMMIT_UNITS, INLINE_UNITS } from '../protocol/limits.ts'
import type {
  BlobRef,
  Change,
  Commit,
  CommittedChange,
  CreateChange,
  EditChange,
} from '../protocol/messages.ts'
import { checksumOf } from '../text/checksum.ts'
import { parseOp, type TextOp } from '../text/op.ts'

/** The commit as it is written and sent, and the content that lies beside it by blob id. */
export interface Deflated {
  readonly commit: Commit
  readonly blobs: ReadonlyMap<string, string>
}

/** What is left inline when a commit as a whole is too large: even the most changes of that size fit a row. */
const CROWDED_UNITS = 128

/** Moves large content out of a commit. The ids are unique in the room: `<seq>-<count>`. */
export function deflate(commit: Commit<Change>): Deflated {
  const most = totalUnits(commit) > COMMIT_UNITS ? CROWDED_UNITS : INLINE_UNITS
  const isLarge = (change: Change): change is EditChange | CreateChange => contentUnits(change) > most
  if (!commit.entries.some((entry) => entry.changes.some(isLarge))) return { commit, blobs: NO_BLOBS }
  const blobs = new Map<string, string>()
  const put = (content: string): BlobRef => {
    const blob = `${commit.seq}-${blobs.size}`
    blobs.set(blob, content)
    return { blob, points: pointsOf(content), sum: checksumOf(content) }
  }
  const entries = commit.entries.map((entry) => ({
    ...entry,
    changes: entry.changes.map((change): CommittedChange => {
      if (!isLarge(change)) return change
      if (change.type === 'create') return { ...change, text: put(change.text) }
      return { ...change, op: put(JSON.stringify(change.op)) }
    }),
  }))
  return { commit: { ...commit, entries }, blobs }
}

/**
 * Puts all content back. `content` answers a blob's content by id.
 * @throws Error when a blob is missing or is not what the commit says
 */
export function inflate(commit: Commit, content: (blob: string) => string | undefined): Commit<Change> {
  const whole = fill(commit, content)
  if (!isWhole(whole)) throw new Error(`a blob of commit ${commit.seq} is missing`)
  return whole
}

/**
 * Puts back the content that is at hand; other blobs stay named.
 * @throws Error when a blob is not what the commit says
 */
export function fill(commit: Commit, content: (blob: string) => string | undefined): Commit {
  if (isWhole(commit)) return commit
  const put = (change: CommittedChange): CommittedChange => {
    const ref = blobOf(change)
    const text = ref === null ? undefined : content(ref.blob)
    if (ref === null || text === undefined) return change
    if (checksumOf(text) !== ref.sum) throw new Error(`blob ${ref.blob} of commit ${commit.seq} is damaged`)
    if (change.type === 'create') return { ...change, text }
    return change.type === 'edit' ? { ...change, op: parseOp(JSON.parse(text)) } : change
  }
  return {
    ...commit,
    entries: commit.entries.map((entry) => ({ ...entry, changes: entry.changes.map(put) })),
  }
}

/** Whether a commit names no blob, so that all its content is at hand. */
export function isWhole(commit: Commit): commit is Commit<Change> {
  return commit.entries.every((entry) => entry.changes.every(isWholeChange))
}

/** Whether a change carries its content itself. */
export function isWholeChange(change: CommittedChange): change is Change {
  return blobOf(change) === null
}

/** The blob that a change names, if it names one. */
export function blobOf(change: CommittedChange): BlobRef | null {
  const content = change.type === 'create' ? change.text : change.type === 'edit' ? change.op : null
  return content !== null && isRef(content) ? content : null
}

/** About how many UTF-16 units of JSON a change takes in a commit: what a batch is measured by. */
export function unitsOf(change: Change): number {
  return CHANGE_UNITS + contentUnits(change)
}

/** The commit that a blob's id names, and which of its blobs it is; null for what is no id that `deflate` makes. */
export function placeOfBlob(blob: string): { readonly seq: number; readonly number: number } | null {
  const [, seq, number] = /^([1-9]\d{0,14})-(0|[1-9]\d{0,14})$/.exec(blob) ?? []
  return seq === undefined ? null : { seq: Number(seq), number: Number(number) }
}

const NO_BLOBS: ReadonlyMap<string, string> = new Map()
/** Names, ids and braces around a change. */
const CHANGE_UNITS = 64
/** A skip or a delete in an op. */
const COMPONENT_UNITS = 8

function totalUnits(commit: Commit<Change>): number {
  let units = 0
  for (const entry of commit.entries) for (const change of entry.changes) units += unitsOf(change)
  return units
}

function contentUnits(change: Change): number {
  if (change.type === 'create' || change.type === 'chat') return change.text.length
  if (change.type !== 'edit') return 0
  let units = 0
  for (const component of change.op)
    units += typeof component === 'string' ? component.length : COMPONENT_UNITS
  return units
}

function isRef(content: string | TextOp | BlobRef): content is BlobRef {
  return typeof content === 'object' && 'blob' in content
}

function pointsOf(text: string): number {
  let points = 0
  for (const _ of text) points++
  return points
}
