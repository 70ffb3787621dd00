/**
 * Decides which name labels at remote cursors are shown: a name appears when its person has moved and fades
 * soon after; if many move, only the most recent have names. A faded label is hidden, since browsers redraw
 * an element in each frame while an ended animation still holds it.
 */
import type { PeerCursors } from './peer-cursors.ts'

/** Most names shown at a time. */
export const MOST_NAMES = 8

/** Tracks the order in which sessions moved. */
export class RecentMoves {
  /** Move count of each session when last seen, the most recent movers at the end. */
  readonly #moves = new Map<string, number>()

  /** The sessions whose names may be shown, of those present. */
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

/**
 * A name shown less than this many ms ago is kept as it is: each new element costs the drawing of a frame.
 */
const STAYS_MS = 1_000

const shownAt = new WeakMap<Element, number>()

/** Shows the name at a caret whose person has moved; hides it when its animation ends. */
export function showName(caret: HTMLElement, className: string, name: string): void {
  const last = caret.firstElementChild
  if (last && performance.now() - (shownAt.get(last) ?? 0) < STAYS_MS) return
  // An animation restarts only in a new element.
  const label = document.createElement('span')
  label.className = className
  label.textContent = name
  label.addEventListener('animationend', () => {
    label.hidden = true
  })
  shownAt.set(label, performance.now())
  caret.replaceChildren(label)
}
