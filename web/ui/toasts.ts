/**
 * Short messages at the bottom of the window. Messages about lost work stay until
 * dismissed and offer the work to copy.
 */
import type { ChangeType, Rejection, Unsynced } from '../../client/types.ts'
import { announce } from './announce.ts'
import { copyText } from './clipboard.ts'
import { h, ICONS, icon } from './dom.ts'

/** ms that a message without an action stays */
const STAY_MS = 5_000

/** UTF-16 units shown of a long text */
const SHOWN_UNITS = 4_000

const DONE: Readonly<Record<ChangeType, string>> = {
  edit: 'Edit in',
  create: 'New file',
  rename: 'Rename of',
  remove: 'Removal of',
  revive: 'Restore of',
  chat: 'Message',
  role: 'Role change',
  mode: 'Classroom mode',
  access: 'Access by link',
  chatting: 'Turning chat on or off',
  kick: 'Removing a person',
  ban: 'Banning or unbanning a person',
  guests: 'Guest access',
  invite: 'Invitation',
  revoke: 'Revoking an invitation',
  close: 'Closing or reopening the room',
}

const region = h('div', { class: 'toasts', attrs: { role: 'region', 'aria-label': 'Messages' } })

/** Shows a message that may be missed. */
export function toast(text: string): void {
  announce(text)
  const box = show('toast', null, h('p', {}, text))
  setTimeout(() => box.remove(), STAY_MS)
}

/**
 * Shows an error. The same message is shown once at a time.
 * @param refused what was typed or pasted and is not in the file, for the user to copy
 */
export function errorToast(error: Error, refused = ''): void {
  console.error(error)
  if (refused !== '') {
    const gone = h('h3', {}, 'This was not added to the file')
    show('toast bad rejection', 'alert', gone, h('p', {}, error.message), ...toCopy(refused))
    return
  }
  if ([...region.children].some((box) => box.textContent === error.message)) return
  show('toast bad', 'alert', h('p', {}, error.message))
}

/** Shows what the room refused and why, with the text for the user to copy. */
export function rejectionToast(rejection: Rejection): void {
  const changes = rejection.changes.map(({ type, path, text }) => {
    const where = path === '' ? null : h('code', {}, path)
    return h('li', {}, `${DONE[type]} `, where, ...(text ? toCopy(text) : []))
  })
  show(
    'toast bad rejection',
    'alert',
    h('h3', {}, rejection.code === 'ended' ? 'This did not reach the room' : 'The room refused a change'),
    h('p', {}, rejection.message, ' ', h('small', {}, `(${rejection.code})`)),
    h('ul', {}, ...changes),
  )
}

/** Shows text that was typed here and can never reach the room, for the user to copy. */
export function unsyncedToast({ path, message, typed, text }: Unsynced): void {
  const pieces = typed.map((piece) => h('li', {}, 'Typed in ', h('code', {}, path), ...toCopy(piece)))
  const whole = h('li', {}, 'Your full copy of ', h('code', {}, path), ...toCopy(text))
  show(
    'toast bad rejection',
    'alert',
    h('h3', {}, 'Some of your work is not in the room'),
    h('p', {}, message),
    h('ul', {}, ...pieces, whole),
  )
}

/** A text, shortened if long, and a button that copies all of it. */
function toCopy(text: string): Node[] {
  const copy = h(
    'button',
    {
      attrs: { type: 'button' },
      on: {
        click: async () => {
          copy.textContent = (await copyText(text)) ? 'Copied' : 'Select it and copy by hand'
        },
      },
    },
    'Copy the text',
  )
  const shown = text.length <= SHOWN_UNITS ? text : `${text.slice(0, SHOWN_UNITS)}…`
  return [h('pre', { attrs: { tabindex: 0 } }, shown), copy]
}

function show(className: string, role: 'alert' | null, ...content: Node[]): HTMLElement {
  if (!region.isConnected) document.body.append(region)
  const close = h(
    'button',
    { class: 'close', attrs: { type: 'button', 'aria-label': 'Dismiss' }, on: { click: () => box.remove() } },
    icon(ICONS.close),
  )
  const box: HTMLElement = h('div', { class: className, attrs: { role } }, h('div', {}, ...content), close)
  region.append(box)
  return box
}
