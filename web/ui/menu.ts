/** A context menu and a confirmation dialog, both usable by keyboard. Focus returns to where it was. */
import { h, ICONS, icon } from './dom.ts'

export interface MenuItem {
  readonly label: string
  /** The keyboard shortcut shown beside the label. */
  readonly keys?: string
  readonly danger?: boolean
  /** Whether it is the chosen one; only for items that exclude each other. */
  readonly isChosen?: boolean
  run(): void
}

/** Opens a menu with its top left or top right corner at (x, y), in pixels of the window. */
export function openMenu(
  x: number,
  y: number,
  label: string,
  items: readonly MenuItem[],
  corner: 'left' | 'right' = 'left',
): void {
  const before = document.activeElement
  const menu = h('div', { class: 'menu', attrs: { role: 'menu', popover: 'auto', 'aria-label': label } })
  const buttons = items.map((item) =>
    h(
      'button',
      {
        class: item.danger ? 'danger' : '',
        attrs: {
          type: 'button',
          role: item.isChosen === undefined ? 'menuitem' : 'menuitemradio',
          'aria-checked': item.isChosen === undefined ? null : String(item.isChosen),
          tabindex: -1,
        },
        on: {
          click: () => {
            menu.hidePopover()
            item.run()
          },
        },
      },
      item.label,
      item.keys ? h('kbd', {}, item.keys) : null,
      item.isChosen ? icon(ICONS.check) : null,
    ),
  )
  menu.append(...buttons)
  menu.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement)
    buttons[(at + step + buttons.length) % buttons.length]?.focus()
  })
  menu.addEventListener('toggle', (event) => {
    if ((event as ToggleEvent).newState !== 'closed') return
    const within = menu.contains(document.activeElement) || document.activeElement === document.body
    menu.remove()
    if (within && before instanceof HTMLElement) before.focus()
  })
  document.body.append(menu)
  menu.showPopover()
  const { width, height } = menu.getBoundingClientRect()
  const left = corner === 'left' ? x : x - width
  menu.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`
  menu.style.top = `${Math.max(8, Math.min(y, innerHeight - height - 8))}px`
  buttons[0]?.focus()
}

/** Opens a menu below a button, aligned to its right edge. */
export function openMenuUnder(button: HTMLElement, label: string, items: readonly MenuItem[]): void {
  const { right, bottom } = button.getBoundingClientRect()
  openMenu(right, bottom + 4, label, items, 'right')
}

/** Asks for confirmation. True if the user confirmed. */
export function ask(question: string, detail: string, yes: string): Promise<boolean> {
  const dialog = h(
    'dialog',
    { class: 'ask', attrs: { 'aria-labelledby': 'ask-title' } },
    h(
      'form',
      { attrs: { method: 'dialog' } },
      h('h2', { attrs: { id: 'ask-title' } }, question),
      h('p', {}, detail),
      h(
        'div',
        { class: 'actions' },
        h('button', { class: 'quiet', attrs: { value: 'no' } }, 'Cancel'),
        h('button', { class: 'danger', attrs: { value: 'yes', autofocus: true } }, yes),
      ),
    ),
  )
  document.body.append(dialog)
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(dialog.returnValue === 'yes')
    })
  })
}
