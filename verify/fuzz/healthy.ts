/**
 * Healthy people in a room under attack, on the SDK: they type markers, delete their own, undo, chat, rename
 * and move their cursors, and must notice nothing: no lost connection, no refusal except for a path that is
 * taken, no text that differs.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type OpenFile, type Room, SdkError } from '../../client/index.ts'
import type { SocketFactory } from '../../client/types.ts'
import type { Copy, Fate } from '../chaos/checker.ts'
import { boundaryAfter, markerOf } from '../chaos/markers.ts'
import type { Chance } from '../random.ts'

/** The files that they type in. */
export const SHARED = ['shared/a.txt', 'shared/src/b.txt', 'shared/c.txt'] as const
const RENAMES = [...SHARED, 'shared/d.txt', 'shared/lib/e.txt']
/** Own markers that one person keeps in the room at a time, so that texts stay small. */
const MOST_OWN = 120
/**
 * ms after which a person notices a missing ack, with room for a small machine that runs the attackers too.
 */
const MOST_MS = 8_000

export interface Site {
  readonly url: string
  readonly room: string
  /** By marker: whether it has to be present in the end. */
  readonly fates: Map<string, Fate>
  readonly wrong: string[]
  /** Their client ids. */
  readonly clients: Set<string>
}

export class Healthy {
  readonly name: string
  /** The slowest ack, in ms. */
  slowest = 0
  typed = 0
  #connections = 0
  readonly #site: Site
  readonly #chance: Chance
  readonly #room: Room
  readonly #files: OpenFile[] = []
  readonly #own: { marker: string; file: OpenFile }[] = []
  #count = 0
  #typing: Promise<void> | null = null
  #stopped = false

  private constructor(name: string, site: Site, chance: Chance, room: Room) {
    this.name = name
    this.#site = site
    this.#chance = chance
    this.#room = room
    room.on('error', (error) => this.#wrong(`saw an error: ${error}`))
    room.on('status', ({ status, reason, code }) => {
      if (status !== 'connected' && !this.#stopped) this.#wrong(`lost the room: ${status} ${code} ${reason}`)
    })
    room.on('rejected', ({ code, changes }) => {
      if (code !== 'path_taken' || changes.some(({ type }) => type !== 'rename'))
        this.#wrong(`was refused: ${code} ${JSON.stringify(changes)}`)
    })
  }

  /** Joins, opens the shared files, and starts typing. */
  static async join(name: string, site: Site, chance: Chance): Promise<Healthy> {
    let sockets = 0
    let person: Healthy | null = null
    const socket: SocketFactory = (url, protocols) => {
      sockets++
      if (person !== null) person.#connections = sockets
      const made = new WebSocket(url, protocols)
      const send = made.send.bind(made)
      made.send = (frame) => {
        send(frame)
        const { type, client } = frame === 'ping' ? {} : JSON.parse(String(frame))
        if (type === 'hello') site.clients.add(client)
      }
      return made
    }
    const room = await connect({ url: site.url, room: site.room, token: `guest-7c1e90b2-${name}`, socket })
    person = new Healthy(name, site, chance, room)
    person.#connections = sockets
    const shared = room.files.filter(({ path }) => path.startsWith('shared/'))
    for (const { file } of shared) {
      // By id: the path may change while the text is on its way.
      const path = room.files.find((entry) => entry.file === file)?.path
      if (path !== undefined) person.#files.push(await room.open(path))
    }
    const joined = person
    joined.#typing = joined.#type().catch((error) => joined.#wrong(`stopped typing: ${error}`))
    return person
  }

  /** Stops typing; resolves when everything is acked. */
  async finish(): Promise<void> {
    this.#stopped = true
    await this.#typing
    await this.#room.settled()
    if (this.#connections > 1) this.#wrong(`connected ${this.#connections} times`)
  }

  /** All texts of this replica; files that are not open yet are opened. */
  async copy(): Promise<Copy> {
    const texts = new Map<string, string>()
    for (const { path } of this.#room.files) texts.set(path, (await this.#room.open(path)).text)
    return { name: this.name, texts }
  }

  async leave(): Promise<void> {
    this.#stopped = true
    await this.#room.close()
    await this.#typing
  }

  async #type(): Promise<void> {
    while (!this.#stopped) {
      const start = performance.now()
      this.#step()
      // Now and then waits for the ack, to measure it.
      if (this.#chance.chance(0.2)) {
        await this.#room.settled()
        const ms = performance.now() - start
        this.slowest = Math.max(this.slowest, ms)
        if (ms > MOST_MS) this.#wrong(`waited ${Math.round(ms)} ms for an ack`)
      }
      await sleep(10 + this.#chance.int(60))
    }
  }

  #step(): void {
    const die = this.#chance.int(100)
    if (die < 65 && this.#own.length < MOST_OWN) this.#insert()
    else if (die < 70) this.#takeBack()
    else if (die < 75) this.#room.say('well '.repeat(1 + this.#chance.int(600)))
    else if (die < 90) this.#takeOut()
    else if (die < 93) this.#rename()
    else
      this.#room.setPresence({
        file: this.#chance.pick(this.#files).file,
        selections: [{ anchor: 0, head: this.#chance.int(10) }],
      })
  }

  #insert(): void {
    const file = this.#chance.pick(this.#files)
    const marker = markerOf(this.name, this.#count++)
    this.#site.fates.set(marker, 'present')
    file.edit([
      { at: boundaryAfter(file.text, this.#chance.int(file.text.length + 1)), remove: 0, insert: marker },
    ])
    this.#own.push({ marker, file })
    this.typed++
  }

  /** Types and undoes it, in a transaction, since an undo may take back more than the last insert. */
  #takeBack(): void {
    this.#room.transact(() => this.#insert())
    const own = this.#own.at(-1)
    if (own === undefined || !this.#room.undo()) return
    this.#own.pop()
    this.#site.fates.set(own.marker, 'gone')
  }

  #takeOut(): void {
    const [own] = this.#own.splice(this.#chance.int(this.#own.length), 1)
    if (own === undefined) return
    const at = own.file.text.indexOf(own.marker)
    if (at === -1) {
      this.#wrong(`typed ${own.marker}, which is missing`)
      return
    }
    own.file.edit([{ at, remove: own.marker.length, insert: '' }])
    this.#site.fates.set(own.marker, 'gone')
  }

  #rename(): void {
    try {
      this.#room.rename(this.#chance.pick(this.#files).path, this.#chance.pick(RENAMES))
    } catch (error) {
      if (!(error instanceof SdkError) || error.code !== 'path_taken') throw error
    }
  }

  #wrong(what: string): void {
    this.#site.wrong.push(`${this.name}, who is healthy, ${what}`)
  }
}
