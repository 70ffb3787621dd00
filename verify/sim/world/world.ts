/**
 * A room and its people in one process: the real room in an object that dies, the real SDK in every client,
 * and between them the connections that a plan plays. Nothing happens except the plan's steps; time passes
 * only in them.
 */
import { CopyStore } from '../../../client/offline/store.ts'
import type { Start } from '../../../client/start.ts'
import { CLOSE } from '../../../core/protocol/codes.ts'
import { PING } from '../../../core/protocol/messages.ts'
import type { Plan } from '../plan.ts'
import { Tally } from '../tally.ts'
import { type Seen, Witness } from '../witness.ts'
import { Host } from './host.ts'
import { type Frame, Link } from './link.ts'
import { Damage } from './losses.ts'
import { Person } from './person.ts'
import { Shelf } from './shelf.ts'
import { VirtualTime, WORLD } from './virtual-time.ts'

/** ms until the room is told of a connection that went silent */
const SILENCE_MS = 60_000
/**
 * The user who uses other users' client ids, and the number of their submissions, which no client here uses.
 */
const IMPOSTOR = 'impostor'
const IMPOSTOR_N = 1_000_000
/** ms after which a connection that no SDK holds is gone */
const EXTRA_MS = 30_000

export class World {
  readonly time: VirtualTime
  readonly tally = new Tally()
  readonly damage = new Damage()
  readonly witness = new Witness(this.tally, this.damage)
  readonly host: Host
  people: Person[] = []
  /** People whose clients were closed and reopened as new ones. */
  readonly former: Person[] = []
  readonly #plan: Plan
  /** What each person's browser keeps. */
  readonly #shelves = new Map<string, Shelf>()
  readonly #seen = new Map<Link, Seen>()
  /** Connections that no SDK holds. */
  #extra: Link[] = []
  #frames = 0
  #highestAtRoom = -1

