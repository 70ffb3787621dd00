/**
 * The file list as a drawer, on screens too narrow to show it beside the text. No effect on wide screens.
 */
import { h } from '../ui/dom.ts'

export function setUpDrawer(button: HTMLButtonElement, panel: HTMLElement): { close(): void } {
  const veil = h('div', { class: 'veil', on: { click: () => set(false) } })
  button.hidden = false
  button.addEventListener('click', () => set(button.getAttribute('aria-expanded') !== 'true'))
  panel.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented || !isOpen()) return
    set(false)
    button.focus()
  })
  function isOpen(): boolean {
    return document.body.classList.contains('drawer-open')
  }
  function set(open: boolean): void {
    document.body.classList.toggle('drawer-open', open)
    button.setAttribute('aria-expanded', String(open))
    if (!open) return
    panel.after(veil)
    panel.querySelector<HTMLElement>('[role=treeitem][tabindex="0"], button')?.focus()
  }
  return { close: () => set(false) }
}
