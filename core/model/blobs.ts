/**
 * Nothing large rides in the log: a text or op that is too large for its commit leaves it here and is named in it, and
 * comes back into it here. `extractBlobs` and `inlineBlobs` are each other's inverse; neither knows where blobs are kept.
 * What a change carries follows from its type alone (`contentOf`): what is said, and who may do what, never leaves a commit.
 */
import { type Content, contentOf } from '../protocol/changes.ts'
import type {
  BlobRef,
  Change,
  Commit,
  CommittedChange,
  Entry,
  SubmittedChange,
} from '../protocol/messages.ts'
import { checksumOf } from '../text/checksum.ts'
import { parseOp } from '../text/op.ts'
import { pointsOf } from '../text/units.ts'
import { contentBytes, isLargeWas } from './commit-size.ts'

/** A commit as it is written and sent, and the content that lies beside it by blob id. */
export interface ExtractedCommit {
  readonly commit: Commit
  readonly blobs: ReadonlyMap<string, string>
}

/**
 * Moves content that takes more than `inlineBytes` of JSON out of an entry.
 * @param seq the commit that the entry will be in
 * @param blobs content of that commit by blob id; what is moved is added
 */
export function extractBlobs(
  entry: Entry<Change>,
  inlineBytes: number,
  seq: number,
  blobs: Map<string, string>,
): Entry {
  const put = (content: string) => putBeside(content, seq, blobs)
  const changes = entry.changes.map((change): CommittedChange => {
    const content = contentOf(change)
    if (content === null || contentBytes(content) <= inlineBytes) return change
    switch (change.type) {
      case 'create':
        return { ...change, text: put(change.text) }
      case 'edit':
        return { ...change, op: put(JSON.stringify(change.op)) }
      default:
        return change
    }
  })
  return { ...entry, changes }
}

/** As `extractBlobs`, for the text of a removed file; every other change as it is. */
export function withoutText(change: Change, seq: number, blobs: Map<string, string>): Change {
  if (change.type !== 'remove' || typeof change.was !== 'string' || !isLargeWas(change.was)) return change
  return { ...change, was: putBeside(change.was, seq, blobs) }
}

function putBeside(content: string, seq: number, blobs: Map<string, string>): BlobRef {
  const blob = `${seq}-${blobs.size}`
  blobs.set(blob, content)
  return { blob, points: pointsOf(content), sum: checksumOf(content) }
}

/**
 * Puts all content back. `content` answers a blob's content by id.
 * @throws Error when a blob is missing or is not what the commit says
 */
export function inlineBlobs(commit: Commit, content: (blob: string) => string | undefined): Commit<Change> {
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

/** Whether all content is at hand that is needed to apply a commit. */
export function isWhole(commit: Commit): commit is Commit<Change> {
  return commit.entries.every((entry) => entry.changes.every(isWholeChange))
}

/** Whether a change carries all that is needed to apply it. */
export function isWholeChange(change: CommittedChange): change is Change {
  return blobOf(change) === null
}

/** The blob that is needed to apply a change, if it names one. */
export function blobOf(change: CommittedChange): BlobRef | null {
  const content = contentOf(change)
  return content !== null && isRef(content) ? content : null
}

/** About how many UTF-16 units a change takes in memory and in a commit. */
export function unitsOf(change: SubmittedChange): number {
  if (change.type === 'chat') return CHANGE_UNITS + change.text.length
  const content = contentOf(change)
  if (content === null) return CHANGE_UNITS
  if (typeof content === 'string') return CHANGE_UNITS + content.length
  let units = CHANGE_UNITS
  for (const component of content) units += typeof component === 'string' ? component.length : COMPONENT_UNITS
  return units
}

/** The commit that a blob's id names, and which of its blobs it is; null for what is no id that `extractBlobs` makes. */
export function placeOfBlob(blob: string): { readonly seq: number; readonly number: number } | null {
  const [, seq, number] = /^([1-9]\d{0,14})-(0|[1-9]\d{0,14})$/.exec(blob) ?? []
  return seq === undefined ? null : { seq: Number(seq), number: Number(number) }
}

/** Names, ids and braces around a change. */
const CHANGE_UNITS = 64
/** A skip or a delete in an op. */
const COMPONENT_UNITS = 8

function isRef(content: Content | BlobRef): content is BlobRef {
  return typeof content === 'object' && 'blob' in content
}
