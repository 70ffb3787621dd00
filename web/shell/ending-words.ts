/** What people read when a room refuses them or ends their session, and what they can do about it. Pure. */
import type { SdkErrorCode } from '../../client/index.ts'

/**
 * `again`: retry. `as-guest`: join without the invitation. `create`: create the
 * room. `elsewhere`: go to the demo.
 */
export type Way = 'again' | 'as-guest' | 'create' | 'elsewhere'

export interface Ending {
  readonly title: string
  readonly text: string
  /** The first is the recommended one. */
  readonly ways: readonly { readonly label: string; readonly way: Way }[]
}

export interface Circumstances {
  readonly room: string
  /** The SDK's error code; null if the error has none. */
  readonly code: SdkErrorCode | null
  readonly reason: string
  /** Whether the user tried to join with an invitation. */
  readonly isInvited: boolean
}

const ELSEWHERE = { label: 'Go to the demo', way: 'elsewhere' } as const
const AGAIN = { label: 'Try again', way: 'again' } as const
const AS_GUEST = { label: 'Join as a guest', way: 'as-guest' } as const

export function endingOf({ room, code, reason, isInvited }: Circumstances): Ending {
  switch (code) {
    case 'no_such_room':
      return {
        title: `There is no room “${room}”`,
        text: 'The name may be mistyped, or nobody has created the room yet.',
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
        text: 'Its owner closed the room. What you wrote is kept; come back when the room is open again.',
        ways: [AGAIN, ELSEWHERE],
      }
    case 'replaced':
      return {
        title: 'This room is open in another window',
        text: 'Only one window at a time can use this connection. Use the other one, or continue here.',
        ways: [{ label: 'Continue here', way: 'again' }, ELSEWHERE],
      }
    default:
      return { title: 'Could not join the room', text: reason, ways: [AGAIN, ELSEWHERE] }
  }
}

function invitationOver(): Ending {
  return {
    title: 'Your invitation is no longer valid',
    text: 'The link you joined with has expired or was revoked. Ask the sender for a new link.',
    ways: [AS_GUEST, ELSEWHERE],
  }
}

function byInvitation(room: string): Ending {
  return {
    title: `“${room}” is invitation-only`,
    text: 'The link to the room is not enough. Ask its owner for an invitation.',
    ways: [AGAIN, ELSEWHERE],
  }
}

function removed(room: string, isInvited: boolean): Ending {
  return {
    title: 'You were removed from this room',
    text: `The owner of “${room}” removed you. To come back, ask them for ${isInvited ? 'a new link' : 'an invitation'}.`,
    ways: [ELSEWHERE],
  }
}

function keptOut(room: string): Ending {
  return {
    title: 'You are banned from this room',
    text: `The owner of “${room}” banned you. A new link does not help; only they can lift the ban.`,
    ways: [ELSEWHERE],
  }
}

function notAllowed(reason: string, isInvited: boolean): Ending {
  return {
    title: 'You do not have access to this room',
    text: isInvited
      ? `Your invitation was refused: ${reason}. Ask the owner for a new link.`
      : `The room refused access: ${reason}. Ask the owner for an invitation.`,
    ways: isInvited ? [AS_GUEST, ELSEWHERE] : [ELSEWHERE],
  }
}
