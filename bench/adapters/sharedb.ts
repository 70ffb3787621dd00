/**
 * ShareDB's JSON protocol 1.2. Like its own client it has one op in flight; it tracks only the version, and
 * the server transforms. Cursors are its presence, on a channel of the room: ot-text-unicode has no
 * presence that the server could transform. Its client sends each move at once.
 */
import { LoadSocket } from '../load/socket.ts'
import { type Adapter, buildByTyping, type LoadClient, nameOf, QUIET, type Sink } from './adapter.ts'

const COLLECTION = 'files'
const TYPE = 'http://sharejs.org/types/text-unicode'
const ID_DIGITS = 32

/** The fields of server messages used here. */
interface Message {
  readonly a?: string
  readonly src?: string
  readonly seq?: number
  readonly v?: number
  readonly error?: unknown
  readonly data?: { readonly v: number; readonly data: string }
}

/** As long as ShareDB's own ids, but with the client's number in digits. */
const sourceOf = (index: number): string => String(index).padStart(ID_DIGITS, '0')

export function sharedbAdapter(url: string): Adapter {
  const adapter: Adapter = {
    seed: (room, text) => seed(url, room, text),
    connect: (room, index, sink) => connect(url, room, index, sink),
    join: (room) => join(url, room),
    build: (room, positions) => buildByTyping(adapter, room, positions),
  }
  return adapter
}

/** Resolves after the handshake. */
async function open(
  url: string,
  index: number,
  take: (message: Message) => void,
  sink: Sink,
): Promise<LoadSocket> {
  let shake: () => void
  const shaken = new Promise<void>((resolve) => {
    shake = resolve
  })
  let greet = () => {}
  const greeted = new Promise<void>((resolve) => {
    greet = resolve
  })
  const socket = await LoadSocket.open(url, {
    frame(data, start, end) {
      const message = JSON.parse(data.toString('utf8', start, end)) as Message
      if (message.error !== undefined) sink.closed(JSON.stringify(message.error))
      else if (message.a === 'init') greet()
      else if (message.a === 'hs') shake()
      else take(message)
    },
    closed: sink.closed,
  })
  await greeted
  socket.sendText(JSON.stringify({ a: 'hs', id: sourceOf(index), protocol: 1, protocolMinor: 2 }))
  await shaken
  return socket
}

const subscribe = (room: string): string => JSON.stringify({ a: 's', c: COLLECTION, d: room, v: null })

async function seed(url: string, room: string, text: string): Promise<() => void> {
  let made = () => {}
  const isMade = new Promise<void>((resolve) => {
    made = resolve
  })
  const socket = await open(url, 999_998, () => made(), QUIET)
  const create = { type: TYPE, data: text }
  socket.sendText(JSON.stringify({ a: 'op', c: COLLECTION, d: room, v: 0, seq: 1, x: {}, create }))
  await isMade
  return () => socket.close()
}

interface Op {
  readonly n: number
  readonly position: number
  readonly letter: string
}

async function connect(url: string, room: string, index: number, sink: Sink): Promise<LoadClient> {
  const source = sourceOf(index)
  const waiting: Op[] = []
  let version = -1
  let isBusy = false
  let subscribed = () => {}
  const isSubscribed = new Promise<void>((resolve) => {
    subscribed = resolve
  })
  let listening = () => {}
  const isListening = new Promise<void>((resolve) => {
    listening = resolve
  })
  const take = ({ a, src, seq = 0, v = -1, data }: Message) => {
    if (a === 's') {
      version = data?.v ?? -1
      subscribed()
    } else if (a === 'op' && src === source) {
      version = Math.max(version, v + 1)
      isBusy = false
      sink.ack(seq - 1)
      const next = isBusy ? undefined : waiting.shift()
      if (next !== undefined) submit(next)
    } else if (a === 'op' && v >= version) {
      // The ops of others may arrive twice: in the response to an op and through the subscription.
      version = v + 1
      sink.remote(Number(src), seq - 1)
    } else if (a === 'ps') listening()
    else if (a === 'p' && src !== source) sink.cursors?.(1)
  }
  const socket = await open(url, index, take, sink)
  const submit = ({ n, position, letter }: Op) => {
    isBusy = true
    const op = position === 0 ? [letter] : [position, letter]
    socket.sendText(JSON.stringify({ a: 'op', c: COLLECTION, d: room, v: version, seq: n + 1, x: {}, op }))
  }
  socket.sendText(subscribe(room))
  await isSubscribed
  if (sink.cursors !== undefined) {
    socket.sendText(JSON.stringify({ a: 'ps', ch: room, seq: 1 }))
    await isListening
  }
  const id = `presence-${source}`
  let moves = 0
  return {
    socket,
    send(n, position, letter) {
      const op = { n, position, letter }
      if (isBusy) waiting.push(op)
      else submit(op)
    },
    moveCursor(position) {
      const p = { index: position, length: 0, name: nameOf(index) }
      socket.sendText(JSON.stringify({ a: 'p', ch: room, id, p, pv: moves++ }))
    },
    close: () => socket.close(),
  }
}

async function join(url: string, room: string) {
  const started = performance.now()
  let read: (text: string) => void
  const text = new Promise<string>((resolve) => {
    read = resolve
  })
  const socket = await open(url, 999_999, ({ data }) => read(data?.data ?? ''), QUIET)
  socket.sendText(subscribe(room))
  const joined = { text: await text, ms: performance.now() - started, bytes: socket.bytesIn }
  socket.close()
  return joined
}
