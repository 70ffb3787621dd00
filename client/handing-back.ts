/** Work that will not be in the room, as an application is told of it: with the words for a person, and what had been typed. */
import { fileOf } from '../core/protocol/changes.ts'
import type { RejectedEffect, UnsyncedEffect } from '../core/replica/effects.ts'
import type { Rejection, Unsynced } from './types.ts'

const WHY = {
  conflict: 'While you were away, others changed the same places. The room has theirs; yours is here.',
  file_removed: 'The file was removed while you were typing in it.',
} as const

export function rejectionOf({ code, message, changes, texts }: RejectedEffect): Rejection {
  const lost = changes.map(({ change, path, text }) => {
    return { type: change.type, file: fileOf(change) ?? '', path, ...(text === null ? {} : { text }) }
  })
  return { code, message: message.trim() || `The room refused it (${code}).`, changes: lost, texts }
}

export function unsyncedOf({ type: _, ...event }: UnsyncedEffect): Unsynced {
  return { ...event, message: WHY[event.reason] }
}
