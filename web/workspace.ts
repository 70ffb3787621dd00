/**
 * One room on the screen: file list, editor and people, each told what concerns it. Keeps the address bar and the
 * window's title with the open file. Holds no state of the room: the room does.
 */
import type { OpenFile, PeerInfo, Room } from '../client/types.ts'
import { setUpDrawer } from './drawer.ts'
import { EditorPane } from './editor-pane.ts'
import { FileList } from './file-list.ts'
import type { Header } from './header.ts'
import { peopleList } from './people.ts'
import { fileHash, fileOf } from './routes.ts'
import { errorToast, rejectionToast, unsyncedToast } from './toasts.ts'

/** The file a new visitor sees, where the project has it. */
const FIRST = ['src/App.jsx', 'src/main.ts', 'index.html', 'README.md']

/** Shows `room` in `place`, and opens the file that the address names. */
export function showWorkspace(room: Room, head: Header, place: HTMLElement): void {
  const pane = new EditorPane(room, { shown, failed: errorToast })
  const files = new FileList(room, {
    open: (path) => go(path),
    made: (path) => go(path),
    failed: errorToast,
  })
  const people = peopleList(room, (peer) => void follow(peer))
  const drawer = setUpDrawer(head.drawer, files.element)

  head.people.replaceChildren(people.element)
  place.replaceChildren(files.element, pane.element)
  people.draw()
  room.on('files', () => {
    files.draw()
    people.draw()
    pane.filesChanged()
  })
  room.on('peers', () => {
    files.draw()
    people.draw()
  })
  room.on('status', () => people.draw())
  room.on('rejected', rejectionToast)
  room.on('unsynced', unsyncedToast)
  room.on('error', errorToast)

  window.addEventListener('hashchange', () => {
    const path = fileOf(location.hash)
    if (path !== null && path !== pane.current?.path && has(path)) void pane.open(path, false)
  })

  const named = fileOf(location.hash)
  const first = [named, ...FIRST, room.files[0]?.path].find((path) => path != null && has(path))
  if (first != null) void pane.open(first, matchMedia('(pointer: fine)').matches)
  else shown(null)

  function go(path: string): void {
    drawer.close()
    void pane.open(path, true)
  }

  function has(path: string): boolean {
    return room.files.some((entry) => entry.path === path)
  }

  function shown(file: OpenFile | null): void {
    files.setCurrent(file?.path ?? null)
    const name = file?.path.split('/').pop()
    document.title = [name, room.name, 'Edgeroom'].filter(Boolean).join(' – ')
    const hash = file ? fileHash(file.path) : ''
    if (hash === location.hash || (hash === '' && location.hash === '')) return
    // A rename, and the file one comes in with, are no step to go back over.
    const step = fileOf(location.hash) !== null && has(fileOf(location.hash) ?? '')
    history[step ? 'pushState' : 'replaceState'](null, '', hash || location.pathname)
  }

  /** Goes where a peer is. Its place is known once the file is open here. */
  async function follow(peer: PeerInfo): Promise<void> {
    const entry = room.files.find(({ file }) => file === peer.file)
    const view = entry && (await pane.open(entry.path, true))
    if (!view) return
    const reveal = () => {
      const place = room.peers.find(({ session }) => session === peer.session)?.selections[0]
      if (place) view.reveal(place.head)
      return place !== undefined
    }
    if (reveal()) return
    const stop = room.on('peers', () => {
      if (pane.current !== view.file || reveal()) stop()
    })
  }
}
