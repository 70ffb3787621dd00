/**
 * Which of the names at the cursors of the others are shown: a name comes when its person has moved and fades a moment later,
 * and where many move only the last of them have theirs. A name that has faded takes part in nothing any more: an
 * animation that has ended but still holds its element would be drawn with every frame.
 */
import type { PeerCursors } from './peer-cursors.ts'

/** How many names are shown at a time. */
export const MOST_NAMES = 8

/** Knows who moved, and in which order. */
export class RecentMoves {
  /** The moves of each session when it was last seen, those that moved last at the end. */
  readonly #moves = new Map<string, number>()

  /** The sessions whose names may be shown, among those that are here. */
  of(peers: readonly PeerCursors[]): ReadonlySet<string> {
    const here = new Set(peers.map(({ session }) => session))
    for (const session of this.#moves.keys()) if (!here.has(session)) this.#moves.delete(session)
    for (const { session, moves } of peers) {
      if (this.#moves.get(session) === moves) continue
      this.#moves.delete(session)
      this.#moves.set(session, moves)
    }
    return new Set([...this.#moves.keys()].slice(-MOST_NAMES))
  }
}

/** A name that has come again less than this many ms before stays as it is: each new element costs a frame's drawing. */
const STAYS_MS = 1_000

const shownAt = new WeakMap<Element, number>()

/** Shows the name in a caret from the start, since its person has moved; it hides once its animation is over. */
export function showName(caret: HTMLElement, className: string, name: string): void {
  const last = caret.firstElementChild
  if (last && performance.now() - (shownAt.get(last) ?? 0) < STAYS_MS) return
  // An animation starts again only in a new element.
  const label = document.createElement('span')
  label.className = className
  label.textContent = name
  label.addEventListener('animationend', () => {
    label.hidden = true
  })
  shownAt.set(label, performance.now())
  caret.replaceChildren(label)
}
