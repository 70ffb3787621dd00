/**
 * The middle of the window: the open file under its path, or a hint while none is open. Keeps one editor per
 * opened file, and sends what is visible as presence. Invariant: the file shown is the one requested last,
 * however long opening takes.
 */
import type { OpenFile, Room } from '../../client/types.ts'
import { h } from '../ui/dom.ts'
import type { FileEditor, MakeFileEditor } from './file-editor.ts'

interface PaneEvents {
  /** Another file is shown, or the shown file was renamed; null if none is shown. */
  shown(file: OpenFile | null): void
  /** @param refused what was typed or pasted and rejected, if that is the reason */
  failed(error: Error, refused?: string): void
}

/** An opened editor. */
interface Open {
  readonly editor: FileEditor
  /** Stops listening to its file. */
  stop(): void
}

export class EditorPane {
  readonly element: HTMLElement
  readonly #room: Room
  readonly #events: PaneEvents
  #make: MakeFileEditor
  readonly #path = h('h2', { class: 'path' })
  readonly #looking = h('p', { class: 'looking', attrs: { hidden: true } })
  readonly #notice = h('div', { class: 'notice', attrs: { hidden: true, role: 'status' } })
  readonly #body = h('div', { class: 'editor-body' })
  readonly #editors = new Map<string, Open>()
  #current: FileEditor | null = null
  /** Why this user cannot write here; null if they can. */
  #whyNot: string | null = null
  /** Counts requests, so that a slow one does not replace a later one. */
  #requests = 0

  /** @param beside element to the right of the path */
  constructor(room: Room, make: MakeFileEditor, beside: HTMLElement, events: PaneEvents) {
    this.#room = room
    this.#make = make
    this.#events = events
    this.element = h(
      'main',
      { class: 'editor', attrs: { id: 'editor' } },
      h('div', { class: 'editor-head' }, this.#path, beside),
      this.#looking,
      this.#notice,
      this.#body,
    )
    this.#drawNothing()
  }

  get current(): OpenFile | null {
    return this.#current?.file ?? null
  }

  /** The editor of the shown file. */
  get editor(): FileEditor | null {
    return this.#current
  }

  /** Makes all editors read-only and shows why; null makes them writable. */
  setReadOnly(whyNot: string | null): void {
    this.#whyNot = whyNot
    this.#looking.textContent = whyNot ?? ''
    this.#looking.hidden = whyNot === null
    this.element.classList.toggle('read-only', whyNot !== null)
    for (const { editor } of this.#editors.values()) editor.setReadOnly(whyNot !== null)
    if (this.#current === null) this.#drawNothing()
  }

  /** Shows the file at `path`. @param focus whether to focus its editor */
  async open(path: string, focus: boolean): Promise<FileEditor | null> {
    const request = ++this.#requests
    this.element.setAttribute('aria-busy', 'true')
    try {
      const file = await this.#room.open(path)
      const editor = this.#editors.get(file.file)?.editor ?? (await this.#edit(file))
      if (request !== this.#requests) return null
      return this.#show(editor, focus)
    } catch (error) {
      if (request === this.#requests)
        this.#events.failed(error instanceof Error ? error : new Error(String(error)))
      return null
    } finally {
      if (request === this.#requests) this.element.removeAttribute('aria-busy')
    }
  }

  /** The list of files changed: open files may have been renamed. */
  filesChanged(): void {
    for (const { editor } of this.#editors.values()) editor.pathChanged()
    if (this.#current) this.#showPath(this.#current.file)
    else this.#showNothing()
  }

  /** Switches to another editor, and reopens the shown file in it. */
  async use(make: MakeFileEditor): Promise<void> {
    this.#make = make
    const path = this.#current?.file.path
    for (const file of [...this.#editors.keys()]) this.#forget(file)?.destroy()
    this.#current = null
    if (path !== undefined) await this.open(path, true)
  }

  async #edit(file: OpenFile): Promise<FileEditor> {
    const made = await this.#make(this.#room, file, {
      failed: (error, refused) => this.#events.failed(error, refused),
      scrolled: () => this.#scrolled(file),
    })
    // Concurrent requests for one file get the same editor.
    const other = this.#editors.get(file.file)?.editor
    if (other || file.removed) made.destroy()
    if (other) return other
    if (file.removed) throw new Error(`“${file.path}” was removed while it was being opened.`)
    this.#editors.set(file.file, { editor: made, stop: file.on('removed', () => this.#removed(file)) })
    made.setReadOnly(this.#whyNot !== null)
    return made
  }

  /** Removes an editor from the open ones; null if it is not among them. */
  #forget(file: string): FileEditor | null {
    const open = this.#editors.get(file)
    if (open === undefined) return null
    this.#editors.delete(file)
    open.stop()
    return open.editor
  }

  #show(editor: FileEditor, focus: boolean): FileEditor {
    const { file } = editor
    if (editor !== this.#current) {
      this.#current = editor
      this.#notice.hidden = true
      this.#body.replaceChildren(editor.dom)
      editor.shown()
      this.#room.setPresence({ file: file.file, selections: [], viewport: editor.visible })
    }
    if (focus) editor.focus()
    this.#showPath(file)
    return editor
  }

  #scrolled(file: OpenFile): void {
    if (this.#current?.file !== file || file.removed) return
    this.#room.setPresence({ file: file.file, viewport: this.#current.visible })
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
        h('p', {}, empty ? 'This room has no files yet.' : 'Select a file to open it here.'),
        h('p', { class: 'muted' }, this.#hint(empty)),
      ),
    )
  }

  #hint(empty: boolean): string {
    if (this.#whyNot !== null) return this.#whyNot
    return empty
      ? 'Create the first one with “New file”.'
      : 'Everyone who can edit in this room can change it.'
  }

  /** Keeps the text of a removed file on the screen, for the user to copy or restore. */
  #removed(file: OpenFile): void {
    const editor = this.#forget(file.file)
    if (editor === null) return
    if (editor !== this.#current) {
      editor.destroy()
      // Destroying an editor clears this user's presence, but they are looking at another file.
      if (this.#current) this.#room.setPresence({ file: this.#current.file.file })
      return
    }
    const text = file.text
    const close = () => {
      this.#current = null
      this.#notice.hidden = true
      editor.destroy()
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
    const putBack = h('button', { attrs: { type: 'button' }, on: { click: restore } }, 'Restore this file')
    this.#notice.replaceChildren(
      h('span', {}, 'This file was removed. This is its last text.'),
      this.#room.canEdit ? putBack : '',
      h('button', { class: 'quiet', attrs: { type: 'button' }, on: { click: close } }, 'Close'),
    )
    this.#notice.hidden = false
  }
}
