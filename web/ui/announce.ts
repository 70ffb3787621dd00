/** Announces text to screen readers, through one live region that exists before the first announcement. */
import { h } from './dom.ts'

const region = h('div', { class: 'visually-hidden', attrs: { 'aria-live': 'polite', role: 'status' } })
document.body.append(region)

/** Announces politely: waits until the screen reader is idle. */
export function announce(text: string): void {
  // A new element each time, so that a repeated text is announced again.
  region.replaceChildren(h('p', {}, text))
}
