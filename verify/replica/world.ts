/**
 * One run: a room, browsers with a page each, and the connections between them. Nothing happens except the
 * steps of the plan; in the end everybody is connected, everything is delivered, and the result is compared
 * with the model.
 */
import type { SocketLike } from '../../client/types.ts'
import { DEFAULT_LIMITS } from '../../core/protocol/limits.ts'
import type { ServerMessage } from '../../core/protocol/messages.ts'
import { Clock } from './clock.ts'
import { Ledger } from './ledger.ts'
import { Mirror } from './mirror.ts'
import { Page } from './page.ts'
import type { Plan } from './plan.ts'
import { Room } from './room.ts'
import { Shelf } from './shelf.ts'
import { PATHS, type Step } from './steps.ts'
import { Wire } from './wire.ts'

/** ms of a pause that ends a step of typing, and after which everything that a page keeps is written. */
const PAUSE_MS = 501
const KEPT_MS = 300
const CLOSE_MS = 2_100
/** Seconds within which everything has to settle, and connections that a page may need for that. */
const SETTLE_TURNS = 90
const SETTLE_CONNECTIONS = 12
const LOST = { code: 1006, reason: '' }

interface Line {
  readonly wire: Wire
  readonly page: Page
  mirror: Mirror | null
}

interface Seat {
  readonly shelf: Shelf
  page: Page
  lines: Line[]
  isOffline: boolean
  /** Connections that were requested. */
  connections: number
}

export class World {
  readonly #plan: Plan
  readonly #clock: Clock
  readonly #ledger = new Ledger()
  readonly #room: Room
  readonly #mirrors = new Map<string, Mirror>()
  readonly #seats: Seat[] = []
  readonly counts: Record<string, number> = {}

  constructor(plan: Plan) {
    this.#plan = plan
    this.#clock = new Clock(plan.seed)
    const { fileBytes, mostFiles } = plan
    const limits = { ...DEFAULT_LIMITS, fileBytes, files: mostFiles }
    this.#room = new Room(limits, 'user-0', (commit) => this.#ledger.log.add(commit))
  }

