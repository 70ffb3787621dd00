/**
 * Keeps large content out of the log: a text or op that is too large for its commit is replaced by a
 * reference here, and put back here. `extractBlobs` and `inlineBlobs` are inverses; neither knows where
 * blobs are stored. The content of a change follows from its type alone (`contentOf`): chat and policy
 * changes always stay in the commit.
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

/** A commit as it is written and sent, and the content stored beside it, by blob id. */
export interface ExtractedCommit {
  readonly commit: Commit
  readonly blobs: ReadonlyMap<string, string>
}

/**
 * Moves content that takes more than `inlineBytes` of JSON out of an entry.
 * @param seq the commit that will contain the entry
 * @param blobs content of that commit by blob id; extracted content is added
 */
export function extractBlobs(
  entry: Entry<Change>,
  inlineBytes: number,
  seq: number,
  blobs: Map<string, string>,
): Entry {
  const put = (content: string) => putBlob(content, seq, blobs)
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

/** Like `extractBlobs`, for the text of a removed file; returns any other change unchanged. */
export function withoutText(change: Change, seq: number, blobs: Map<string, string>): Change {
  if (change.type !== 'remove' || typeof change.was !== 'string' || !isLargeWas(change.was)) return change
  return { ...change, was: putBlob(change.was, seq, blobs) }
}

function putBlob(content: string, seq: number, blobs: Map<string, string>): BlobRef {
  const blob = `${seq}-${blobs.size}`
  blobs.set(blob, content)
  return { blob, points: pointsOf(content), sum: checksumOf(content) }
}

/**
 * Inlines all content. `content` returns the content of a blob id.
 * @throws Error if a blob is missing or does not match the commit
 */
export function inlineBlobs(commit: Commit, content: (blob: string) => string | undefined): Commit<Change> {
  const whole = fill(commit, content)
  if (!isWhole(whole)) throw new Error(`a blob of commit ${commit.seq} is missing`)
  return whole
}

/**
 * Inlines whatever content is available; other blobs remain references.
 * @throws Error if a blob does not match the commit
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

/** Whether a commit has all content that is needed to apply it. */
export function isWhole(commit: Commit): commit is Commit<Change> {
  return commit.entries.every((entry) => entry.changes.every(isWholeChange))
}

/** Whether a change has all content that is needed to apply it. */
export function isWholeChange(change: CommittedChange): change is Change {
  return blobOf(change) === null
}

/** The blob that is needed to apply a change, if it references one. */
export function blobOf(change: CommittedChange): BlobRef | null {
  const content = contentOf(change)
  return content !== null && isRef(content) ? content : null
}

/** Approximate UTF-16 units of a change in memory and in a commit. */
export function unitsOf(change: SubmittedChange): number {
  if (change.type === 'chat') return CHANGE_UNITS + change.text.length
  const content = contentOf(change)
  if (content === null) return CHANGE_UNITS
  if (typeof content === 'string') return CHANGE_UNITS + content.length
  let units = CHANGE_UNITS
  for (const component of content) units += typeof component === 'string' ? component.length : COMPONENT_UNITS
  return units
}

/**
 * The commit and the number within it that a blob id stands for; null if it is not an id made by
 * `extractBlobs`.
 */
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
