/** Who is in the room, oneself first: a round badge each, with initials in the person's colour. */
import type { PeerInfo, Room } from '../client/types.ts'
import { h } from './dom.ts'

/** How many badges show, and how many of them where the screen is narrow; whoever comes after is counted. */
const SHOWN = 6
const SHOWN_NARROW = 3

/** @param goTo asked to show the place of a peer */
export function peopleList(
  room: Room,
  goTo: (peer: PeerInfo) => void,
): { element: HTMLElement; draw(): void } {
  const element = h('ul', { class: 'people', attrs: { 'aria-label': 'Who is here' } })
  const narrow = matchMedia('(max-width: 719px)')
  let drawn = ''
  const draw = () => {
    const { me, peers } = room
    const paths = new Map(room.files.map(({ file, path }) => [file, path]))
    const where = (peer: PeerInfo) => (peer.file === null ? undefined : paths.get(peer.file))
    const now = JSON.stringify([
      narrow.matches,
      me,
      ...peers.map((peer) => [peer.session, peer.name, peer.color, where(peer)]),
    ])
    if (now === drawn) return
    drawn = now
    const others = peers.map((peer) => {
      const path = where(peer)
      const label = path === undefined ? peer.name : `${peer.name}, in ${path}`
      return h('li', {}, badge(peer, label, path === undefined ? null : () => goTo(peer)))
    })
    const fit = narrow.matches ? SHOWN_NARROW : SHOWN
    // The count takes the place of a badge.
    const hidden = others.length < fit ? [] : others.splice(fit - 2)
    element.replaceChildren(h('li', {}, badge(me, `${me.name} (you)`, null)), ...others)
    if (hidden.length > 0) {
      const names = peers.slice(-hidden.length).map(({ name }) => name)
      element.append(h('li', { class: 'rest', attrs: { title: names.join('\n') } }, `+${hidden.length}`))
    }
  }
  narrow.addEventListener('change', draw)
  return { element, draw }
}

function badge(who: { name: string; color: string }, label: string, go: (() => void) | null): HTMLElement {
  const vars = { '--peer': who.color }
  const attrs = { title: go ? `${label}: go there` : label, 'aria-label': go ? `Go to ${label}` : label }
  return go
    ? h(
        'button',
        { class: 'badge', attrs: { ...attrs, type: 'button' }, vars, on: { click: go } },
        initials(who.name),
      )
    : h('span', { class: 'badge', attrs: { ...attrs, role: 'img' }, vars }, initials(who.name))
}

/** The first letters of the first and last word. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/)
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]]
  return letters.map((word) => [...(word ?? '')][0]?.toUpperCase() ?? '').join('') || '?'
}
