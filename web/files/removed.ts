/**
 * The recently removed files, below the file list: collapsed at first, each with a button to restore it.
 * Earlier removals are loaded when the list is expanded. Shows the room's state only, and is redrawn only
 * when that has changed.
 */
import type { RemovedFile, Room } from '../../client/types.ts'
import { nameIn } from '../people/names.ts'
import { h, ICONS, icon } from '../ui/dom.ts'

const MOST_SHOWN = 20

interface RemovedFilesEvents {
  /** A file is being restored. */
  revived(file: string): void
  failed(error: Error): void
}

export class RemovedFiles {
  readonly element: HTMLDetailsElement
  readonly #room: Room
  readonly #events: RemovedFilesEvents
  readonly #summary = h('summary', {}, icon(ICONS.chevron), 'Recently removed')
  readonly #list = h('ul', { attrs: { 'aria-label': 'Recently removed files' } })
  /** Removed before this page was loaded. */
  #earlier: readonly RemovedFile[] = []
  #drawn = ''

  constructor(room: Room, events: RemovedFilesEvents) {
    this.#room = room
    this.#events = events
    this.element = h('details', { class: 'removed' }, this.#summary, this.#list)
    this.element.addEventListener('toggle', () => void this.#load())
    this.draw()
  }

  draw(): void {
    const shown = this.#shown()
    const drawn = JSON.stringify(shown.map((removed) => [removed, nameIn(this.#room, removed.user)]))
    if (drawn === this.#drawn) return
    this.#drawn = drawn
    const hadFocus = this.#list.contains(document.activeElement)
    const none = h('li', { class: 'none' }, 'No files were removed.')
    this.#list.replaceChildren(...(shown.length === 0 ? [none] : shown.map((one) => this.#item(one))))
    if (hadFocus) (this.#list.querySelector('button') ?? this.#summary).focus()
  }

  /** Newest first, each file once, without those that exist. */
  #shown(): RemovedFile[] {
    const seen = new Set(this.#room.files.map(({ file }) => file))
    const all = [...this.#room.removed, ...this.#earlier].sort((a, b) => b.seq - a.seq)
    const gone = all.filter(({ file }) => !seen.has(file) && seen.add(file))
    return gone.slice(0, MOST_SHOWN)
  }

  async #load(): Promise<void> {
    if (!this.element.open) return
    try {
      this.#earlier = await this.#room.removals()
      this.draw()
    } catch (error) {
      this.#fail(error)
    }
  }

  #item(removed: RemovedFile): HTMLElement {
    const { path, user } = removed
    const by = nameIn(this.#room, user)
    const button = h(
      'button',
      {
        class: 'quiet',
        attrs: { type: 'button', 'aria-label': `Restore ${path}` },
        on: { click: () => this.#revive(removed) },
      },
      'Restore',
    )
    return h(
      'li',
      { attrs: { title: by === null ? path : `${path}, removed by ${by}` } },
      h('span', { class: 'name' }, path),
      button,
    )
  }

  #revive(removed: RemovedFile): void {
    try {
      this.#room.revive(removed)
      this.#events.revived(removed.file)
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    this.#events.failed(error instanceof Error ? error : new Error(String(error)))
  }
}
