/**
 * Following a person: opens the files they open and scrolls as they scroll, until this user acts in the
 * editor. Uses only what their presence shows: a classroom hides that of viewers.
 */
import type { Followed, OpenFile, Room } from '../../client/types.ts'
import type { EditorPane } from '../editor/pane.ts'
import { h } from '../ui/dom.ts'
import { toast } from '../ui/toasts.ts'
import { holdsStill } from './cycle.ts'
import { followsIn, tellFollows } from './follows.ts'

/** Keys that move the cursor even while Ctrl or Cmd is held. */
const MOVING = /^(Arrow|Page|Home$|End$)/
/** Keys that do nothing on their own, or leave the text. */
const IDLE = ['Shift', 'Control', 'Alt', 'Meta', 'Tab', 'CapsLock', 'ContextMenu']

export class Follower {
  /** Shows who is followed; hidden while nobody is. */
  readonly element = h('p', { class: 'following', attrs: { hidden: true } })
  readonly #room: Room
  readonly #changed: () => void
  readonly #name = h('strong', {})
  #pane: EditorPane | null = null
  #last: Followed | null = null
  /** Path of the file that is being opened to follow somebody there. */
  #opening: string | null = null
  #watched: OpenFile | null = null
  #unwatch = () => {}

  /** @param changed called when the followed person changes */
  constructor(room: Room, changed: () => void) {
    this.#room = room
    this.#changed = changed
    const stop = h(
      'button',
      { class: 'quiet', attrs: { type: 'button' }, on: { click: () => this.stop() } },
      'Stop',
    )
    this.element.append(h('span', {}, 'Following ', this.#name), stop)
    room.on('follow', (followed) => this.#take(followed))
    room.on('peers', () => void this.#go())
  }

  /** Attaches the pane to steer. User actions in it stop following. */
  attach(pane: EditorPane): void {
    this.#pane = pane
    const stop = () => this.stop()
    // Capturing, because editors stop the propagation of some events.
    const early = { capture: true, passive: true }
    pane.element.addEventListener('wheel', stop, early)
    pane.element.addEventListener('touchmove', stop, early)
    pane.element.addEventListener('pointerdown', (event) => isOnScrollbar(event) && stop(), early)
    pane.element.addEventListener('keydown', (event) => goesSomewhere(event) && stop(), early)
  }

  /** Follows a person, or stops if they are followed already. */
  toggle(user: string): void {
    if (this.#room.following === user) this.stop()
    else if (this.#room.follow(user)) this.#show()
    else toast('They are no longer here.')
  }

  stop(): void {
    if (this.#room.following !== null) this.#room.follow(null)
  }

  /** Another file is shown, or none. */
  shown(file: OpenFile | null): void {
    if (file === this.#watched) return
    this.#unwatch()
    this.#watched = file
    this.#unwatch =
      file?.on('change', ({ origin }) => {
        if (origin === 'local' || origin === 'undo') this.stop()
      }) ?? (() => {})
  }

  #take(followed: Followed | null): void {
    const before = this.#last
    this.#last = followed
    if (followed === null) {
      const isGone = before !== null && !this.#room.people.some(({ user }) => user === before.user)
      if (isGone && this.#room.status.status === 'connected') toast(`${before.name} left.`)
    }
    this.#show()
    void this.#go()
  }

  #show(): void {
    const { following } = this.#room
    const person = this.#room.people.find(({ user }) => user === following)
    tellFollows(this.#room, following)
    this.element.hidden = following === null
    this.#name.textContent = person?.name ?? this.#last?.name ?? ''
    const frame = this.#pane?.element
    frame?.classList.toggle('is-following', following !== null)
    frame?.style.setProperty('--peer', person?.color ?? this.#last?.color ?? '')
    this.#changed()
  }

  /** Goes to the followed person's file and position. */
  async #go(): Promise<void> {
    const { me, following } = this.#room
    const pane = this.#pane
    if (pane === null || following === null || this.#last?.user !== following) return
    if (holdsStill(me.user, followsIn(this.#room).set(me.user, following))) return
    const { path } = this.#last
    if (path !== null && path !== pane.current?.path) {
      if (this.#opening === path) return
      this.#opening = path
      await pane.open(path, false)
      if (this.#opening === path) this.#opening = null
    }
    // They may have moved on while the file was opened, or this user may have stopped.
    const { editor } = pane
    if (this.#room.following !== following || editor === null || editor.file.path !== this.#last?.path) return
    const { viewport, selections } = this.#last
    if (viewport !== null) editor.showFrom(Math.min(viewport.anchor, viewport.head))
    else if (selections[0]) editor.reveal(selections[0].head)
  }
}

/** Whether a press is on a scrollbar: Monaco has its own, otherwise it is part of the scrolling element. */
function isOnScrollbar({ target, offsetX }: PointerEvent): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.closest('.scrollbar') !== null || (target.clientWidth > 0 && offsetX >= target.clientWidth)
}

function goesSomewhere({ key, ctrlKey, metaKey, target }: KeyboardEvent): boolean {
  if (IDLE.includes(key) || ((ctrlKey || metaKey) && !MOVING.test(key))) return false
  return !(target instanceof Element && target.closest('button') !== null)
}
