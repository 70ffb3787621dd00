/**
 * A context menu and a question, both over the page and both usable with keys alone. Focus goes back to where it was.
 */
import { h } from './dom.ts'

export interface MenuItem {
  readonly label: string
  /** The key that does the same, as shown beside it. */
  readonly keys?: string
  readonly danger?: boolean
  run(): void
}

/** Opens a menu with its corner at (x, y), in pixels of the window. */
export function openMenu(x: number, y: number, label: string, items: readonly MenuItem[]): void {
  const before = document.activeElement
  const menu = h('div', { class: 'menu', attrs: { role: 'menu', popover: 'auto', 'aria-label': label } })
  const buttons = items.map((item) =>
    h(
      'button',
      {
        class: item.danger ? 'danger' : '',
        attrs: { type: 'button', role: 'menuitem', tabindex: -1 },
        on: {
          click: () => {
            menu.hidePopover()
            item.run()
          },
        },
      },
      item.label,
      item.keys ? h('kbd', {}, item.keys) : null,
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
  menu.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`
  menu.style.top = `${Math.max(8, Math.min(y, innerHeight - height - 8))}px`
  buttons[0]?.focus()
}

/** Asks before something that cannot be taken back. True when the answer is yes. */
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
