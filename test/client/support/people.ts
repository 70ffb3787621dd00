/**
 * Shared by the SDK tests: a stack, people who join and leave with each test, and helpers that wait for what
 * they see. Nothing here waits for a fixed time, only for events.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import {
  type ConnectOptions,
  connect,
  type OpenFile,
  type PeerInfo,
  type Role,
  type Room,
  type RoomEvents,
} from '../../../client/index.ts'
import {
  beforeAllShared,
  type SharedStack,
  stackWithoutDatabase,
  wholeStack,
} from '../../support/servers/shared.ts'
import { type Stack, type StackOptions, startStack } from '../../support/servers/stack.ts'
import { Network } from './network.ts'

/** For polling HTTP and Postgres, which send no events. After the timeout the change counts as lost. */
export const POLL = { timeout: 100_000, interval: 50 }

export interface Person {
  readonly room: Room
  readonly network: Network
}

/** A room with its owner's token. */
export interface OwnedRoom {
  readonly room: string
  readonly token: string
  readonly user: string
}

/** The options of a token that an owner issues. */
export interface Invitation {
  readonly role: Exclude<Role, 'owner'>
  readonly user?: string
  readonly name?: string
  /** s, at least 60 */
  readonly expiresInS?: number
}

export interface Status {
  readonly room: string
  readonly seq: number
  readonly flushed: number | null
  readonly files: readonly { readonly file: string; readonly path: string; readonly revision: number }[]
  readonly people: number
}

export class Place<S extends SharedStack = SharedStack> {
  readonly #rooms: Room[] = []
  #stack: S | null = null

  get stack(): S {
    if (this.#stack === null) throw new Error('the stack runs within tests only')
    return this.#stack
  }

  /** @internal */
  enter(stack: S): void {
    this.#stack = stack
  }

  /** Creates a room. @returns its name */
  async make(files: Readonly<Record<string, string>> = {}): Promise<string> {
    return (await this.own(files)).room
  }

  /** Creates a room. @returns it with its owner's token */
  async own(files: Readonly<Record<string, string>> = {}, rest: object = {}): Promise<OwnedRoom> {
    const answer = await this.post({ files, ...rest })
    expect(answer.status).toBe(201)
    return (await answer.json()) as OwnedRoom
  }

  /** Issues a token as the owner. */
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

  /** Joins a room over a network of its own. @param cut starts without a connection */
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

  /** Closes all rooms. */
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

  /** Waits until everything committed so far is in Postgres. */
  async flushed(room: string): Promise<void> {
    const { seq } = await this.status(room)
    await expect.poll(async () => (await this.status(room)).flushed, POLL).toBeGreaterThanOrEqual(seq)
  }
}

/** Registers a stack that other files use as well, for the whole file. */
export function place({ withoutDatabase = false } = {}): Place {
  const place = new Place()
  beforeAllShared(async (once) =>
    place.enter(await once(withoutDatabase ? stackWithoutDatabase : wholeStack)),
  )
  visit(place)
  return place
}

/** Registers a stack of the file's own: one with settings, or one that its tests restart. */
export function ownPlace(options: StackOptions = {}): Place<Stack> {
  const place = new Place<Stack>()
  let stack: Stack | null = null
  beforeAll(async () => {
    stack = await startStack({ quiet: true, ...options })
    place.enter(stack)
  })
  visit(place)
  afterAll(() => stack?.close())
  return place
}

/** Everybody leaves after each test. Prints what the Worker logged if a test fails. */
export function visit(place: Place): void {
  beforeEach(({ onTestFailed }) => {
    const { length } = place.stack.logs
    onTestFailed(() => {
      for (const line of place.stack.logs.slice(length)) console.error(`logged: ${line}`)
    })
  })
  afterEach(() => place.leave())
}

/** A room with two files, joined by its owner and a guest who may edit, both with the first file open. */
export async function ownerAndGuest(here: Place, text = 'one') {
  const owned = await here.own({ 'a.txt': text, 'b.txt': 'two' })
  const owner = await here.join(owned.room, { token: owned.token })
  const guest = await here.join(owned.room)
  const [hers, his] = [await owner.room.open('a.txt'), await guest.room.open('a.txt')]
  return { owned, owner, guest, hers, his }
}

/** Resolves as soon as `holds` is true, checking now and after each of these events. */
export function until(
  room: Room,
  events: readonly (keyof RoomEvents)[],
  holds: () => boolean,
): Promise<void> {
  return seen((look) => events.map((event) => room.on(event, look)), holds)
}

/** Resolves when the peers that this person sees are as wanted. */
export function sees({ room }: Person, holds: (peers: readonly PeerInfo[]) => boolean): Promise<void> {
  return until(room, ['peers'], () => holds(room.peers))
}

/** Resolves when the file has this text here. */
export function reads(file: OpenFile, text: string): Promise<void> {
  return seen(
    (look) => [file.on('change', look)],
    () => file.text === text,
  )
}

/** Resolves when the text of the file contains all of these. */
export function has(file: OpenFile, ...markers: readonly string[]): Promise<void> {
  return seen(
    (look) => [file.on('change', look)],
    () => markers.every((marker) => file.text.includes(marker)),
  )
}

/** Resolves when these paths, in order, are the room’s files here. */
export function lists(room: Room, ...paths: readonly string[]): Promise<void> {
  return until(room, ['files'], () => pathsOf(room).join('\n') === paths.join('\n'))
}

export function pathsOf(room: Room): string[] {
  return room.files.map(({ path }) => path)
}

/** The payload of the room's next event, or of one that was waiting for a listener. */
export function next<E extends keyof RoomEvents>(
  room: Room,
  event: E,
): Promise<Parameters<RoomEvents[E]>[0]> {
  return new Promise((resolve) => {
    // An event that was waiting for a listener is emitted within `on`.
    let stop = () => {}
    stop = (room.on as Listen)(event, (payload) => {
      stop()
      resolve(payload as Parameters<RoomEvents[E]>[0])
    })
  })
}

type Listen = (event: string, listener: (payload: unknown) => void) => () => void

/** Inserts text at an offset of the local text, in UTF-16 units. */
export function type(file: OpenFile, at: number, insert: string): void {
  file.edit([{ at, remove: 0, insert }])
}

/** Inserts text at the end. */
export function append(file: OpenFile, insert: string): void {
  type(file, file.text.length, insert)
}

/** How often a text contains a marker. */
export function count(text: string, marker: string): number {
  return text.split(marker).length - 1
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