  /** Plays the plan. @throws Error if anything is wrong */
  async play(): Promise<void> {
    try {
      const files = this.#plan.files.map((count, i) => ({
        type: 'create' as const,
        file: `file-${i}`,
        path: PATHS[i]!,
        text: this.#ledger.characters(count, 'user-0').join(''),
      }))
      this.#room.make('user-0', files)
      for (let seat = 0; seat < this.#plan.seats; seat++) {
        const shelf = new Shelf()
        this.#seats.push({
          shelf,
          page: this.#page(seat, shelf),
          lines: [],
          isOffline: false,
          connections: 0,
        })
        await this.#join(this.#seats[seat]!)
      }
      await this.#settle()
      for (const { page } of this.#seats)
        await this.#as(page, () => {
          for (let file = 0; file < files.length; file++) page.do({ act: 'open', file })
        })
      await this.#settle()
      for (const step of this.#plan.steps) {
        await this.#step(step)
        this.#check()
      }
      await this.#end()
    } finally {
      this.#clock.end()
    }
  }

  // ── steps ───────────────────────────────────────────────────────────────────────────────────────────────

  async #step(step: Step): Promise<void> {
    if (step.do === 'pass') return this.#clock.pass(step.ms)
    const seat = this.#seats[step.seat % this.#seats.length]!
    const { page } = seat
    switch (step.do) {
      case 'act':
        if (page.needsPause(step.act)) await this.#clock.pass(PAUSE_MS)
        return this.#as(page, () => page.do(step.act))
      case 'up':
        for (let i = 0; i < step.count; i++) if (!(await this.#up(seat, step.seal))) break
        return
      case 'down':
        for (let i = 0; i < step.count; i++) if (!(await this.#down(seat))) break
        return
      case 'cut':
        return this.#cut(seat, step.reaches)
      case 'offline':
        seat.isOffline = step.on
        if (step.on) await this.#cut(seat, 0)
        return
      case 'forget':
        return this.#room.forget(page.user, step.when)
      case 'leave':
        return this.#leave(seat, step.how, `user-${step.user % this.#seats.length}`)
    }
  }

  async #cut(seat: Seat, reaches: number): Promise<void> {
    for (const { wire, page } of seat.lines.filter(({ wire }) => wire.isOpenAtPage || wire.isConnecting))
      await this.#as(page, () => wire.cut(reaches))
  }

  /** Moves a packet on the oldest connection that has one. Returns whether any had. */
  async #up(seat: Seat, seals: boolean): Promise<boolean> {
    seat.lines = seat.lines.filter(({ wire }) => !wire.isOver)
    const line = seat.lines.find(({ wire }) => wire.hasUp)
    if (line === undefined) return false
    if (line.wire.isConnecting) await this.#as(line.page, () => line.wire.open())
    else this.#room.take(line.wire, seals)
    return true
  }

  async #down(seat: Seat): Promise<boolean> {
    const line = seat.lines.find(({ wire }) => wire.hasDown)
    if (line === undefined) return false
    const { wire, page } = line
    await this.#as(page, () => {
      const packet = wire.takeDown()
      if (packet === null) return
      if ('close' in packet) return wire.closeAtPage(packet.close)
      if (packet.frame !== 'pong') line.mirror?.heard(JSON.parse(packet.frame) as ServerMessage)
      if (line.mirror === page.mirror) page.heard()
      wire.client.onmessage?.({ data: packet.frame })
    })
    return true
  }

  async #leave(seat: Seat, how: 'reload' | 'close' | 'discard', user: string): Promise<void> {
    const { page } = seat
    if (how === 'discard') {
      await this.#as(page, () => page.discard())
      await this.#clock.pass(KEPT_MS)
    } else if (how === 'close') {
      await this.#as(page, () => void page.room?.close())
      await this.#clock.pass(CLOSE_MS)
    } else await this.#clock.pass(KEPT_MS)
    this.#check()
    page.owner.gone = true
    for (const { wire } of seat.lines) wire.desert()
    for (const mirror of this.#mirrors.values()) if (mirror === page.mirror) mirror.restore()
    seat.page = this.#page(user, seat.shelf)
    await this.#join(seat)
  }

  // ── pages and connections ───────────────────────────────────────────────────────────────────────────────

  #page(user: number | string, shelf: Shelf): Page {
    const name = typeof user === 'string' ? user : `user-${user}`
    return new Page(name, this.#ledger, shelf, this.#plan.mostFiles)
  }

  async #join(seat: Seat): Promise<void> {
    const { page, shelf } = seat
    await this.#as(page, () =>
      page.join(
        () => this.#connect(seat, page),
        (client) => this.#mirrors.get(client),
      ),
    )
    await this.#clock.until(() => shelf.wasAskedBy(page.owner))
  }

  #connect(seat: Seat, page: Page): SocketLike {
    seat.connections++
    const line: Line = {
      page,
      mirror: null,
      wire: new Wire(page.user, (frame) => {
        try {
          this.#said(line, frame)
        } catch (error) {
          // Thrown into the SDK, it would be treated as a socket error.
          this.#clock.failure ??= error as Error
        }
        return frame
      }),
    }
    if (seat.isOffline) setTimeout(() => line.wire.closeAtPage(LOST), 1)
    else seat.lines.push(line)
    return line.wire.client
  }

  /** Records a frame that a page sends. */
  #said(line: Line, frame: string): void {
    if (frame === 'ping') return
    const message = JSON.parse(frame)
    if (message.type === 'hello') {
      const mirror = this.#mirrors.get(message.client) ?? new Mirror(message.client, this.#ledger)
      this.#mirrors.set(message.client, mirror)
      mirror.hello(message.since)
      line.mirror = mirror
      if (line.page.room === null) line.page.mirror = mirror
    } else if (message.type === 'submit') line.mirror?.submitted(message)
  }

  async #as(page: Page, action: () => void): Promise<void> {
    await this.#clock.as(page.owner, action)
    if (this.#clock.failure !== null) throw this.#clock.failure
  }

  #check(): void {
    if (this.#clock.failure !== null) throw this.#clock.failure
    for (const { page } of this.#seats) page.check()
  }

  // ── the end ─────────────────────────────────────────────────────────────────────────────────────────────

  async #end(): Promise<void> {
    this.#room.remember()
    for (const seat of this.#seats) seat.isOffline = false
    await this.#settle()
    await this.#openAll()
    // A text that is no longer kept up to date shows when somebody changes it.
    for (const [seat, { page }] of this.#seats.entries()) {
      const { length } = page.room?.files ?? []
      for (let file = 0; file < length; file++)
        await this.#step({ do: 'act', seat, act: { act: 'type', file, at: 0.5, del: 0, ins: 1 } })
    }
    await this.#settle()
    this.#checkAll()
    // Work that was kept for a user is sent, or handed over, when they are back.
    for (const seat of this.#seats) {
      for (let user = 0; user < this.#seats.length; user++) {
        await this.#leave(seat, 'reload', `user-${user}`)
        await this.#settle()
      }
    }
    await this.#openAll()
    this.#checkAll()
    for (const mirror of this.#mirrors.values()) mirror.checkSettled()
    this.#ledger.checkEnd()
  }

  async #openAll(): Promise<void> {
    for (const { page } of this.#seats)
      await this.#as(page, () => {
        const { length } = page.room?.files ?? []
        for (let file = 0; file < length; file++) page.do({ act: 'open', file })
      })
    await this.#settle()
  }

  /** Everybody has what the room has, and the room has what its log says. */
  #checkAll(): void {
    this.#checkRoom()
    for (const { page } of this.#seats) this.#checkPage(page)
  }

  #checkRoom(): void {
    const { files } = this.#room.authority.state
    const { now } = this.#ledger.log
    for (const { file, path, text } of files.values()) {
      const state = now.get(file)
      if (state?.path !== path || state.text.join('') !== text?.toString())
        throw new Error(
          `the room has ${file} at ${path}: "${text}", and its log says "${state?.text.join('')}"`,
        )
    }
    if (files.size !== now.size)
      throw new Error(`the room has ${files.size} files, but its log says ${now.size}`)
  }

  #checkPage({ user, room, open }: Page): void {
    const { now } = this.#ledger.log
    const list = room?.files.map(({ file, path }) => `${file} ${path}`).sort()
    const whole = [...now].map(([file, { path }]) => `${file} ${path}`).sort()
    if (String(list) !== String(whole))
      throw new Error(`${user} has the files (${list}), but the room has (${whole})`)
    for (const [file, { text }] of now) {
      const shown = open.get(file)?.handle.text
      if (shown !== text.join(''))
        throw new Error(`${user} has ${file} as "${shown}", but the room has "${text.join('')}"`)
    }
  }

  /** Delivers everything until nothing is left. */
  async #settle(): Promise<void> {
    for (const seat of this.#seats) seat.connections = 0
    for (let turn = 0; turn < SETTLE_TURNS; turn++) {
      let moved = false
      for (let isMoving = true; isMoving; ) {
        isMoving = false
        for (const seat of this.#seats)
          while ((await this.#up(seat, true)) || (await this.#down(seat))) isMoving = true
        this.#room.seal()
        moved ||= isMoving
        this.#check()
      }
      if (!moved && this.#seats.every(isAtRest)) {
        for (const { page } of this.#seats) page.mirror?.checkSettled()
        return
      }
      // A user who is kept out opens the page once more.
      for (const seat of this.#seats)
        if (seat.page.room?.status.status === 'refused') await this.#leave(seat, 'reload', seat.page.user)
      for (const { page, connections } of this.#seats)
        if (connections > SETTLE_CONNECTIONS) throw new Error(`${page.user} connects again and again`)
      await this.#clock.pass(1_000)
    }
    const standing = this.#seats.map(
      ({ page }) => `${page.user}: ${JSON.stringify(page.room?.status ?? String(page.refusal))}`,
    )
    throw new Error(`the run does not settle: ${standing.join('; ')}`)
  }
}

function isAtRest({ page, lines }: Seat): boolean {
  const status = page.room?.status
  const isQuiet = lines.every(({ wire }) => !wire.hasUp && !wire.hasDown)
  return isQuiet && status?.status === 'connected' && status.pending === 0
}
