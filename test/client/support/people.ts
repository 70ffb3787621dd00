/**
 * Shared by the tests of the SDK: one stack per file, clients that are closed after each test, and ways to
 * wait for what they see. Nothing here waits for a fixed time: waits are for events.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import {
  type ConnectOptions,
  connect,
  type OpenFile,
  type Role,
  type Room,
  type RoomEvents,
} from '../../../client/index.ts'
import { type Stack, type StackOptions, startStack } from '../../support/stack.ts'
import { Network } from './network.ts'

/** Time in ms to poll what has no events: HTTP and Postgres. */
export const POLL = { timeout: 15_000, interval: 50 }

export interface Person {
  readonly room: Room
  readonly network: Network
}

/** A room with its owner’s token. */
export interface OwnedRoom {
  readonly room: string
  readonly token: string
  readonly user: string
}

/** A token handed out by an owner. */
export interface Invitation {
  readonly role: Exclude<Role, 'owner'>
  readonly user?: string
  readonly name?: string
  /** In s, at least 60. */
  readonly expiresInS?: number
}

export interface Status {
  readonly room: string
  readonly seq: number
  readonly flushed: number | null
  readonly files: readonly { readonly file: string; readonly path: string; readonly revision: number }[]
  readonly people: number
}

export class Place {
  readonly #rooms: Room[] = []
  #stack: Stack | null = null

  get stack(): Stack {
    if (this.#stack === null) throw new Error('the stack runs within tests only')
    return this.#stack
  }

  /** @internal */
  async open(options: StackOptions): Promise<void> {
    this.#stack = await startStack({ quiet: true, ...options })
  }

  /** @internal */
  async close(): Promise<void> {
    await this.#stack?.close()
  }

  /** Makes a room and returns its name. */
  async make(files: Readonly<Record<string, string>> = {}): Promise<string> {
    return (await this.own(files)).room
  }

  /** Makes a room for its owner. */
  async own(files: Readonly<Record<string, string>> = {}, rest: object = {}): Promise<OwnedRoom> {
    const answer = await this.post({ files, ...rest })
    expect(answer.status).toBe(201)
    return (await answer.json()) as OwnedRoom
  }

  /** Makes a token for somebody, as the owner. */
  async invite({ room, token }: OwnedRoom, invitation: Invitation): Promise<string> {
    const answer = await fetch(`${this.stack.url}/api/rooms/${room}/tokens`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
      body: JSON.stringify(invitation),
    })
    expect(answer.status).toBe(201)
    return ((await answer.json()) as { token: string }).token
  }

  post(body: object): Promise<Response> {
    return fetch(`${this.stack.url}/api/rooms`, { method: 'POST', body: JSON.stringify(body) })
  }

  /** Joins over a network of their own, which starts cut with `cut`. */
  async join(
    room: string,
    { cut = false, ...options }: Partial<ConnectOptions> & { readonly cut?: boolean } = {},
  ): Promise<Person> {
    const network = new Network()
    if (cut) network.cut()
    const joined = await connect({ url: this.stack.url, room, socket: network.factory, ...options })
    this.#rooms.push(joined)
    return { room: joined, network }
  }

  /** Closes all clients. */
  leave(): void {
    for (const room of this.#rooms.splice(0)) void room.close({ discard: true })
  }

  async status(room: string): Promise<Status> {
    return (await (await fetch(`${this.stack.url}/api/rooms/${room}`)).json()) as Status
  }

  /** The committed text at a path. */
  async read(room: string, path: string): Promise<string> {
    const answer = await fetch(`${this.stack.url}/api/rooms/${room}/files/${path}`)
    expect(answer.status).toBe(200)
    return answer.text()
  }

  /** Waits until Postgres has everything that is committed now. */
  async flushed(room: string): Promise<void> {
    const { seq } = await this.status(room)
    await expect.poll(async () => (await this.status(room)).flushed, POLL).toBeGreaterThanOrEqual(seq)
  }
}

/** Registers for the whole file. The Worker’s log is printed when a test fails. */
export function place(options: StackOptions = {}): Place {
  const place = new Place()
  beforeAll(() => place.open(options))
  beforeEach(({ onTestFailed }) => {
    const { length } = place.stack.logs
    onTestFailed(() => {
      for (const line of place.stack.logs.slice(length)) console.error(`logged: ${line}`)
    })
  })
  afterEach(() => place.leave())
  afterAll(() => place.close())
  return place
}

/** The owner of a room with two files, and a guest who may edit, both with the first file open. */
export async function ownerAndGuest(here: Place, text = 'one') {
  const owned = await here.own({ 'a.txt': text, 'b.txt': 'two' })
  const owner = await here.join(owned.room, { token: owned.token })
  const guest = await here.join(owned.room)
  const [hers, his] = [await owner.room.open('a.txt'), await guest.room.open('a.txt')]
  return { owned, owner, guest, hers, his }
}

/** Resolves as soon as `holds`, checked now and after each of these events of the room. */
export function until(
  room: Room,
  events: readonly (keyof RoomEvents)[],
  holds: () => boolean,
): Promise<void> {
  return seen((look) => events.map((event) => room.on(event, look)), holds)
}

/** Resolves when the file has this text. */
export function reads(file: OpenFile, text: string): Promise<void> {
  return seen(
    (look) => [file.on('change', look)],
    () => file.text === text,
  )
}

/** Resolves when the file contains all of these. */
export function has(file: OpenFile, ...tokens: readonly string[]): Promise<void> {
  return seen(
    (look) => [file.on('change', look)],
    () => tokens.every((token) => file.text.includes(token)),
  )
}

/** Resolves when these paths, in order, are the room’s files here. */
export function lists(room: Room, ...paths: readonly string[]): Promise<void> {
  return until(room, ['files'], () => pathsOf(room).join('\n') === paths.join('\n'))
}

export function pathsOf(room: Room): string[] {
  return room.files.map(({ path }) => path)
}

/** The arguments of a room’s next event, or of the first that was queued for a listener. */
export function next<E extends keyof RoomEvents>(
  room: Room,
  event: E,
): Promise<Parameters<RoomEvents[E]>[0]> {
  return new Promise((resolve) => {
    // Queued events are emitted within `on`.
    let stop = () => {}
    stop = (room.on as Listen)(event, (emitted) => {
      stop()
      resolve(emitted as Parameters<RoomEvents[E]>[0])
    })
  })
}

type Listen = (event: string, listener: (emitted: unknown) => void) => () => void

/** Types at a position of the local text. */
export function type(file: OpenFile, at: number, insert: string): void {
  file.edit([{ at, remove: 0, insert }])
}

/** Types at the end. */
export function append(file: OpenFile, insert: string): void {
  type(file, file.text.length, insert)
}

/** How often a marker is in a text. */
export function count(text: string, token: string): number {
  return text.split(token).length - 1
}

function seen(listen: (look: () => void) => (() => void)[], holds: () => boolean): Promise<void> {
  if (holds()) return Promise.resolve()
  return new Promise((resolve) => {
    const stops = listen(() => {
      if (!holds()) return
      for (const stop of stops) stop()
      resolve()
    })
  })
}
