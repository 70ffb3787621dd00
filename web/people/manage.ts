/** What the owner of a room can do with somebody in it: a menu, with a question before what reaches far. */
import type { Role, Room } from '../../client/types.ts'
import { ask, type MenuItem, openMenuUnder } from '../ui/menu.ts'
import { errorToast } from '../ui/toasts.ts'

export interface Managed {
  readonly user: string
  readonly name: string
  readonly role: Role
  readonly isHere: boolean
}

export function openManageMenu(room: Room, button: HTMLElement, { user, name, role, isHere }: Managed): void {
  const roles: MenuItem[] = []
  if (role !== 'editor') roles.push({ label: 'Make editor', run: () => give('editor') })
  if (role !== 'viewer') roles.push({ label: 'Make viewer', run: () => give('viewer') })
  const handOver: MenuItem[] = isHere ? [{ label: 'Hand over the room…', run: () => void hand() }] : []
  const remove: MenuItem = { label: 'Remove…', danger: true, run: () => void kick() }
  const ban: MenuItem = { label: 'Remove for good…', danger: true, run: () => void keepOut() }
  openMenuUnder(button, name, [...roles, ...handOver, remove, ban])

  function give(role: Role): void {
    attempt(() => room.setRole(user, role))
  }

  async function hand(): Promise<void> {
    const detail = `${name} decides from then on who may do what. You stay as an editor.`
    if (await ask(`Hand the room over to ${name}?`, detail, 'Hand over')) give('owner')
  }

  async function kick(): Promise<void> {
    const detail = 'They are out at once, and do not come back without an invitation. What they wrote stays.'
    if (await ask(`Remove ${name}?`, detail, 'Remove')) attempt(() => room.kick(user))
  }

  async function keepOut(): Promise<void> {
    const detail =
      'They are out at once and stay out, whatever invitation they come with, until you let them in again. What they wrote stays.'
    if (await ask(`Remove ${name} for good?`, detail, 'Remove for good')) attempt(() => room.ban(user))
  }
}

/** Does what a room may refuse at once. */
export function attempt(change: () => void): void {
  try {
    change()
  } catch (error) {
    errorToast(error instanceof Error ? error : new Error(String(error)))
  }
}
