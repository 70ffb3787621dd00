/** Says to a screen reader what others see: one region for the page, which is there before there is something to say. */
import { h } from './dom.ts'

const region = h('div', { class: 'visually-hidden', attrs: { 'aria-live': 'polite', role: 'status' } })
document.body.append(region)

/** Says it in turn, without breaking into what is being read. */
export function announce(text: string): void {
  // The same words twice are news twice.
  region.replaceChildren(h('p', {}, text))
}
