/** The owner's menu for one person. Actions with lasting effects ask for confirmation. */
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
  const handOver: MenuItem[] = isHere ? [{ label: 'Make owner…', run: () => void hand() }] : []
  const remove: MenuItem = { label: 'Remove…', danger: true, run: () => void kick() }
  const ban: MenuItem = { label: 'Ban…', danger: true, run: () => void keepOut() }
  openMenuUnder(button, name, [...roles, ...handOver, remove, ban])

  function give(role: Role): void {
    attempt(() => room.setRole(user, role))
  }

  async function hand(): Promise<void> {
    const detail = `${name} will decide who may do what in this room. You stay as an editor.`
    if (await ask(`Make ${name} the owner of this room?`, detail, 'Make owner')) give('owner')
  }

  async function kick(): Promise<void> {
    const detail =
      'They are disconnected at once, and need an invitation to come back. What they wrote stays.'
    if (await ask(`Remove ${name}?`, detail, 'Remove')) attempt(() => room.kick(user))
  }

  async function keepOut(): Promise<void> {
    const detail =
      'They are disconnected at once and no invitation lets them back in until you unban them. What they wrote stays.'
    if (await ask(`Ban ${name}?`, detail, 'Ban')) attempt(() => room.ban(user))
  }
}

/** Runs a change, and shows the error if it is refused at once. */
export function attempt(change: () => void): void {
  try {
    change()
  } catch (error) {
    errorToast(error instanceof Error ? error : new Error(String(error)))
  }
}
