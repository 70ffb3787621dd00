/** The owner's dialog for an invitation: name, role and lifetime, then the link to copy. */
import { type InvitationOrder, type IssuedInvitation, invite } from '../api.ts'
import { invitationAddress } from '../shell/routes.ts'
import { copyText } from '../ui/clipboard.ts'
import { h, ICONS, icon } from '../ui/dom.ts'
import { ROLE_WORDS } from './role-words.ts'

const HOUR_S = 60 * 60
const DAY_S = 24 * HOUR_S

const SPANS: readonly (readonly [seconds: number, label: string])[] = [
  [HOUR_S, 'One hour'],
  [DAY_S, 'One day'],
  [7 * DAY_S, 'One week'],
  [30 * DAY_S, '30 days'],
]
const USUAL_S = 7 * DAY_S

/** @param credentials the owner's token */
export function openInviteDialog(room: string, credentials: () => Promise<string>): void {
  const dialog = h('dialog', { class: 'ask invite', attrs: { 'aria-labelledby': 'invite-title' } })
  dialog.addEventListener('close', () => dialog.remove())
  dialog.append(orderForm(dialog, room, credentials))
  document.body.append(dialog)
  dialog.showModal()
}

function orderForm(dialog: HTMLDialogElement, room: string, credentials: () => Promise<string>): HTMLElement {
  const name = h('input', {
    attrs: {
      type: 'text',
      id: 'invite-name',
      maxlength: 60,
      placeholder: 'Leave empty for a random name',
      autocomplete: 'off',
    },
  })
  const role = h(
    'select',
    { attrs: { id: 'invite-role' } },
    ...(['editor', 'viewer'] as const).map((value) => h('option', { attrs: { value } }, ROLE_WORDS[value])),
  )
  const span = h(
    'select',
    { attrs: { id: 'invite-span' } },
    ...SPANS.map(([seconds, label]) =>
      h('option', { attrs: { value: seconds, selected: seconds === USUAL_S } }, label),
    ),
  )
  const wrong = h('p', { class: 'wrong', attrs: { role: 'alert' } })
  const make = h('button', { class: 'primary', attrs: { type: 'submit' } }, 'Create link')
  const form = h(
    'form',
    {
      on: {
        submit: (event) => {
          event.preventDefault()
          void send()
        },
      },
    },
    h('h2', { attrs: { id: 'invite-title' } }, 'Invite someone'),
    h('p', {}, 'The link is for one person. It also works while this room is invitation-only.'),
    field('invite-name', 'Name', name),
    field('invite-role', 'Role', role),
    field('invite-span', 'Valid for', span),
    wrong,
    h('div', { class: 'actions' }, cancelButton(dialog, 'Cancel'), make),
  )
  return form

  async function send(): Promise<void> {
    make.disabled = true
    wrong.textContent = ''
    const called = name.value.trim()
    const order: InvitationOrder = {
      role: role.value === 'viewer' ? 'viewer' : 'editor',
      expiresInS: Number(span.value),
      ...(called === '' ? {} : { name: called }),
    }
    try {
      const issued = await invite(room, await credentials(), order)
      dialog.replaceChildren(linkView(dialog, room, issued))
      dialog.querySelector('input')?.select()
    } catch (error) {
      wrong.textContent = error instanceof Error ? error.message : String(error)
      make.disabled = false
    }
  }
}

function linkView(
  dialog: HTMLDialogElement,
  room: string,
  { token, name, expires }: IssuedInvitation,
): HTMLElement {
  const address = location.origin + invitationAddress(room, token)
  const link = h('input', {
    attrs: { type: 'text', readonly: true, value: address, 'aria-label': 'Invitation link' },
  })
  const copied = h('p', { class: 'muted', attrs: { role: 'status' } })
  const copy = h(
    'button',
    {
      class: 'primary',
      attrs: { type: 'button' },
      on: {
        click: async () => {
          const done = await copyText(address)
          copied.textContent = done ? 'Copied. Send it to them.' : 'Could not copy. Copy the link by hand.'
        },
      },
    },
    icon(ICONS.share),
    'Copy link',
  )
  const until = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(
    expires,
  )
  return h(
    'div',
    {},
    h('h2', { attrs: { id: 'invite-title' } }, `A link for ${name}`),
    h('p', {}, `Anyone who opens it joins as ${name}. It is valid until ${until}.`),
    h('div', { class: 'link-line' }, link, copy),
    copied,
    h('div', { class: 'actions' }, cancelButton(dialog, 'Done')),
  )
}

function field(id: string, label: string, control: HTMLElement): HTMLElement {
  return h('div', { class: 'choice' }, h('label', { attrs: { for: id } }, label), control)
}

function cancelButton(dialog: HTMLDialogElement, label: string): HTMLElement {
  return h(
    'button',
    { class: 'quiet', attrs: { type: 'button' }, on: { click: () => dialog.close() } },
    label,
  )
}
