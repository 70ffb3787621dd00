/**
 * A person at a client: the real SDK on a machine of its own, and the files that were opened there.
 * Everything that the SDK reports to its application is recorded for the checks at the end. It knows nothing
 * of the room's object.
 */
import { LiveRoom as ClientRoom } from '../../../client/room.ts'
import type { Start } from '../../../client/start.ts'
import type { OpenFile, Rejection, SocketLike } from '../../../client/types.ts'
import { CHAT_UNITS } from '../../../core/protocol/limits.ts'
import type { Replica } from '../../../core/replica/replica.ts'
import type { Restructuring, Ruling, Share, Typing } from '../plan.ts'
import type { Tally } from '../tally.ts'
import type { Link } from './link.ts'
import type { Machine } from './virtual-time.ts'

export class Person {
  readonly name: string
  readonly room: ClientRoom
  /** The SDK's replica. */
  readonly replica: Replica
  readonly machine: Machine
  /** Connections that are not over, newest last. */
  links: Link[] = []
  /** When the network comes back, in Unix ms. */
  offlineUntil = 0
  readonly open: OpenFile[] = []
  /** Files that are being opened. */
  opening = 0
  readonly rejections: Rejection[] = []
  readonly errors: Error[] = []
  readonly #tally: Tally
  readonly #stops: readonly (() => void)[]

  /**
   * @param machine owns the SDK's timers; its code runs on that machine
   * @param start what the client continues with
   */
  constructor(
    name: string,
    machine: Machine,
    tally: Tally,
    start: Start,
    connect: (person: Person) => SocketLike,
  ) {
    this.name = name
    this.machine = machine
    this.#tally = tally
    const target = { url: 'ws://world', token: () => name, socket: () => connect(this) }
    this.replica = start.replica
    this.room = new ClientRoom('world', target, start)
    this.#stops = [
      this.room.on('rejected', (rejection) => {
        tally.add('rejections')
        this.rejections.push(rejection)
      }),
      this.room.on('unsynced', () => tally.add('typing handed to the user')),
      this.room.on('error', (error) => this.errors.push(error)),
    ]
  }

  /** The run is over: what the SDK reports from here on is not part of it. */
  end(): void {
    for (const stop of this.#stops) stop()
    void this.room.close({ discard: true })
  }

  /** The connection that the SDK holds. */
  get link(): Link | undefined {
    return this.links.at(-1)
  }

  /** Connected over a working connection, with nothing pending. */
  get isSettled(): boolean {
    const { status, pending } = this.room.status
    return status === 'connected' && pending === 0 && this.opening === 0 && this.link?.isSilent === false
  }

  get isClosed(): boolean {
    const { status } = this.room.status
    return status === 'closed' || status === 'refused'
  }

  // ── what a person does; a refusal by the SDK (a taken path, a split character) is not an event ─────────

  openFile(share: Share): void {
    const path = of(this.room.files, share)?.path
    if (path !== undefined) this.openPath(path)
  }

  openPath(path: string): void {
    this.#tally.add('files opened')
    this.opening++
    this.room.open(path).then(
      (file) => {
        this.opening--
        if (!this.open.includes(file)) this.open.push(file)
      },
      // The file is gone, or the connection was closed permanently: the application would report it.
      () => {
        this.opening--
      },
    )
  }

  look(share: Share, at: Share): void {
    const file = this.#file(share)
    if (file === undefined) return
    this.#tally.add('presence')
    const anchor = Math.floor(at * (file.text.length + 1))
    quietly(() => this.room.setPresence({ file: file.file, selections: [{ anchor, head: anchor }] }))
  }

  type(typing: Typing): void {
    quietly(() => this.#type(typing))
  }

  revive(share: Share): void {
    const removed = of(this.room.removed, share)
    if (removed === undefined) return
    this.#tally.add('restorations requested')
    quietly(() => this.room.revive(removed))
  }

  restructure(change: Restructuring): void {
    quietly(() => this.#restructure(change))
  }

  transact(typings: readonly Typing[], change: Restructuring | null, abandon: boolean): void {
    this.#tally.add(abandon ? 'transactions abandoned' : 'transactions')
    quietly(() =>
      this.room.transact(() => {
        for (const typing of typings) this.#type(typing)
        if (change !== null) this.#restructure(change)
        if (abandon) throw new Error('the application changed its mind')
      }),
    )
  }

  say(text: string, times: number): void {
    quietly(() => {
      this.room.say(text.repeat(times).slice(0, CHAT_UNITS))
      this.#tally.add('chat messages')
    })
  }

  /** A policy change by the owner; from anybody else it is refused. */
  rule(ruling: Ruling): void {
    quietly(() => {
      if (ruling.act === 'mode') this.room.setMode(ruling.mode)
      else if (ruling.act === 'access') this.room.setAccess(ruling.access)
      else if (ruling.act === 'chatting') this.room.setChatting(ruling.on)
      else this.room.setRole(`person-${ruling.of}`, ruling.role)
      this.#tally.add('policy changes')
    })
  }

  undo(redo: boolean): void {
    quietly(() => {
      if (redo ? this.room.redo() : this.room.undo()) this.#tally.add(redo ? 'redos' : 'undos')
    })
  }

  #type({ file: share, at, remove, insert, times }: Typing): void {
    const file = this.#file(share)
    if (file === undefined) return
    this.#tally.add(times > 1 ? 'large edits' : 'edits')
    const { text } = file
    const from = boundary(text, Math.floor(at * (text.length + 1)))
    const until = boundary(text, Math.min(text.length, from + remove))
    file.edit([{ at: from, remove: until - from, insert: insert.repeat(times) }])
  }

  #restructure(change: Restructuring): void {
    this.#tally.add('creations, renames, removals')
    if ('path' in change && this.#hasTwin(change.path))
      this.#tally.add('paths tried that collide with another')
    if (change.act === 'create') {
      const { text, times = 1 } = change
      this.room.create(change.path, text.repeat(times))
      if (times > 1) this.#tally.add('large creations')
      return
    }
    const path = of(this.room.files, change.file)?.path
    // The last file stays: in a room without files there is nothing to do.
    if (path === undefined || this.room.files.length < 2) return
    if (change.act === 'rename') this.room.rename(path, change.path)
    else if (change.act === 'recase') {
      this.room.rename(path, path === path.toUpperCase() ? path.toLowerCase() : path.toUpperCase())
      this.#tally.add('renames of only the case')
    } else {
      if (!this.open.some((file) => !file.removed && file.path === path))
        this.#tally.add('removals of unopened files')
      this.room.remove(path)
    }
  }

  /** Whether there is a file at this path in another spelling. */
  #hasTwin(path: string): boolean {
    return this.room.files.some((file) => file.path !== path && keyOf(file.path) === keyOf(path))
  }

  #file(share: Share): OpenFile | undefined {
    return of(
      this.open.filter(({ removed }) => !removed),
      share,
    )
  }
}

/** The key of a path [U6], as far as the simulator's paths need it. */
export function keyOf(path: string): string {
  return path.normalize('NFC').toLowerCase()
}

function of<T>(items: readonly T[], share: Share): T | undefined {
  return items[Math.floor(share * items.length)]
}

/** A position in a text that is not inside a character. */
function boundary(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  return unit >= 0xdc00 && unit < 0xe000 ? at - 1 : at
}

function quietly(action: () => void): void {
  try {
    action()
  } catch (error) {
    if (error instanceof TypeError || error instanceof ReferenceError) throw error
  }
}
