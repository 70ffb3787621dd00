/**
 * The files of the room as a tree: open, create, rename and remove them by pointer or keyboard, and see who
 * looks at which. Shows the room's state only. It is redrawn only when something visible has changed, and
 * not while a name is being typed.
 */
import type { Room } from '../../client/types.ts'
import { h, ICONS, icon } from '../ui/dom.ts'
import { ask, openMenu } from '../ui/menu.ts'
import { NameRow } from './name-row.ts'
import { RemovedFiles } from './removed.ts'
import { fileRow } from './row.ts'
import { filesUnder, type Row, rowsOf } from './tree.ts'

interface FileListEvents {
  open(path: string): void
  /** A file was created here. */
  made(path: string): void
  failed(error: Error): void
}

export class FileList {
  readonly element: HTMLElement
  readonly #room: Room
  readonly #events: FileListEvents
  readonly #tree = h('ul', { class: 'tree', attrs: { role: 'tree', 'aria-label': 'Files of the room' } })
  readonly #closed = new Set<string>()
  #rows: Row[] = []
  #drawn = ''
  /** Path of the open file. */
  #current: string | null = null
  /** Path of the row that has or would get the keyboard focus. */
  #active: string | null = null
  #typing = false
  #isReadOnly = false
  readonly #removed: RemovedFiles
  readonly #add = h(
    'button',
    { class: 'new-file quiet', attrs: { type: 'button' }, on: { click: () => this.make('') } },
    icon(ICONS.plus),
    'New file',
  )

  constructor(room: Room, events: FileListEvents) {
    this.#room = room
    this.#events = events
    this.#removed = new RemovedFiles(room, {
      revived: (file) => this.#show(file),
      failed: (error) => events.failed(error),
    })
    this.element = h(
      'nav',
      { class: 'files', attrs: { id: 'files', 'aria-label': 'Files' } },
      h('div', { class: 'files-head' }, h('h2', {}, 'Files'), this.#add),
      this.#tree,
      this.#removed.element,
    )
    this.#tree.addEventListener('keydown', (event) => this.#key(event))
    this.draw()
  }

  /** Marks the open file. */
  setCurrent(path: string | null): void {
    if (path !== this.#current) this.#active = path
    this.#current = path
    this.draw()
  }

  /** Hides all actions except opening files. */
  setReadOnly(isReadOnly: boolean): void {
    if (isReadOnly === this.#isReadOnly) return
    this.#isReadOnly = isReadOnly
    this.#add.hidden = isReadOnly
    this.#removed.element.hidden = isReadOnly
    this.draw()
  }

  draw(): void {
    this.#removed.draw()
    if (this.#typing) return
    this.#rows = rowsOf(this.#room.files, this.#closed)
    // Keyboard users keep their place, even if another file is opened meanwhile.
    const focused = this.#tree.querySelector<HTMLElement>('[role=treeitem]:focus')?.dataset.path
    if (this.#rows.some(({ path }) => path === focused)) this.#active = focused ?? null
    const drawn = JSON.stringify([
      this.#rows.map(({ path, open, file }) => [path, open, file?.file]),
      this.#room.peers.map(({ file, color, name }) => [file, color, name]),
      this.#current,
      this.#active,
      this.#isReadOnly,
    ])
    if (drawn === this.#drawn) return
    this.#drawn = drawn
    const hadFocus = this.#tree.contains(document.activeElement)
    if (!this.#rows.some(({ path }) => path === this.#active)) this.#active = this.#rows[0]?.path ?? null
    this.#tree.replaceChildren(...this.#rows.map((row) => this.#item(row)))
    if (hadFocus) this.#focus(this.#active)
  }

  /** Prompts for the path of a new file. @param folder prefix: '' or a path ending in a slash */
  make(folder: string): void {
    const row = this.#typeName('Path of the new file', folder, (path) => {
      if (this.#taken(path)) return `A file “${path}” already exists.`
      this.#room.create(path, '')
      this.#events.made(path)
      return null
    })
    const place = folder ? this.#itemOf(folder.slice(0, -1)) : null
    if (place) place.after(row.element)
    else this.#tree.prepend(row.element)
    row.start()
  }

  #rename(path: string): void {
    const row = this.#typeName('New path', path, (to) => {
      if (to === path) return null
      if (this.#taken(to)) return `A file “${to}” already exists.`
      // A folder is only a prefix of paths: all files move in one commit, or none does.
      this.#room.transact(() => {
        for (const entry of filesUnder(this.#room.files, path)) {
          this.#room.rename(entry.path, to + entry.path.slice(path.length))
        }
      })
      if (this.#active === path) this.#active = to
      return null
    })
    this.#itemOf(path)?.replaceWith(row.element)
    row.start()
  }

  async #remove(path: string): Promise<void> {
    const doomed = filesUnder(this.#room.files, path)
    const folder = doomed.length !== 1 || doomed[0]?.path !== path
    const detail = folder
      ? `This removes ${doomed.length} ${doomed.length === 1 ? 'file' : 'files'} for everyone in this room.`
      : 'This removes it for everyone in this room.'
    if (!(await ask(`Remove “${path}”?`, detail, 'Remove'))) return
    this.#try(() => {
      this.#room.transact(() => {
        for (const entry of filesUnder(this.#room.files, path)) this.#room.remove(entry.path)
      })
    })
  }

  #typeName(label: string, value: string, commit: (path: string) => string | null): NameRow {
    this.#typing = true
    return new NameRow(label, value, {
      commit: (path) => {
        try {
          return commit(path)
        } catch (error) {
          return error instanceof Error ? error.message : String(error)
        }
      },
      done: (refocus) => {
        this.#typing = false
        this.#drawn = ''
        this.draw()
        if (refocus) this.#focus(this.#active)
      },
    })
  }

  #item(row: Row): HTMLElement {
    return fileRow(row, {
      here: row.file ? this.#room.peers.filter((peer) => peer.file === row.file?.file) : [],
      isCurrent: row.path === this.#current,
      isActive: row.path === this.#active,
      choose: () => this.#choose(row),
      menu: this.#isReadOnly ? null : (x, y) => this.#menu(row, x, y),
    })
  }

  #choose(row: Row): void {
    this.#active = row.path
    if (row.file) {
      this.#events.open(row.path)
    } else if (!this.#closed.delete(row.path)) this.#closed.add(row.path)
    this.draw()
    if (!row.file) this.#focus(row.path)
  }

  #menu(row: Row, x: number, y: number): void {
    this.#active = row.path
    this.#focus(row.path)
    openMenu(x, y, row.path, [
      ...(row.file ? [] : [{ label: 'New file here', run: () => this.make(`${row.path}/`) }]),
      { label: 'Rename', keys: 'F2', run: () => this.#rename(row.path) },
      { label: 'Remove', keys: 'Del', danger: true, run: () => void this.#remove(row.path) },
    ])
  }

  #key(event: KeyboardEvent): void {
    if (!(event.target instanceof HTMLElement) || event.target.role !== 'treeitem') return
    const { path: focused } = event.target.dataset
    const at = this.#rows.findIndex(({ path }) => path === focused)
    const row = this.#rows[at]
    if (!row) return
    this.#active = row.path
    const actions: Record<string, () => void> = {
      ArrowDown: () => this.#focus(this.#rows[at + 1]?.path ?? row.path),
      ArrowUp: () => this.#focus(this.#rows[at - 1]?.path ?? row.path),
      Home: () => this.#focus(this.#rows[0]?.path ?? row.path),
      End: () => this.#focus(this.#rows.at(-1)?.path ?? row.path),
      ArrowRight: () =>
        row.file || row.open ? this.#focus(this.#rows[at + 1]?.path ?? row.path) : this.#choose(row),
      ArrowLeft: () =>
        row.open ? this.#choose(row) : this.#focus(row.path.replace(/\/?[^/]*$/, '') || row.path),
      Enter: () => this.#choose(row),
      ' ': () => this.#choose(row),
    }
    const changes: typeof actions = {
      F2: () => this.#rename(row.path),
      Delete: () => void this.#remove(row.path),
      ContextMenu: () => this.#menuAt(row),
      F10: () => event.shiftKey && this.#menuAt(row),
    }
    const action = actions[event.key] ?? (this.#isReadOnly ? undefined : changes[event.key])
    if (!action) return
    event.preventDefault()
    action()
  }

  #menuAt(row: Row): void {
    const box = this.#itemOf(row.path)?.getBoundingClientRect()
    if (box) this.#menu(row, box.left + 24, box.bottom)
  }

  #focus(path: string | null): void {
    if (path === null) return
    for (const item of this.#tree.querySelectorAll<HTMLElement>('[role=treeitem]')) {
      item.tabIndex = item.dataset.path === path ? 0 : -1
    }
    this.#active = path
    this.#itemOf(path)?.focus()
  }

  #itemOf(path: string): HTMLElement | null {
    return this.#tree.querySelector<HTMLElement>(`[data-path="${CSS.escape(path)}"]`)
  }

  #taken(path: string): boolean {
    return this.#room.files.some((entry) => entry.path === path)
  }

  /** Scrolls the row of a file into view. */
  #show(file: string): void {
    const path = this.#room.files.find((entry) => entry.file === file)?.path
    if (path !== undefined) this.#itemOf(path)?.scrollIntoView({ block: 'nearest' })
  }

  #try(change: () => void): void {
    try {
      change()
    } catch (error) {
      this.#events.failed(error instanceof Error ? error : new Error(String(error)))
    }
  }
}
