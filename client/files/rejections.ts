/** Converts lost work of the replica to the events of the public API, with a message for display. */
import { fileOf } from '../../core/protocol/changes.ts'
import type { Left, LostChange, RejectedEffect, UnsyncedEffect } from '../../core/replica/effects.ts'
import type { Rejection, Unsynced } from '../types.ts'

const WHY = {
  conflict: 'While you were away, others changed the same places. The room has their text; this is yours.',
  other_user:
    'You are now another user. The room may already have this under your previous name, so it is not sent again.',
  file_removed: 'The file was removed while you were typing in it.',
} as const

export function rejectionOf({ code, message, changes, texts }: RejectedEffect): Rejection {
  return {
    code,
    message: message.trim() || `The room refused it (${code}).`,
    changes: changesOf(changes),
    texts,
  }
}

/**
 * Pending work when the room is over.
 * @param why reason of the end
 * @param kept whether a copy stays in the storage
 */
export function leftOf(
  { changes, texts }: Left,
  why: string,
  kept: boolean,
): readonly [Rejection | null, Unsynced[]] {
  const later = kept ? ' It is also stored in this browser, and sent when you can join again.' : ''
  const message = `The room ended before it received this: ${why}.${later}`
  const unsynced = texts.map((text) => ({ ...text, reason: 'ended' as const, message, kept }))
  if (changes.length === 0) return [null, unsynced]
  return [{ code: 'ended', message, changes: changesOf(changes), texts: [], kept }, unsynced]
}

export function unsyncedOf({ type: _, ...event }: UnsyncedEffect): Unsynced {
  return { ...event, message: WHY[event.reason] }
}

function changesOf(changes: readonly LostChange[]): Rejection['changes'] {
  return changes.map(({ change, path, text }) => {
    return { type: change.type, file: fileOf(change) ?? '', path, ...(text === null ? {} : { text }) }
  })
}
