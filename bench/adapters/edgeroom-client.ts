/**
 * A minimal client for docs/protocol.md: it knows the list of files and the last commit, and keeps no text.
 * The caller must have at most one submission in flight.
 */
import { randomBytes } from 'node:crypto'
import type { Change, Commit, FileInfo, ServerMessage, TextMessage } from '../../core/protocol/messages.ts'
import { FrameMemo } from '../load/frame-memo.ts'
import { LoadSocket } from '../load/socket.ts'

export interface EdgeroomEvents {
  /** A commit was received; the entries include those of this client. */
  commit(entries: readonly EntryRef[]): void
  /** Presence was received: the number in the id of each client, which may be this one. */
  presence?(indexes: readonly number[]): void
  closed(reason: string): void
}

interface EntryRef {
  /** The number in the client's id, see `clientId`; NaN for entries without a client. */
  readonly index: number
  readonly n: number
}

interface Decoded {
  /** The last message of the frame: a commit may have presence before it. */
  readonly message: ServerMessage
  readonly seq: number
  readonly entries: readonly EntryRef[]
  /** The numbers of the clients whose presence it has. */
  readonly present: readonly number[]
}

const memo = new FrameMemo<Decoded>((data, start, end) => {
  const lines = data.toString('utf8', start, end).split('\n')
  const messages = lines.map((line) => JSON.parse(line) as ServerMessage)
  const present = messages.flatMap((message) =>
    message.type === 'presence' ? message.peers.map(({ client }) => indexOf(client)) : [],
  )
  const message = messages.at(-1)
  if (message === undefined) throw new Error('a frame without a message')
  return message.type === 'commit'
    ? { message, seq: message.seq, entries: entryRefs(message), present }
    : { message, seq: 0, entries: [], present }
})

/** As long as the ids that the SDK makes. */
function clientId(index: number): string {
  return `c${String(index).padStart(5, '0')}x${randomBytes(3).toString('hex').slice(0, 5)}`
}

function entryRefs({ entries }: Commit): EntryRef[] {
  return entries.map(({ client, n }) => ({ index: indexOf(client), n }))
}

/** The number in a client's id, see `clientId`. */
function indexOf(client: string): number {
  return client[6] === 'x' ? Number(client.slice(1, 6)) : Number.NaN
}

export class EdgeroomClient {
  readonly socket: LoadSocket
  files: readonly FileInfo[] = []
  /** seq of the last commit received. */
  #seq = 0
  #texts = new Map<string, (text: string) => void>()
  #welcomed: () => void = () => {}
  /** The file that was opened with the hello, until its text is received; null for none. */
  #opening: string | null = null
  /** Its text, if nobody has asked for it yet. */
  #opened: TextMessage | null = null

  private constructor(socket: LoadSocket) {
    this.socket = socket
  }

  /**
   * Resolves once the list of files is received.
   * @param index becomes part of the client's id
   * @param path of a file whose text is requested with the hello, as with the SDK's option `open`
   */
  static async join(
    url: string,
    room: string,
    index: number,
    events: EdgeroomEvents,
    path?: string,
  ): Promise<EdgeroomClient> {
    const address = `${url}/api/rooms/${room}/connect`
    // The room sends nothing before `hello`.
    let take: (data: Buffer, start: number, end: number) => void = () => {}
    const socket = await LoadSocket.open(
      address,
      {
        frame: (data, start, end) => take(data, start, end),
        closed: (reason) => events.closed(reason),
      },
      'edgeroom.v1',
    )
    const client = new EdgeroomClient(socket)
    take = (data, start, end) => client.#take(data, start, end, events)
    const welcomed = new Promise<void>((resolve) => {
      client.#welcomed = resolve
    })
    const hello = { type: 'hello', protocol: 1, client: clientId(index), lines: true, open: path }
    socket.sendText(JSON.stringify(hello))
    await welcomed
    return client
  }

  open(file: string): Promise<string> {
    return new Promise((resolve) => {
      this.#texts.set(file, resolve)
      if (this.#opened?.file === file) {
        resolve(this.#opened.text)
        this.#opened = null
      } else if (this.#opening !== file) this.socket.sendText(JSON.stringify({ type: 'open', file }))
    })
  }

  submit(n: number, changes: readonly Change[]): void {
    this.socket.sendText(JSON.stringify({ type: 'submit', n, base: this.#seq, changes }))
  }

  /** Sends a cursor, as the SDK does. @param position in points of the text at the last commit received */
  point(file: string, position: number): void {
    const selections = [[position, position]]
    this.socket.sendText(JSON.stringify({ type: 'presence', seq: this.#seq, file, selections }))
  }

  close(): void {
    this.socket.close()
  }

  #take(data: Buffer, start: number, end: number, events: EdgeroomEvents): void {
    const { message, seq, entries, present } = memo.read(data, start, end)
    if (present.length > 0) events.presence?.(present)
    if (message.type === 'commit') {
      this.#seq = seq
      events.commit(entries)
    } else if (message.type === 'text') {
      const waiter = this.#texts.get(message.file)
      if (waiter === undefined) this.#opened = message
      else waiter(message.text)
      if (message.file === this.#opening) this.#opening = null
    } else if (message.type === 'welcome') {
      this.#seq = message.seq
      this.files = message.files
      this.#opening = message.opening ?? null
      this.#welcomed()
    } else if (message.type !== 'presence') {
      events.closed(`unexpected: ${JSON.stringify(message)}`)
    }
  }
}

/** Creates a room. @param files texts by path */
export async function makeRoom(
  url: string,
  room: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const answer = await fetch(`${url}/api/rooms`, { method: 'POST', body: JSON.stringify({ room, files }) })
  if (answer.status !== 201)
    throw new Error(`the room was not created: ${answer.status} ${await answer.text()}`)
  await answer.body?.cancel()
}

/** Flushes the room to Postgres, as it does by itself when idle. */
export async function flushRoom(url: string, room: string): Promise<void> {
  const answer = await fetch(`${url}/api/rooms/${room}/flush`, { method: 'POST' })
  if (!answer.ok) throw new Error(`the room did not flush: ${answer.status} ${await answer.text()}`)
  await answer.body?.cancel()
}

export interface Probe {
  readonly instance: string
  /** Rows written so far by this instance; null if they are not counted. */
  readonly rows: number | null
}

/** State of a room's object, from the benchmark's own Worker entry: see servers/workers/edgeroom.ts. */
export async function probe(url: string, room: string): Promise<Probe> {
  const answer = await fetch(`${url}/bench/${room}`)
  if (!answer.ok) throw new Error(`no probe: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as Probe
}
