/**
 * A person at work in a room, on the SDK: types markers between those of others, deletes own ones, undoes
 * and redoes, chats, creates, renames and removes files, whether connected or not. Records what has to be
 * left in the end. Removes only own files, so that no edit can ever be refused.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type OpenFile, type Room, SdkError } from '../../client/index.ts'
import type { Chance } from '../random.ts'
import type { Copy, Fate } from './checker.ts'
import { boundaryAfter, markerOf } from './markers.ts'
import type { Witness } from './witness.ts'

/** The files in which everybody types. Their paths change, but they are never removed. */
export const SHARED = ['a.txt', 'src/b.txt', 'src/c.txt', 'd.txt'] as const
/** Paths that shared files are renamed to: few, so that two people want the same one. */
const RENAMES = [...SHARED, 'e.txt', 'lib/f.txt', 'lib/g.txt', 'h.txt']
/** Units of a marker that does not fit in its commit, and how many of those one person types. */
const LARGE_UNITS = 34_000
const MOST_LARGE = 3
/** Units of a file that exceeds a batch. */
const HUGE_UNITS = 280_000
/**
 * Pending submissions at which a person pauses: they are sent one at a time, and all have to be acked in the
 * end.
 */
const MOST_PENDING = 200
/** Units of a long chat message. */
const SPEECH_UNITS = 3_000

export interface Place {
  readonly url: string
  readonly room: string
  readonly witness: Witness
  readonly fates: Map<string, Fate>
}

export class Typist {
  readonly name: string
  readonly #place: Place
  readonly #chance: Chance
  readonly #room: Room
  readonly #files: OpenFile[] = []
  readonly #own: { marker: string; text: string; file: OpenFile }[] = []
  readonly #created: { path: string; marker: string }[] = []
  #count = 0
  #large = 0
  #typing: Promise<void> | null = null
  #stopped = false

