/**
 * A fake room in the page, with one file and any others that are opened. The test makes remote changes,
 * which arrive in the same call. Like the SDK, it maps the peers' cursors through every change.
 */
import type {
  Edit,
  PeerInfo,
  Room,
  RoomEvents,
  SelectionRange,
  StatusInfo,
  Whereabouts,
} from '../../../../client/types.ts'
import { mapPlace } from '../../../../editors/places.ts'
import { FakeFile } from '../../../editors/fake-file.ts'

const STATUS: StatusInfo = { status: 'connected', pending: 0, reason: null, code: null }

export class PageRoom {
  readonly file: FakeFile
  readonly status = STATUS
  readonly limits = null
  readonly canEdit = true
  peers: readonly PeerInfo[] = []
  /** The presence this user published, latest last. */
  readonly published: Whereabouts[] = []
  readonly #files = new Map<string, FakeFile>()
  readonly #listeners = new Map<keyof RoomEvents, Set<(value: never) => void>>()

  constructor(text: string, path?: string) {
    this.file = new FakeFile(text, path)
    this.file.on('change', ({ edits, client }) => {
      this.peers = this.peers.map((peer) => carried(peer, edits, client))
    })
  }

  /** The room as a binding sees it: only what bindings use exists. */
  get room(): Room {
    return this as unknown as Room
  }

  get files(): readonly { readonly path: string }[] {
    return [...this.#files.values()]
  }

  /** Opens another file, whose text is its path. */
  async open(path: string): Promise<FakeFile> {
    const file = this.#files.get(path) ?? new FakeFile(path, path, path)
    this.#files.set(path, file)
    return file
  }

  /** How many listeners the room and its files have. */
  get listeners(): number {
    const files = [this.file, ...this.#files.values()].map((file) => file.listeners)
    return [...this.#listeners.values()].reduce(
      (sum, { size }) => sum + size,
      files.reduce((a, b) => a + b),
    )
  }

  /** A remote change of the file. */
  receive(edits: readonly Edit[], client = 'c-ada'): void {
    this.file.receive(edits, 'remote', client)
    if (this.peers.length > 0) this.#emit('peers')
  }

  /** Adds this many peers, each with a cursor or selection. */
  setPeers(places: readonly (number | SelectionRange)[]): void {
    this.peers = places.map((place, i) =>
      peer(i, typeof place === 'number' ? { anchor: place, head: place } : place, this.file.file),
    )
    this.#emit('peers')
  }

  setPresence(whereabouts: Whereabouts): void {
    this.published.push(whereabouts)
  }

  readonly undo = () => false
  readonly redo = () => false
  readonly canUndo = () => false
  readonly canRedo = () => false

  on<E extends keyof RoomEvents>(event: E, listener: RoomEvents[E]): () => void {
    const all = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, all.add(listener as (value: never) => void))
    return () => void all.delete(listener as (value: never) => void)
  }

  #emit(event: keyof RoomEvents): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(this.peers as never)
  }
}

function carried(peer: PeerInfo, edits: readonly Edit[], client: string | null): PeerInfo {
  const side = peer.client === client ? 1 : -1
  const selections = peer.selections.map(({ anchor, head }) => ({
    anchor: mapPlace(anchor, edits, side),
    head: mapPlace(head, edits, side),
  }))
  return { ...peer, selections }
}

function peer(i: number, selection: SelectionRange, file: string): PeerInfo {
  return {
    session: `s${i}`,
    client: `c${i}`,
    user: `u${i}`,
    name: `Person ${i}`,
    color: `hsl(${(i * 47) % 360} 70% 45%)`,
    file,
    selections: [selection],
    viewport: null,
    data: {},
    role: 'editor',
  }
}
