/**
 * The records of files that a submission replaces, so that a refused one leaves no trace. Records are
 * immutable: to keep one is to keep a reference.
 */
import type { RoomFile, RoomFiles } from '../model/files.ts'

/**
 * A file before a submission: its record, undefined if the submission creates it, and the UTF-8 bytes of its
 * text.
 */
export interface Saved {
  readonly record: RoomFile | undefined
  readonly bytes: number
}

/** By file id. */
export type Before = ReadonlyMap<string, Saved>

/** A file that the submission creates. */
export const NEW: Saved = { record: undefined, bytes: 0 }

export function savedOf(files: RoomFiles, file: string): Saved {
  return { record: files.get(file), bytes: files.bytesOf(file) }
}

/** Puts the records back. Deletes first, so that no path is in the way. */
export function restore(files: RoomFiles, before: Before): void {
  for (const file of before.keys()) files.delete(file)
  for (const { record, bytes } of before.values()) {
    if (record === undefined) continue
    files.set(record)
    // The record of an unloaded text does not have its size.
    if (record.text === null) files.assume(record.file, bytes)
  }
}
