/**
 * Watches what this user may do in the room: says why they cannot write, and tells them when that, or whose room it is, becomes
 * another. It changes nothing itself.
 */
import type { Policy, Room } from '../../client/types.ts'
import { toast } from '../ui/toasts.ts'
import { nameIn, ownerName } from './names.ts'
import { type Rights, rightsNews } from './news.ts'
import { lookingOnWords } from './role-words.ts'

const OUT = 'You are not in this room any more. Copy what you want to keep.'

/** @param changed told now and at each change: why nothing may be written here, or null where it may */
export function watchRights(room: Room, changed: (whyNot: string | null) => void): void {
  let before = rightsIn(room)
  const draw = () => {
    const { policy, status } = room
    if (status.status === 'refused' || status.status === 'closed') changed(OUT)
    else changed(room.canEdit || policy === null ? null : lookingOnWords(policy, ownerName(room)))
  }
  room.on('policy', () => {
    const after = rightsIn(room)
    const news = before && after && rightsNews(before, after, (user) => nameIn(room, user))
    before = after
    if (news) toast(news)
    draw()
  })
  // Who the owner is may be known by name only once they are here.
  room.on('peers', draw)
  room.on('status', draw)
  draw()
}

function rightsIn(room: Room): Rights | null {
  const { me, policy }: { me: Room['me']; policy: Policy | null } = room
  return policy === null || me.role === null ? null : { user: me.user, role: me.role, policy }
}
