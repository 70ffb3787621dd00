/** What a person is told whom a room does not let in, or not stay, and what they can do about it. Pure. */
import type { SdkErrorCode } from '../../client/index.ts'

/** `again`: try once more. `as-guest`: without the invitation. `create`: make the room. `elsewhere`: go to the demo. */
export type Way = 'again' | 'as-guest' | 'create' | 'elsewhere'

export interface Ending {
  readonly title: string
  readonly text: string
  /** The first is the one to take. */
  readonly ways: readonly { readonly label: string; readonly way: Way }[]
}

export interface Circumstances {
  readonly room: string
  /** As the SDK says it, or null where it does not. */
  readonly code: SdkErrorCode | null
  readonly reason: string
  /** Whether it was by an invitation that somebody tried to come in. */
  readonly isInvited: boolean
}

const ELSEWHERE = { label: 'Go to the demo', way: 'elsewhere' } as const
const AGAIN = { label: 'Try again', way: 'again' } as const
const AS_GUEST = { label: 'Come in without it', way: 'as-guest' } as const

export function endingOf({ room, code, reason, isInvited }: Circumstances): Ending {
  switch (code) {
    case 'no_such_room':
      return {
        title: `There is no room “${room}”`,
        text: 'It may have been mistyped, or nobody has made it yet.',
        ways: [{ label: 'Create it', way: 'create' }, ELSEWHERE],
      }
    case 'bad_name':
      return { title: `No room can be called “${room}”`, text: reason, ways: [ELSEWHERE] }
    case 'unauthenticated':
      return isInvited ? invitationOver() : byInvitation(room)
    case 'forbidden':
      if (reason.startsWith('removed')) return removed(room, isInvited)
      return reason.startsWith('kept out') ? keptOut(room) : notAllowed(reason, isInvited)
    case 'closed_by_owner':
      return {
        title: `“${room}” is closed`,
        text: 'Its owner has closed the room. What you wrote is kept in it; come back when it is open again.',
        ways: [AGAIN, ELSEWHERE],
      }
    case 'replaced':
      return {
        title: 'This room is open in another window',
        text: 'Only one window at a time can hold this connection. Use the other one, or go on here.',
        ways: [{ label: 'Go on here', way: 'again' }, ELSEWHERE],
      }
    default:
      return { title: 'The room cannot be entered', text: reason, ways: [AGAIN, ELSEWHERE] }
  }
}

function invitationOver(): Ending {
  return {
    title: 'Your invitation has ended',
    text: 'The link that you came in with has expired or was taken back. Ask whoever sent it for a new link, and open that.',
    ways: [AS_GUEST, ELSEWHERE],
  }
}

function byInvitation(room: string): Ending {
  return {
    title: `“${room}” is by invitation`,
    text: 'Its link alone is not enough. Ask the owner of the room for an invitation, and open the link that you get.',
    ways: [AGAIN, ELSEWHERE],
  }
}

function removed(room: string, isInvited: boolean): Ending {
  return {
    title: 'You were removed from this room',
    text: `The owner of “${room}” has removed you. To come back, ask them for ${isInvited ? 'a new link' : 'an invitation'}, and open that.`,
    ways: [ELSEWHERE],
  }
}

function keptOut(room: string): Ending {
  return {
    title: 'You are kept out of this room',
    text: `The owner of “${room}” has removed you for good. A new link does not help; only they can let you in again.`,
    ways: [ELSEWHERE],
  }
}

function notAllowed(reason: string, isInvited: boolean): Ending {
  return {
    title: 'You may not enter this room',
    text: isInvited
      ? `Your invitation does not open it: ${reason}. Ask its owner for a new link.`
      : `The room answered: ${reason}. Ask its owner for an invitation.`,
    ways: isInvited ? [AS_GUEST, ELSEWHERE] : [ELSEWHERE],
  }
}
