/** The owner's calls: each is one policy change, which the room accepts or refuses. */
import { isUser } from '../../core/protocol/decode-people.ts'
import { isId } from '../../core/protocol/fields.ts'
import type { Access, Mode, Policy, PolicyChange, Role } from '../../core/protocol/messages.ts'
import { SdkError } from '../sdk-error.ts'
import type { InvitationInfo } from '../types.ts'

export abstract class RoomRoles {
  /** Sends a change to the room. @throws SdkError why the room is over */
  protected abstract propose(change: PolicyChange): void

  setRole(user: string, role: Role): void {
    this.propose({ type: 'role', user: checkedUser(user), role })
  }

  setMode(mode: Mode): void {
    this.propose({ type: 'mode', mode })
  }

  setAccess(access: Access): void {
    this.propose({ type: 'access', access })
  }

  setChatting(on: boolean): void {
    this.propose({ type: 'chatting', on })
  }

  kick(user: string): void {
    this.propose({ type: 'kick', user: checkedUser(user) })
  }

  ban(user: string): void {
    this.propose({ type: 'ban', user: checkedUser(user), on: true })
  }

  unban(user: string): void {
    this.propose({ type: 'ban', user: checkedUser(user), on: false })
  }

  setGuests(on: boolean): void {
    this.propose({ type: 'guests', on })
  }

  revokeInvitation(id: string): void {
    if (!isId(id))
      throw new SdkError(
        'bad_invitation',
        'Invalid invitation id: use the `id` of an entry of `invitations`.',
      )
    this.propose({ type: 'revoke', token: id })
  }

  setClosed(closed: boolean): void {
    this.propose({ type: 'close', closed })
  }
}

/** The room would close the connection over an invalid user id. @throws SdkError `bad_user` */
function checkedUser(user: string): string {
  if (isUser(user)) return user
  throw new SdkError(
    'bad_user',
    'Invalid user id: use the `user` of a person or peer (1 to 128 visible characters).',
  )
}

/** The invitations of a policy, oldest first. */
export function invitationsOf(policy: Policy | null): readonly InvitationInfo[] {
  return Object.entries(policy?.invitations ?? {})
    .map(([id, invitation]) => ({ id, ...invitation }))
    .sort((a, b) => a.at - b.at)
}
