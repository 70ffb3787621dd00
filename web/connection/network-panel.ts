/** The corner panel that delays or cuts this window's connection, to try out what happens. */
import { h, ICONS, icon } from '../ui/dom.ts'
import type { Network } from './network.ts'

const MOST_MS = 3_000

export function networkPanel(network: Network): HTMLElement {
  const shown = h('output', { attrs: { for: 'latency' } }, '0 ms')
  const slider = h('input', {
    attrs: { id: 'latency', type: 'range', min: 0, max: MOST_MS, step: 50, value: 0 },
    on: {
      input: () => {
        network.latency = slider.valueAsNumber
        shown.textContent = `${network.latency} ms`
        mark()
      },
    },
  })
  const cut = h('input', {
    attrs: { id: 'cut', type: 'checkbox', role: 'switch' },
    on: {
      change: () => {
        // Browsers fire this when the network is back, and the SDK then reconnects at once. Before the cut
        // ends: an attempt that hangs is replaced while it has no real socket to be closed half open.
        if (!cut.checked) window.dispatchEvent(new Event('online'))
        network.cut = cut.checked
        mark()
      },
    },
  })
  const state = h('span', { class: 'network-state' })
  const panel = h(
    'details',
    { class: 'network', attrs: { open: matchMedia('(min-width: 1000px) and (min-height: 640px)').matches } },
    h('summary', {}, icon(ICONS.network), 'Network', state),
    h(
      'div',
      { class: 'network-body' },
      h('p', {}, 'Type in two windows, cut one, and see the merge.'),
      h(
        'div',
        { class: 'field' },
        h('label', { attrs: { for: 'latency' } }, 'Latency each way'),
        shown,
        slider,
      ),
      h('label', { class: 'switch', attrs: { for: 'cut' } }, 'Cut the connection', cut),
      h('a', { attrs: { href: '', target: '_blank', rel: 'noopener' } }, 'Open a second window'),
    ),
  )
  const link = panel.querySelector('a')
  link?.addEventListener('click', () => {
    link.href = location.href
  })
  function mark(): void {
    panel.dataset.state = network.cut ? 'cut' : network.latency > 0 ? 'slow' : 'plain'
    state.textContent = network.cut ? 'cut' : network.latency > 0 ? `${network.latency} ms` : ''
  }
  mark()
  return h('aside', { class: 'network-place', attrs: { 'aria-label': 'Network' } }, panel)
}
