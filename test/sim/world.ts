/**
 * A room and its people in one process: the real journal, live room and flusher in the shell of an object that dies, the
 * real SDK in every client, and between them a network, a disk and a database that a plan plays. Nothing happens but the
 * plan's steps; time passes only in them.
 */
import { CLOSE } from '../../core/protocol/codes.ts'
import { PING } from '../../core/protocol/messages.ts'
import { importFiles } from '../../durable-objects/import.ts'
import { settingsOf } from '../../durable-objects/settings.ts'
import { Database } from './database.ts'
import { Disk } from './disk.ts'
import { type Frame, Link } from './link.ts'
import { ObjectLife, type Platform, ROOM } from './object.ts'
import { Person } from './person.ts'
import type { Plan } from './plan.ts'
import { Tally } from './tally.ts'
import { type Machine, VirtualTime, WORLD } from './virtual-time.ts'
import { type Seen, Witness } from './witness.ts'

/** ms until the room is told of a connection that went silent */
const SILENCE_MS = 60_000
/** ms after which a doubled connection is gone */
const DOUBLE_MS = 30_000
/** ms after which the platform runs an alarm again whose object died */
const ALARM_RETRY_MS = 2_000

export class World {
  readonly time: VirtualTime
  readonly tally = new Tally()
  readonly witness = new Witness(this.tally)
  readonly database: Database
  readonly disk: Disk
  people: Person[] = []
  /** Those whose clients were closed, and reopened as new ones. */
  readonly former: Person[] = []
  life: ObjectLife
  readonly #platform: Platform
  readonly #seen = new Map<Link, Seen>()
  /** Connections that no SDK holds. */
  #doubles: Link[] = []
  #frames = 0
  #highestAtRoom = -1
  #alarmRuns: ObjectLife | null = null
  /** The first thing that went wrong where nobody could be told. */
  #failure: unknown = null

