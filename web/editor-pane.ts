/**
 * The middle of the window: the open file under its path, or what to do while there is none. Keeps one FileView per
 * file that was opened. Invariant: what is shown is the file that was asked for last, however long opening takes.
 */
import type { OpenFile, Room } from '../client/types.ts'
import { h } from './dom.ts'
import { FileView } from './file-view.ts'

interface PaneEvents {
  /** Another file is shown, or the shown one has another path; null when none is. */
  shown(file: OpenFile | null): void
  failed(error: Error): void
}

export class EditorPane {
  readonly element: HTMLElement
  readonly #room: Room
  readonly #events: PaneEvents
  readonly #path = h('h2', { class: 'path' })
  readonly #notice = h('div', { class: 'notice', attrs: { hidden: true, role: 'status' } })
  readonly #body = h('div', { class: 'editor-body' })
  readonly #views = new Map<string, FileView>()
  #current: FileView | null = null
  /** Counts what was asked for, so that a slow answer does not replace a later one. */
  #asked = 0

  constructor(room: Room, events: PaneEvents) {
    this.#room = room
    this.#events = events
    this.element = h(
      'main',
      { class: 'editor', attrs: { id: 'editor' } },
      this.#path,
      this.#notice,
      this.#body,
    )
    this.#drawNothing()
  }

  get current(): OpenFile | null {
    return this.#current?.file ?? null
  }

  /** Shows the file at `path`; `focus` puts the cursor into it. */
  async open(path: string, focus: boolean): Promise<FileView | null> {
    const asked = ++this.#asked
    this.element.setAttribute('aria-busy', 'true')
    try {
      const file = await this.#room.open(path)
      if (asked !== this.#asked) return null
      return this.#show(file, focus)
    } catch (error) {
      if (asked === this.#asked)
        this.#events.failed(error instanceof Error ? error : new Error(String(error)))
      return null
    } finally {
      if (asked === this.#asked) this.element.removeAttribute('aria-busy')
    }
  }

  /** The list of files has changed: the shown one may have another path. */
  filesChanged(): void {
    for (const view of this.#views.values()) view.pathChanged()
    if (this.#current) this.#showPath(this.#current.file)
    else this.#showNothing()
  }

  #show(file: OpenFile, focus: boolean): FileView {
    let view = this.#views.get(file.file)
    if (!view) {
      view = new FileView(this.#room, file, (error) => this.#events.failed(error))
      this.#views.set(file.file, view)
      file.on('removed', () => this.#removed(file))
    }
    if (view !== this.#current) {
      this.#current = view
      this.#notice.hidden = true
      this.#body.replaceChildren(view.view.dom)
      view.view.requestMeasure()
      this.#room.setPresence({ file: file.file, selections: [] })
    }
    if (focus) view.view.focus()
    this.#showPath(file)
    return view
  }

  #showPath(file: OpenFile): void {
    const folders = file.path.split('/')
    const name = folders.pop() ?? ''
    this.#path.replaceChildren(
      ...folders.flatMap((folder) => [h('span', {}, folder), h('span', { class: 'slash' }, '/')]),
      h('strong', {}, name),
    )
    this.#events.shown(file)
  }

  #showNothing(): void {
    this.#drawNothing()
    this.#events.shown(null)
  }

  #drawNothing(): void {
    this.#path.replaceChildren('No file open')
    const empty = this.#room.files.length === 0
    this.#body.replaceChildren(
      h(
        'div',
        { class: 'nothing' },
        h('p', {}, empty ? 'This room has no files yet.' : 'Choose a file to see it here.'),
        h(
          'p',
          { class: 'muted' },
          empty ? 'Make the first one with “New file”.' : 'Everybody in the room can edit it.',
        ),
      ),
    )
  }

  /** The text stays on the screen, to copy or to put back: nobody's work vanishes under their hands. */
  #removed(file: OpenFile): void {
    const view = this.#views.get(file.file)
    this.#views.delete(file.file)
    if (view !== this.#current) {
      view?.destroy()
      // An editor that goes says that nobody looks; but here somebody looks at another.
      if (this.#current) this.#room.setPresence({ file: this.#current.file.file })
      return
    }
    const text = file.text
    const close = () => {
      this.#current = null
      this.#notice.hidden = true
      view?.destroy()
      this.#showNothing()
    }
    const restore = () => {
      close()
      try {
        this.#room.create(file.path, text)
        void this.open(file.path, true)
      } catch (error) {
        this.#events.failed(error instanceof Error ? error : new Error(String(error)))
      }
    }
    this.#notice.replaceChildren(
      h('span', {}, 'This file was removed. Here is its last text.'),
      h('button', { attrs: { type: 'button' }, on: { click: restore } }, 'Put it back'),
      h('button', { class: 'quiet', attrs: { type: 'button' }, on: { click: close } }, 'Close'),
    )
    this.#notice.hidden = false
  }
}
