/**
 * Following somebody: their file is opened here as they open it, and the text scrolls as theirs does, until this user does something of
 * their own. What a followed person does not show (a classroom hides those who look on) is not guessed.
 */
import type { Followed, OpenFile, Room } from '../../client/types.ts'
import type { EditorPane } from '../editor/pane.ts'
import { h } from '../ui/dom.ts'
import { toast } from '../ui/toasts.ts'
import { holdsStill } from './cycle.ts'
import { followsIn, tellFollows } from './follows.ts'

/** Keys that go somewhere in a text also while Ctrl or Cmd is held. */
const MOVING = /^(Arrow|Page|Home$|End$)/
/** Keys that do nothing by themselves, or leave the text. */
const IDLE = ['Shift', 'Control', 'Alt', 'Meta', 'Tab', 'CapsLock', 'ContextMenu']

export class Follower {
  /** Says who is followed; empty while nobody is. */
  readonly element = h('p', { class: 'following', attrs: { hidden: true } })
  readonly #room: Room
  readonly #changed: () => void
  readonly #name = h('strong', {})
  #pane: EditorPane | null = null
  #last: Followed | null = null
  /** Path of the file that is being opened to go there. */
  #opening: string | null = null
  #watched: OpenFile | null = null
  #unwatch = () => {}

  /** @param changed told when another is followed, or nobody */
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

  /** Takes the pane that is to show where somebody is, and listens there for what this user does. */
  attach(pane: EditorPane): void {
    this.#pane = pane
    const stop = () => this.stop()
    // Before an editor keeps them to itself.
    const early = { capture: true, passive: true }
    pane.element.addEventListener('wheel', stop, early)
    pane.element.addEventListener('touchmove', stop, early)
    pane.element.addEventListener('pointerdown', (event) => isOnScrollbar(event) && stop(), early)
    pane.element.addEventListener('keydown', (event) => goesSomewhere(event) && stop(), early)
  }

  /** Follows somebody, or nobody any more when it is them already. */
  toggle(user: string): void {
    if (this.#room.following === user) this.stop()
    else if (this.#room.follow(user)) this.#show()
    else toast('They are not here any more.')
  }

  stop(): void {
    if (this.#room.following !== null) this.#room.follow(null)
  }

  /** Another file is shown. */
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

  /** Goes where they are, in the file and within it. */
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
    // They may have gone on while the file was opened, or have been let go.
    const { editor } = pane
    if (this.#room.following !== following || editor === null || editor.file.path !== this.#last?.path) return
    const { viewport, selections } = this.#last
    if (viewport !== null) editor.showFrom(Math.min(viewport.anchor, viewport.head))
    else if (selections[0]) editor.reveal(selections[0].head)
  }
}

/** The bar beside a text belongs to the element that scrolls, or is one of Monaco's own; what is clicked in the text does not scroll it. */
function isOnScrollbar({ target, offsetX }: PointerEvent): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.closest('.scrollbar') !== null || (target.clientWidth > 0 && offsetX >= target.clientWidth)
}

function goesSomewhere({ key, ctrlKey, metaKey, target }: KeyboardEvent): boolean {
  if (IDLE.includes(key) || ((ctrlKey || metaKey) && !MOVING.test(key))) return false
  return !(target instanceof Element && target.closest('button') !== null)
}
