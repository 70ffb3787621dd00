/** The page shown instead of the editor when a room refuses a user or ends their session. */
import type { SdkErrorCode } from '../../client/index.ts'
import { ApiError } from '../api.ts'
import { forgetInvitation } from '../people/invitation.ts'
import { messagePage, type PageAction } from '../ui/message-page.ts'
import { endingOf, type Way } from './ending-words.ts'
import { goToNewRoom } from './header.ts'

export interface End {
  readonly room: string
  readonly code: SdkErrorCode | null
  readonly reason: string
  readonly isInvited: boolean
}

/** @param more text after the reason @param extra further actions */
export function endingPage(end: End, more = '', extra: readonly PageAction[] = []): HTMLElement {
  const { title, text, ways } = endingOf(end)
  const actions = ways.map(({ label, way }) => ({
    label,
    run: (button: HTMLButtonElement) => go(way, button),
  }))
  return messagePage(title, [text, more].filter(Boolean).join(' '), [...actions, ...extra])

  function go(way: Way, button: HTMLButtonElement): void {
    if (way === 'create') void goToNewRoom(button, end.room)
    else if (way === 'elsewhere') location.assign('/')
    else {
      if (way === 'as-guest') forgetInvitation(end.room)
      location.reload()
    }
  }
}

/** The SDK's code of an error on joining; null if it is not an SDK error. */
export function codeOf(error: unknown): SdkErrorCode | null {
  if (error instanceof ApiError || !(error instanceof Error) || !('code' in error)) return null
  return error.code as SdkErrorCode
}
