/**
 * What a person did, as the model keeps it: each character that was typed, deleted or given back, and each thing that was done to the
 * list of files. A change of an undo or redo names what it reverses; one that was refused is `dropped`, and counts as never made.
 */

export interface TextChange {
  readonly kind: 'text'
  readonly file: string
  readonly character: string
  /** `ins`: typed; `del`: taken out; `res`: given back. */
  readonly does: 'ins' | 'del' | 'res'
  readonly reverses: readonly TextChange[]
  /** Of a deletion: the text before it. */
  readonly before: readonly string[] | null
  dropped: boolean
}

export interface FileChange {
  readonly kind: 'file'
  readonly file: string
  readonly does: 'create' | 'rename' | 'remove' | 'revive'
  /** Where it is created or goes; of a removal, where it was, which is another place when a renaming before it is refused. */
  path: string
  /** Of a renaming: where it was. */
  readonly from: string
  /** Of a creation: its text, once that is fixed; null for what the file had when it was removed, however that comes to be. */
  text: readonly string[] | null
  readonly reverses: readonly FileChange[]
  dropped: boolean
}

export type Change = TextChange | FileChange

/** Changes that travel together: typing in one file, or anything else that the room takes or refuses as a whole. */
export interface Item {
  /** The file that it is typing in; null for everything else. */
  readonly typing: string | null
  changes: Change[]
  /** It may have been sent: nothing is composed into it any more. */
  sent: boolean
  /** It is in the log, and sent again so that the room says where: its removals, which are done here already. */
  isCommitted: boolean
  /** It comes from a page of before. */
  restored: boolean
  /** Its number; null before it is known. */
  n: number | null
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
