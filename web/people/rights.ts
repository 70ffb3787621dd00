/**
 * Watches this user's rights in the room: reports why they cannot write, and shows a message when their
 * rights or the owner change. Changes nothing itself.
 */
import type { Policy, Room } from '../../client/types.ts'
import { toast } from '../ui/toasts.ts'
import { nameIn, ownerName } from './names.ts'
import { type Rights, rightsNews } from './news.ts'
import { lookingOnWords } from './role-words.ts'

const OUT = 'You are no longer in this room. Copy anything you want to keep.'

/**
 * @param changed called now and on each change with the reason why this user cannot write; null if they can
 */
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
  // The owner's name may become known only when they join.
  room.on('peers', draw)
  room.on('status', draw)
  draw()
}

function rightsIn(room: Room): Rights | null {
  const { me, policy }: { me: Room['me']; policy: Policy | null } = room
  return policy === null || me.role === null ? null : { user: me.user, role: me.role, policy }
}