  constructor(plan: Plan) {
    this.#plan = plan
    this.time = new VirtualTime(plan.chance)
    this.host = new Host(plan, this.time, this.tally, () => this.#links())
  }

  /** Creates the room, and lets everybody join. */
  async begin(): Promise<void> {
    const files = Object.entries(this.#plan.files).map(([path, text]) => ({ path, text }))
    await this.time.as(WORLD, () => {})
    let isMade = false
    const made = () => {
      isMade = true
    }
    await this.host.begin((life) => life.make(files).then(made))
    // The store is first asked whether there is a room of this name.
    while (!isMade) {
      await this.time.pass(1)
      this.host.check()
    }
    await this.host.sync()
    for (let i = 0; i < this.#plan.people; i++) {
      this.people.push(await this.#newPerson(`person-${i}`, (copies) => copies.new()))
    }
  }

  end(): void {
    for (const person of [...this.people, ...this.former]) person.end()
    this.time.end()
  }

  // ── frames ──────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * The next frame, request or close of this connection reaches the room. Returns false if there is none.
   */
  async toRoom(link: Link): Promise<boolean> {
    if (!link.hasForRoom) return false
    const person = this.people.find(({ links }) => links.includes(link))
    if (link.isConnecting && person !== undefined && person.offlineUntil > this.time.now) {
      await this.time.as(person.machine, () => link.endAtClient())
      return true
    }
    if (link.takeRequest()) {
      await this.host.begin((life) => life.connect(link))
      return true
    }
    const taken = link.takeForRoom()
    if (taken === null) return false
    if ('code' in taken) await this.time.as(WORLD, () => this.host.endAtRoom(link, false))
    else {
      this.#count(taken)
      if (taken.data !== PING) await this.#message(link, taken.data)
    }
    return true
  }

  /**
   * The next frame, answer or close of this connection reaches its client. Returns false if there is none.
   */
  async toClient(person: Person, link: Link): Promise<boolean> {
    if (!link.hasForClient || person.offlineUntil > this.time.now) return false
    await this.time.as(person.machine, () => {
      const before = person.room.status.code
      link.deliverToClient((frame) => {
        this.#delivered(frame)
        this.witness.heard(this.#seenOf(link), frame.data)
      })
      const { code } = person.room.status
      if (code !== before && code === CLOSE.replaced.code) this.tally.add('connections replaced (4409)')
      if (code !== before && code === CLOSE.clientTaken.code) {
        this.tally.add('clients that chose another id (4423)')
      }
    })
    return true
  }

  async #message(link: Link, data: string): Promise<void> {
    const { client, lastSubmit } = this.#seenOf(link)
    if (client !== null && lastSubmit?.data === data) {
      const known = this.host.life.live?.authority.client(client)?.n ?? 0
      if (known >= lastSubmit.n) this.tally.add('resends recognised')
    }
    await this.host.run((life) => life.message(link, data))
  }

  // ── connections ─────────────────────────────────────────────────────────────────────────────────────────

  async cut(person: Person, end: 'both' | 'client' | 'room' | 'silent'): Promise<void> {
    const { link } = person
    if (link === undefined || link.isConnecting) return
    if (end === 'client') {
      this.tally.add('connections cut at the client first')
      await this.time.as(person.machine, () => link.endAtClient())
    } else if (end === 'silent') {
      this.tally.add('connections gone silent')
      this.#silence(link)
    } else {
      this.tally.add(end === 'room' ? 'connections cut at the room first' : 'connections cut at both ends')
      await this.time.as(WORLD, () => this.host.endAtRoom(link, end === 'both'))
      if (end === 'both') await this.time.as(person.machine, () => link.endAtClient())
    }
  }

  /** No network for this person: connections break, and the room learns of it later. */
  async goOffline(person: Person, ms: number): Promise<void> {
    this.tally.add('clients offline for seconds')
    person.offlineUntil = this.time.now + ms
    for (const link of person.links) {
      this.#silence(link)
      await this.time.as(person.machine, () => link.endAtClient())
    }
  }

  /** Everybody is away and all machines sleep, for this long. */
  async night(ms: number): Promise<void> {
    for (const person of this.people) {
      person.machine.asleep = true
      await this.time.as(WORLD, () => {
        for (const link of person.links) if (link.isAtRoom) this.host.endAtRoom(link, true)
      })
    }
    await this.time.pass(ms)
    for (const person of this.people) person.machine.asleep = false
  }

  /** The client's hello arrives again on another connection, with its last submission. */
  async double(person: Person, repeat: boolean): Promise<void> {
    const original = person.links.findLast((link) => link.isOpenAtRoom)
    const seen = original === undefined ? undefined : this.#seen.get(original)
    // If an answer is still under way, it may be a refusal: then the frame must not be sent again.
    if (seen?.client == null || original?.hasForClient !== false || !this.host.disk.isDurable) return
    this.tally.add('connections doubled')
    const { client, lastSubmit } = seen
    const link = this.#openExtra(person.name, client, ({ client: socket }) => {
      if (repeat && lastSubmit !== null && !this.witness.wasRefused(client, lastSubmit.n)) {
        socket.send(lastSubmit.data)
      }
    })
    await this.#settleExtra(link)
  }

  /**
   * Another user sends a hello with this client's id. The room closes them with 4423, unless nobody holds
   * the id and the log has nothing under it: then it is theirs, and they submit under it, so that the person
   * has to choose another id.
   */
  async steal(person: Person): Promise<void> {
    const ids = person.links.map((link) => this.#seen.get(link)?.client ?? null)
    const client = ids.findLast((id) => id !== null)
    if (client == null || !this.host.disk.isDurable) return
    this.tally.add('client ids tried by another user')
    const link = this.#openExtra(IMPOSTOR, client, () => {})
    await this.#settleExtra(link)
    if (this.host.life.live?.authority.client(client) != null || !link.isOpenAtRoom) return
    this.tally.add('client ids taken by another user')
    const base = this.host.life.journal.seq
    const changes = [{ type: 'chat', text: 'mine now' }]
    link.client.send(JSON.stringify({ type: 'submit', n: IMPOSTOR_N, base, changes }))
    await this.#settleExtra(link)
  }

  /** A person's client is closed, and another one opened. */
  async reopen(person: Person): Promise<void> {
    this.tally.add('clients closed and reopened')
    await this.time.as(person.machine, () => void person.room.close())
    await this.#succeed(person, (copies) => copies.new())
  }

  /** The page dies suddenly and is opened again: the client continues with what its browser kept. */
  async reload(person: Person): Promise<void> {
    this.tally.add('clients reloaded')
    person.machine.gone = true
    for (const link of person.links) link.desert()
    for (const [link, { client }] of this.#seen)
      if (link.user === person.name && client !== null) this.witness.died(client)
    await this.#succeed(person, (copies) => copies.lastOrNew(person.name))
  }

  async #succeed(person: Person, begin: (copies: CopyStore) => Promise<Start>): Promise<void> {
    this.former.push(person)
    const heir = await this.#newPerson(person.name, begin)
    heir.offlineUntil = person.offlineUntil
    // What the closed client had sent is still under way.
    heir.links = [...person.links, ...heir.links]
    person.links = []
    this.people[this.people.indexOf(person)] = heir
  }

  /** Reads through the API. The answer comes when the database allows it. */
  async read(path: string): Promise<{ readonly text: string | null }> {
    const reading: { text: string | null } = { text: null }
    const done = (text: string | null) => {
      reading.text = text
    }
    await this.host.begin((life) => life.read(path).then(done))
    return reading
  }

  // ── internals ──────────────────────────────────────────────────────────────────────────────────────────

  async #newPerson(name: string, begin: (copies: CopyStore) => Promise<Start>): Promise<Person> {
    const machine = { asleep: false, gone: false }
    const connect = (person: Person) => {
      const link = this.#newLink(name)
      person.links = [...person.links.filter((older) => !older.isOver), link]
      return link.client
    }
    const shelf = this.#shelves.get(name) ?? new Shelf()
    this.#shelves.set(name, shelf)
    const errors: Error[] = []
    const copies = new CopyStore(shelf.of(machine), 'world', (error) => errors.push(error))
    let person: Person | null = null
    await this.time.as(machine, () => {
      begin(copies).then((start) => {
        if (start.isResumed) this.tally.add('clients that continued with kept work')
        person = new Person(name, machine, this.tally, start, connect)
      })
    })
    if (person === null || errors.length > 0) throw new Error('the SDK does not start', { cause: errors[0] })
    return person
  }

  /** A connection that no SDK holds: it sends a hello with a client id, and lasts for a while. */
  #openExtra(user: string, client: string, afterHello: (link: Link) => void): Link {
    const link = this.#newLink(user)
    this.#extra.push(link)
    this.time.within(WORLD, () => setTimeout(() => this.#endExtra(link), EXTRA_MS))
    link.onOpen(() => {
      link.client.send(JSON.stringify({ type: 'hello', protocol: 1, client }))
      afterHello(link)
    })
    return link
  }

  /** Delivers everything that is under way on it, in both directions. */
  async #settleExtra(link: Link): Promise<void> {
    await this.toRoom(link)
    await this.host.sync()
    while (this.#hearExtra(link) || (await this.toRoom(link)));
  }

  #newLink(user: string): Link {
    const link: Link = new Link(user, {
      frame: (data) => ({ data, number: ++this.#frames, sentAt: this.time.now }),
      fromRoom: (action) => this.host.disk.whenDurable(action),
      lost: (frames) => this.tally.add('frames lost', frames),
      sent: (data) => this.witness.sent(this.#seenOf(link), data),
    })
    return link
  }

  #seenOf(link: Link): Seen {
    let seen = this.#seen.get(link)
    if (seen === undefined) {
      seen = this.witness.newConnection(this.#extra.includes(link))
      this.#seen.set(link, seen)
    }
    return seen
  }

  #links(): Link[] {
    return [...this.people.flatMap(({ links }) => links), ...this.#extra]
  }

  #silence(link: Link): void {
    link.goSilent()
    this.time.within(WORLD, () => setTimeout(() => this.host.endAtRoom(link, true), SILENCE_MS))
  }

  #hearExtra(link: Link): boolean {
    return link.deliverToClient((frame) => this.witness.heard(this.#seenOf(link), frame.data))
  }

  #endExtra(link: Link): void {
    while (this.#hearExtra(link));
    this.#extra = this.#extra.filter((other) => other !== link)
    this.host.endAtRoom(link, true)
  }

  #count(frame: Frame): void {
    this.#delivered(frame)
    if (frame.number < this.#highestAtRoom) this.tally.add('frames reordered between connections')
    this.#highestAtRoom = Math.max(this.#highestAtRoom, frame.number)
  }

  #delivered(frame: Frame): void {
    this.tally.add('frames delivered')
    if (frame.sentAt < this.time.now) this.tally.add('frames delayed')
  }
}