  constructor(plan: Plan) {
    this.time = new VirtualTime(plan.chance)
    this.time.onTurn = () => this.disk.nextTurn()
    this.time.afterEvent = (error) => this.#afterEvent(error)
    this.disk = new Disk(
      (callback) => this.#as(WORLD, () => setTimeout(callback, plan.diskMs)),
      (time) => this.#setAlarm(time),
    )
    this.database = new Database(this.time, this.tally, plan.databaseMs)
    const settings = settingsOf({ TAIL_COMMITS: `${plan.tailCommits}`, FLUSH_IDLE_MS: `${plan.idleMs}` })
    this.#platform = {
      disk: this.disk,
      database: this.database,
      settings,
      tally: this.tally,
      deleteMs: plan.diskMs,
    }
    this.life = this.#newLife([])
    const files = Object.entries(plan.files).map(([path, text]) => ({ path, text }))
    const imported = importFiles(files, settings.limits, this.time.now)
    if (!imported.ok) throw new Error(imported.message)
    const { journal } = this.life
    journal.create(ROOM, 'epoch-1', this.time.now)
    for (const { deflated, body } of imported.log) journal.append(deflated, body)
    this.disk.sync()
  }

  async join(name: string): Promise<void> {
    this.people.push(await this.#newPerson(name))
  }

  end(): void {
    for (const { room } of [...this.people, ...this.former]) room.close()
    this.time.end()
  }

  /** @throws what went wrong where nobody could be told */
  check(): void {
    if (this.#failure !== null) throw this.#failure
  }

  // ── frames ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The next frame, request or close of this connection comes to the room. Answers false when there is none. */
  async toRoom(link: Link): Promise<boolean> {
    if (!link.hasForRoom) return false
    const person = this.people.find(({ links }) => links.includes(link))
    if (link.isConnecting && person !== undefined && person.offlineUntil > this.time.now) {
      await this.time.as(person.machine, () => link.endAtClient())
      return true
    }
    if (link.takeRequest()) {
      await this.time.as(this.life.machine, () => this.#watch(this.life.connect(link)))
      return true
    }
    const taken = link.takeForRoom()
    if (taken === null) return false
    if ('code' in taken) await this.time.as(WORLD, () => this.#endAtRoom(link, false))
    else {
      this.#count(taken)
      if (taken.data !== PING) await this.#message(link, taken.data)
    }
    return true
  }

  /** The next frame, answer or close of this connection comes to its client. Answers false when there is none. */
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
    })
    return true
  }

  async #message(link: Link, data: string): Promise<void> {
    const { client, lastSubmit } = this.#seenOf(link)
    if (client !== null && lastSubmit?.data === data) {
      const known = this.life.live?.authority.client(client)?.n ?? 0
      if (known >= lastSubmit.n) this.tally.add('resends recognised')
    }
    await this.time.as(this.life.machine, () => this.life.message(link, data))
  }

  // ── connections ─────────────────────────────────────────────────────────────────────────────────────────────────

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
      await this.time.as(WORLD, () => this.#endAtRoom(link, end === 'both'))
      if (end === 'both') await this.time.as(person.machine, () => link.endAtClient())
    }
  }

  /** No network for this person: what there is breaks, and the room learns of it later. */
  async goOffline(person: Person, ms: number): Promise<void> {
    this.tally.add('clients offline for seconds')
    person.offlineUntil = this.time.now + ms
    for (const link of person.links) {
      this.#silence(link)
      await this.time.as(person.machine, () => link.endAtClient())
    }
  }

  /** Everybody is gone, machines asleep and all, for so long. */
  async night(ms: number): Promise<void> {
    for (const person of this.people) {
      person.machine.asleep = true
      await this.time.as(WORLD, () => {
        for (const link of person.links) if (link.isAtRoom) this.#endAtRoom(link, true)
      })
    }
    await this.time.pass(ms)
    for (const person of this.people) person.machine.asleep = false
  }

  /** The client's hello comes again over another connection, and its last submission with it. */
  async double(person: Person, repeat: boolean): Promise<void> {
    const original = person.links.findLast((link) => link.isOpenAtRoom)
    const seen = original === undefined ? undefined : this.#seen.get(original)
    // Whoever still has an answer under way may have been refused: then its frame must not come again.
    if (seen?.client == null || original?.hasForClient !== false || !this.disk.isDurable) return
    this.tally.add('connections doubled')
    const link = this.#newLink(person.name)
    this.#doubles.push(link)
    this.#as(WORLD, () => setTimeout(() => this.#endDouble(link), DOUBLE_MS))
    const { client, lastSubmit } = seen
    const hello = JSON.stringify({ type: 'hello', protocol: 1, client })
    link.onOpen(() => {
      link.client.send(hello)
      if (repeat && lastSubmit !== null && !this.witness.wasRefused(client, lastSubmit.n)) {
        link.client.send(lastSubmit.data)
      }
    })
    await this.toRoom(link)
    this.disk.sync()
    while (this.#hearDouble(link) || (await this.toRoom(link)));
  }

  /** A person's client is closed, and another one opened. */
  async reopen(person: Person): Promise<void> {
    this.tally.add('clients closed and reopened')
    await this.time.as(person.machine, () => person.room.close())
    this.former.push(person)
    const heir = await this.#newPerson(person.name)
    heir.offlineUntil = person.offlineUntil
    // What the closed client had sent is still under way.
    heir.links = [...person.links, ...heir.links]
    person.links = []
    this.people[this.people.indexOf(person)] = heir
  }

  // ── the object ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** The object dies; the next event finds it new. @param keep which part of what is not durable stays */
  die(keep: number, losesFrames: boolean): void {
    this.tally.add('deaths')
    if (this.database.underWay > 0) this.tally.add('deaths during a database call')
    this.life.machine.gone = true
    const { kept, lost, unsaid } = this.disk.crash(keep)
    if (lost > 0) this.tally.add('deaths that lost rows nobody saw')
    if (kept > 0 && unsaid > 0) this.tally.add('deaths between row and broadcast')
    for (const link of this.#links()) if (link.isAtRoom) link.endAtRoom(losesFrames)
    if (this.#alarmRuns === this.life) {
      this.#alarmRuns = null
      if (this.disk.alarm === null) this.disk.retryAlarm(this.time.now + ALARM_RETRY_MS)
    }
    this.#rise([])
  }

  /** The object sleeps, if nothing keeps it awake: memory is gone, sockets stay. */
  async hibernate(checkpoint: boolean): Promise<void> {
    await this.time.as(this.life.machine, () => {
      this.life.live?.sealNow()
      if (checkpoint) this.life.live?.checkpoint()
    })
    this.disk.sync()
    await this.time.as(WORLD, () => {})
    if (!this.life.isAtRest || this.#alarmRuns !== null) return
    this.tally.add('hibernations')
    this.life.machine.gone = true
    this.#rise(this.#links().filter((link) => link.isOpenAtRoom))
  }

  /** Reads by the API. The answer comes when the database lets it. */
  async read(path: string): Promise<{ readonly text: string | null }> {
    const reading: { text: string | null } = { text: null }
    const done = (text: string | null) => {
      reading.text = text
    }
    await this.time.as(this.life.machine, () => this.#watch(this.life.read(path).then(done)))
    return reading
  }

  #rise(links: readonly Link[]): void {
    this.database.forget()
    this.time.sweep()
    this.disk.nextTurn()
    try {
      this.life = this.#newLife(links)
    } catch (error) {
      if (!isInjected(error)) throw error
      // It could not start, and is started again: without the sockets, which ended with it.
      this.tally.add('disk failures')
      this.disk.crash(0)
      for (const link of links) link.endAtRoom(true)
      this.life = this.#newLife([])
    }
  }

  #newLife(links: readonly Link[]): ObjectLife {
    const machine = { asleep: false, gone: false }
    return this.#as(machine, () => new ObjectLife(this.#platform, machine, links))
  }

  #setAlarm(time: number | null): void {
    if (time === null) return
    this.#as(WORLD, () => setTimeout(() => this.#ring(time), Math.max(0, time - this.time.now)))
  }

  #ring(time: number): void {
    if (this.disk.alarm !== time || this.#alarmRuns !== null) return
    this.disk.sync()
    this.disk.alarmFired()
    const { life } = this
    this.#alarmRuns = life
    const ended = () => {
      if (this.#alarmRuns !== life) return
      this.#alarmRuns = null
      // One that was set meanwhile for a time that has passed.
      if (this.disk.alarm !== null) this.#setAlarm(this.disk.alarm)
    }
    // What the alarm sets off is this life's, until the event is over.
    this.time.machine = life.machine
    this.#watch(life.alarm().finally(ended))
  }

  // ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async #newPerson(name: string): Promise<Person> {
    const machine = { asleep: false, gone: false }
    const connect = (person: Person) => {
      const link = this.#newLink(name)
      person.links = [...person.links.filter((older) => !older.isOver), link]
      return link.client
    }
    let person: Person | null = null
    await this.time.as(machine, () => {
      person = new Person(name, machine, this.tally, connect)
    })
    if (person === null) throw new Error('the SDK does not start')
    return person
  }

  #newLink(user: string): Link {
    const link: Link = new Link(user, {
      frame: (data) => ({ data, number: ++this.#frames, sentAt: this.time.now }),
      fromRoom: (action) => this.disk.whenDurable(action),
      lost: (frames) => this.tally.add('frames lost', frames),
      sent: (data) => this.witness.sent(this.#seenOf(link), data),
    })
    return link
  }

  #seenOf(link: Link): Seen {
    let seen = this.#seen.get(link)
    if (seen === undefined) {
      seen = this.witness.newConnection()
      this.#seen.set(link, seen)
    }
    return seen
  }

  #links(): Link[] {
    return [...this.people.flatMap(({ links }) => links), ...this.#doubles]
  }

  #silence(link: Link): void {
    link.goSilent()
    this.#as(WORLD, () => setTimeout(() => this.#endAtRoom(link, true), SILENCE_MS))
  }

  /** The room's end is gone, and the room learns of it. */
  #endAtRoom(link: Link, losesFrames: boolean): void {
    const was = link.isOpenAtRoom
    link.endAtRoom(losesFrames)
    if (was) this.#as(this.life.machine, () => this.life.closed(link))
  }

  #hearDouble(link: Link): boolean {
    return link.deliverToClient((frame) => this.witness.heard(this.#seenOf(link), frame.data))
  }

  #endDouble(link: Link): void {
    while (this.#hearDouble(link));
    this.#doubles = this.#doubles.filter((other) => other !== link)
    this.#endAtRoom(link, true)
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

  /** Sets timers as a machine's, from within another's code. */
  #as<T>(machine: Machine, action: () => T): T {
    const before = this.time.machine
    this.time.machine = machine
    try {
      return action()
    } finally {
      this.time.machine = before
    }
  }

  #watch(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (!isInjected(error)) this.#failure ??= error
    })
  }

  /** An object whose disk failed, or that gave up, is ended by the platform: nothing of that turn stays. */
  #afterEvent(error: unknown): void {
    if (error !== null && !isInjected(error)) throw error
    if (this.disk.broken || this.life.aborted !== null) {
      this.tally.add('disk failures')
      this.die(this.disk.partBeforeThisTurn, true)
    }
  }
}

/** Whether an error is one of the faults, or what became of one. */
function isInjected(error: unknown): boolean {
  return String(error).includes('injected')
}
