/** A page shown instead of the editor: what is wrong, and what to do about it. */
import { h } from './dom.ts'

export interface PageAction {
  readonly label: string
  /** @param button for disabling it meanwhile */
  run(button: HTMLButtonElement): void
}

/** The first action is the primary one. */
export function messagePage(title: string, text: string, actions: readonly PageAction[]): HTMLElement {
  const buttons = actions.map(({ label, run }, i) => {
    const button = h('button', { class: i === 0 ? 'primary' : 'quiet', attrs: { type: 'button' } }, label)
    button.addEventListener('click', () => run(button))
    return button
  })
  return h(
    'main',
    { class: 'message-page' },
    h('h2', {}, title),
    h('p', {}, text),
    h('div', { class: 'actions' }, ...buttons),
  )
}