  private constructor(name: string, place: Place, chance: Chance, room: Room) {
    this.name = name
    this.#place = place
    this.#chance = chance
    this.#room = room
    room.on('error', (error) => this.#wrong(`${error}`))
    room.on('status', ({ status, reason }) => {
      if ((status === 'closed' || status === 'refused') && !this.#stopped)
        this.#wrong(`was closed: ${reason}`)
    })
    room.on('unsynced', ({ path, message }) => this.#wrong(`lost typing in ${path}: ${message}`))
    room.on('rejected', ({ code, changes }) => {
      if (code !== 'path_taken' || changes.some(({ type }) => type !== 'rename'))
        this.#wrong(`was refused: ${code} ${JSON.stringify(changes)}`)
    })
  }

  /** Joins and starts typing. */
  static async join(name: string, place: Place, chance: Chance): Promise<Typist> {
    const room = await connect({
      url: place.url,
      room: place.room,
      token: `guest 7c1e90b2 ${name}`.replaceAll(' ', '-'),
      socket: place.witness.sockets(),
      connectMs: 120_000,
    })
    const typist = new Typist(name, place, chance, room)
    typist.#typing = typist.#type().catch((error) => typist.#interrupted(error))
    return typist
  }

  get isConnected(): boolean {
    return this.#room.status.status === 'connected'
  }

  /** The state of this person's room, for a report about a hang. */
  get state(): string {
    const { status, pending } = this.#room.status
    return `${this.name}: ${status}, ${pending} pending${this.#stopped ? '' : ', still typing'}`
  }

  /** Sends a chat message with a marker, which is in the log and in no text. */
  say(units = 1 + this.#chance.int(SPEECH_UNITS)): void {
    this.#room.say(markerOf(this.name, this.#count++, units))
  }

  /** Creates a file that exceeds a batch. */
  createHuge(): void {
    this.#create(HUGE_UNITS)
  }

  /** Stops typing; resolves when everything is acked. */
  async finish(): Promise<void> {
    this.#stopped = true
    await this.#typing
    await this.#room.settled()
  }

  /** All texts of this replica. Files that are not open yet are opened. */
  async copy(): Promise<Copy> {
    const texts = new Map<string, string>()
    for (const { path } of this.#room.files) texts.set(path, (await this.#room.open(path)).text)
    return { name: this.name, texts }
  }

  /** Stops typing and leaves, whatever is not acked yet. Resolves when nothing is running any more. */
  async leave(): Promise<void> {
    this.#stopped = true
    await this.#room.close({ discard: true })
    await this.#typing
  }

  /**
   * A person who leaves may be waiting for a file to open. Anything else that ends the typing is a
   * violation.
   */
  #interrupted(error: unknown): void {
    if (this.#stopped && error instanceof SdkError && error.code === 'closed') return
    this.#wrong(`stopped typing: ${error}`)
  }

  async #type(): Promise<void> {
    const shared = this.#room.files.filter(({ path }) => !path.startsWith('own/'))
    for (const { file } of shared) {
      // By id: the path may change while the text is on its way.
      const path = this.#room.files.find((entry) => entry.file === file)?.path
      if (path !== undefined) this.#files.push(await this.#room.open(path))
    }
    while (!this.#stopped) {
      const steps = this.#chance.chance(0.1) ? this.#chance.int(20) : 1
      for (let i = 0; i < steps && this.#room.status.pending < MOST_PENDING; i++) this.#step()
      await sleep(this.#chance.int(25))
    }
  }

  #step(): void {
    try {
      const die = this.#chance.int(100)
      if (die < 68) this.#insert()
      else if (die < 72) this.#takeBack()
      else if (die < 76) this.say()
      else if (die < 86) this.#takeOut()
      else if (die < 90) {
        this.#room.transact(() => {
          this.#insert()
          this.#insert()
        })
      } else if (die < 93) this.#create()
      else if (die < 96) this.#room.rename(this.#chance.pick(this.#files).path, this.#chance.pick(RENAMES))
      else if (die < 98) this.#remove()
      else if (this.#large++ < MOST_LARGE && this.#chance.chance(0.3)) this.#insert(LARGE_UNITS)
    } catch (error) {
      // The path is taken, which the SDK knows without asking the room.
      if (!(error instanceof SdkError) || error.code !== 'path_taken') throw error
    }
  }

  #marker(units = 0): { marker: string; text: string } {
    const count = this.#count++
    const marker = markerOf(this.name, count)
    this.#place.fates.set(marker, 'present')
    return { marker, text: markerOf(this.name, count, units) }
  }

  #insert(units?: number): void {
    const file = this.#chance.pick(this.#files)
    const { marker, text } = this.#marker(units)
    const at = boundaryAfter(file.text, this.#chance.int(file.text.length + 1))
    file.edit([{ at, remove: 0, insert: text }])
    this.#own.push({ marker, text, file })
  }

  /**
   * Types, undoes it, and sometimes redoes it. In a transaction, since an undo may take back more than the
   * last insert.
   */
  #takeBack(): void {
    this.#room.transact(() => this.#insert())
    const own = this.#own.at(-1)
    if (own === undefined || !this.#room.undo()) return
    if (this.#chance.chance(0.4) && this.#room.redo()) return
    this.#own.pop()
    this.#place.fates.set(own.marker, 'gone')
  }

  #takeOut(): void {
    if (this.#own.length === 0) return
    const [own] = this.#own.splice(this.#chance.int(this.#own.length), 1)
    if (own === undefined) return
    const at = own.file.text.indexOf(own.text)
    if (at === -1) {
      this.#wrong(`${own.marker} was typed but is missing`)
      return
    }
    own.file.edit([{ at, remove: own.text.length, insert: '' }])
    this.#place.fates.set(own.marker, 'gone')
  }

  #create(units = 0): void {
    const { marker, text } = this.#marker(units)
    const path = `own/${this.name}-${this.#count}.txt`
    this.#room.create(path, text)
    this.#created.push({ path, marker })
  }

  #remove(): void {
    const created = this.#created.shift()
    if (created === undefined) return
    this.#room.remove(created.path)
    this.#place.fates.set(created.marker, 'gone')
  }

  #wrong(what: string): void {
    this.#place.witness.wrong.push(`${this.name} ${what}`)
  }
}
