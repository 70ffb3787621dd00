/**
 * One room on the screen: wires the room's events to file list, editor, people and chat, and keeps the
 * address bar and the window title in step with the open file. Holds no room state.
 */
import type { OpenFile, Room } from '../../client/types.ts'
import { chatPanel } from '../chat/panel.ts'
import { chooseEditor, chosenEditor, EDITORS, type EditorKind } from '../editor/choice.ts'
import { EditorPane } from '../editor/pane.ts'
import { FileList } from '../files/list.ts'
import { Follower } from '../follow/follower.ts'
import { badges } from '../people/badges.ts'
import { openInviteDialog } from '../people/invite.ts'
import { peoplePanel } from '../people/panel.ts'
import { watchRights } from '../people/rights.ts'
import { errorToast, rejectionToast, unsyncedToast } from '../ui/toasts.ts'
import { setUpDrawer } from './drawer.ts'
import { type Header, setCount } from './header.ts'
import { fileHash, fileOf } from './routes.ts'
import { Side } from './side.ts'

/** The file a new visitor sees first: the first of these that the project has. */
const FIRST = ['src/App.jsx', 'src/main.ts', 'index.html', 'README.md']

/**
 * Shows `room` in `place`, and opens the file named by the address.
 * @param credentials this user's token for the room
 * @param keep receives the token that replaces it
 */
export function showWorkspace(
  room: Room,
  credentials: () => Promise<string>,
  keep: (token: string) => void,
  head: Header,
  place: HTMLElement,
): void {
  const follower = new Follower(room, () => drawPeople())
  const make = EDITORS[chosenEditor()].make
  const pane = new EditorPane(room, make, follower.element, { shown, failed: errorToast })
  follower.attach(pane)
  const files = new FileList(room, { open: go, made: go, failed: errorToast })
  const drawer = setUpDrawer(head.drawer, files.element)

  const row = badges(room, follow)
  const people = peoplePanel(room, follow, () => openInviteDialog(room.name, credentials), keep)
  const chat = chatPanel(room, (count) => setCount(head.chatButton, 'Chat', count, 'unread'))
  const side = new Side([
    { id: 'people', title: 'People', button: head.peopleButton, content: people.element },
    {
      id: 'chat',
      title: 'Chat',
      button: head.chatButton,
      content: chat.element,
      toggled: (isOpen) => chat.setOpen(isOpen),
      focus: () => chat.focus(),
    },
  ])

  head.people.replaceChildren(row.element)
  head.menu = editorMenu
  place.replaceChildren(files.element, pane.element, side.element)
  drawPeople()
  room.on('files', () => {
    files.draw()
    drawPeople()
    pane.filesChanged()
  })
  room.on('peers', () => {
    files.draw()
    drawPeople()
  })
  room.on('policy', () => drawPeople())
  room.on('status', () => drawPeople())
  room.on('rejected', rejectionToast)
  room.on('unsynced', unsyncedToast)
  room.on('error', errorToast)
  watchRights(room, (whyNot) => {
    pane.setReadOnly(whyNot)
    files.setReadOnly(whyNot !== null)
  })

  window.addEventListener('hashchange', () => {
    const path = fileOf(location.hash)
    if (path === null || path === pane.current?.path || !has(path)) return
    follower.stop()
    void pane.open(path, false)
  })

  const named = fileOf(location.hash)
  const first = [named, ...FIRST, room.files[0]?.path].find((path) => path != null && has(path))
  if (first != null) void pane.open(first, matchMedia('(pointer: fine)').matches)
  else shown(null)

  function drawPeople(): void {
    row.draw()
    people.draw()
    setCount(head.peopleButton, 'People', room.people.length, 'here')
  }

  function follow(user: string): void {
    follower.toggle(user)
    if (room.following !== null) side.makeWay()
  }

  /** Opens a file that the user chose. */
  function go(path: string): void {
    follower.stop()
    drawer.close()
    void pane.open(path, true)
  }

  function has(path: string): boolean {
    return room.files.some((entry) => entry.path === path)
  }

  function shown(file: OpenFile | null): void {
    files.setCurrent(file?.path ?? null)
    follower.shown(file)
    const name = file?.path.split('/').pop()
    document.title = [name, room.name, 'Edgeroom'].filter(Boolean).join(' – ')
    const hash = file ? fileHash(file.path) : ''
    if (hash === location.hash || (hash === '' && location.hash === '')) return
    // Renames, the initial file and files opened by following somebody create no history entry.
    const before = fileOf(location.hash)
    const isStep = before !== null && has(before) && room.following === null
    history[isStep ? 'pushState' : 'replaceState'](null, '', hash || location.pathname + location.search)
  }

  /** The choice of editors; empty if there is only one. */
  function editorMenu() {
    const kinds = Object.keys(EDITORS) as EditorKind[]
    if (kinds.length < 2) return []
    const chosen = chosenEditor()
    return kinds.map((kind) => ({
      label: `Edit with ${EDITORS[kind].name}`,
      isChosen: kind === chosen,
      run: () => {
        chooseEditor(kind)
        void pane.use(EDITORS[kind].make)
      },
    }))
  }
}
