/**
 * What a person did, as the model records it: each character that was typed, deleted or restored, and each
 * change to the list of files. A change made by an undo or redo names what it reverses; a refused one is
 * `dropped`, and counts as never made.
 */

export interface TextChange {
  readonly kind: 'text'
  readonly file: string
  readonly character: string
  /** `ins`: typed; `del`: deleted; `res`: restored. */
  readonly does: 'ins' | 'del' | 'res'
  readonly reverses: readonly TextChange[]
  /**
   * For a deletion: the text before it, without what was restored in it by a change that was refused since:
   * that is then where the room has it, which may be another place.
   */
  before: readonly string[] | null
  dropped: boolean
}

export interface FileChange {
  readonly kind: 'file'
  readonly file: string
  readonly does: 'create' | 'rename' | 'remove' | 'revive'
  /**
   * The path of a creation, or the new path of a renaming; for a removal, the path that the file had, which
   * differs if a renaming before it is refused.
   */
  path: string
  /** For a renaming: the old path; that too differs if a renaming before it is refused. */
  from: string
  /**
   * For a creation: its text, once that is fixed; null means the text that the file had when it was removed,
   * whatever that turns out to be.
   */
  text: readonly string[] | null
  readonly reverses: readonly FileChange[]
  dropped: boolean
}

export type Change = TextChange | FileChange

/**
 * Changes that travel together: typing in one file, or anything else that the room accepts or refuses as a
 * whole.
 */
export interface Item {
  /** The file, if the item is typing; null for everything else. */
  readonly typing: string | null
  changes: Change[]
  /** It may have been sent: nothing is composed into it any more. */
  sent: boolean
  /**
   * It is in the log, and is resent so that the room says at which commit: only its removals, which are
   * already applied here.
   */
  isCommitted: boolean
  /** It comes from an earlier page. */
  restored: boolean
  /** Its number; null if not known yet. */
  n: number | null
  /** Files that it asks the room to revive, if it may have been sent. */
  revives: ReadonlySet<string>
}

export function textChange(
  file: string,
  character: string,
  does: TextChange['does'],
  more: Partial<Pick<TextChange, 'reverses' | 'before'>> = {},
): TextChange {
  return { kind: 'text', file, character, does, reverses: [], before: null, dropped: false, ...more }
}

export function fileChange(
  file: string,
  does: FileChange['does'],
  path: string,
  more: Partial<Pick<FileChange, 'from' | 'text' | 'reverses'>> = {},
): FileChange {
  return { kind: 'file', file, does, path, from: path, text: null, reverses: [], dropped: false, ...more }
}

/** Applies a change to the characters of its file. */
export function follow(text: Set<string>, { does, character }: TextChange): void {
  if (does === 'del') text.delete(character)
  else text.add(character)
}
