/** One file or folder as a row of the tree. Reports user actions and does nothing itself. */
import type { PeerInfo } from '../../client/types.ts'
import { h, ICONS, icon } from '../ui/dom.ts'
import type { Row } from './tree.ts'

interface RowOptions {
  /** The peers who look at the file. */
  readonly here: readonly PeerInfo[]
  /** Whether the file is open. */
  readonly isCurrent: boolean
  /** Whether Tab moves the focus to it. */
  readonly isActive: boolean
  choose(): void
  /** Opens the menu of actions at (x, y), in pixels of the window; null if there are none. */
  readonly menu: ((x: number, y: number) => void) | null
}

export function fileRow(row: Row, { here, isCurrent, isActive, choose, menu }: RowOptions): HTMLElement {
  const { path, file } = row
  return h(
    'li',
    {
      class: `row${file ? '' : ' folder'}`,
      attrs: {
        role: 'treeitem',
        'data-path': path,
        'aria-level': row.level,
        'aria-posinset': row.position,
        'aria-setsize': row.siblings,
        'aria-expanded': file ? null : String(row.open),
        'aria-selected': String(file !== null && isCurrent),
        tabindex: isActive ? 0 : -1,
        title: path,
      },
      vars: { '--level': String(row.level) },
      on: {
        click: choose,
        contextmenu: (event) => {
          if (menu === null) return
          event.preventDefault()
          menu(event.clientX, event.clientY)
        },
      },
    },
    file ? null : icon(ICONS.chevron),
    h('span', { class: 'name' }, row.name),
    here.length > 0 && peerDots(here),
    menu && moreButton(path, menu),
  )
}

function moreButton(path: string, menu: (x: number, y: number) => void): HTMLElement {
  const more = h(
    'button',
    {
      class: 'more',
      attrs: { type: 'button', tabindex: -1, 'aria-label': `Actions for ${path}` },
      on: {
        click: (event) => {
          event.stopPropagation()
          const box = more.getBoundingClientRect()
          menu(box.left, box.bottom + 4)
        },
      },
    },
    icon(ICONS.more),
  )
  return more
}

function peerDots(peers: readonly PeerInfo[]): HTMLElement {
  const names = peers.map(({ name }) => name).join(', ')
  return h(
    'span',
    { class: 'dots', attrs: { role: 'img', 'aria-label': `Here: ${names}`, title: names } },
    ...peers.slice(0, 4).map(({ color }) => h('span', { class: 'dot', vars: { '--peer': color } })),
  )
}
