/**
 * What a room refuses about its files: ids and paths that are taken, and more or larger files than its
 * limits allow. Each check throws a Refusal, and changes nothing.
 */
import type { RoomFiles } from '../model/files.ts'
import type { Limits } from '../protocol/limits.ts'
import { pathFault } from '../protocol/path.ts'
import { Refusal } from './refusal.ts'

/** @throws Refusal */
export function checkCreate(files: RoomFiles, file: string, path: string, limits: Limits): void {
  if (files.get(file) !== undefined) throw new Refusal('file_exists', 'This file id is in use.')
  if (files.size >= limits.files) {
    throw new Refusal('too_many_files', `A room may have at most ${limits.files} files.`)
  }
  checkPath(files, path)
}

/** @throws Refusal */
export function checkRename(files: RoomFiles, file: string, path: string): void {
  if (files.get(file)?.path !== path) checkPath(files, path, file)
}

/** @param mover the file that is to get the path, if it already exists */
function checkPath(files: RoomFiles, path: string, mover?: string): void {
  const fault = pathFault(path)
  if (fault !== null) throw new Refusal('bad_path', fault)
  const obstacle = files.obstacleAt(path, mover)
  if (obstacle !== null) throw new Refusal('path_taken', obstacle)
}

/**
 * @param was UTF-8 bytes of the text before the submission; an upper bound if it was not loaded
 * @throws Refusal
 */
export function checkSize(files: RoomFiles, file: string, { fileBytes }: Limits, was = 0): void {
  const bytes = files.get(file)?.text?.bytes ?? 0
  if (bytes > fileBytes && bytes > was) {
    throw new Refusal(
      'file_too_large',
      `A file may have at most ${fileBytes} bytes; this one would have ${bytes}.`,
    )
  }
}

/**
 * A submission that does not make the room larger is never refused.
 * @param before UTF-8 bytes of all texts before the submission
 * @throws Refusal
 */
export function checkRoom({ bytes }: RoomFiles, before: number, { roomBytes }: Limits): void {
  if (roomBytes === 0 || bytes <= roomBytes || bytes <= before) return
  throw new Refusal(
    'room_too_large',
    `The files of a room may have at most ${roomBytes} bytes together; these would have ${bytes}. Remove some of them.`,
  )
}
