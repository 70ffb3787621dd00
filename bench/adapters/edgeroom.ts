/**
 * Edgeroom under load, as its SDK behaves: ops made while a submission is in flight wait for its ack and then
 * travel in one, and of the cursor the latest position is sent, at most 25 times a second.
 */
import { type Adapter, type Built, type Joined, type LoadClient, letterOf, type Sink } from './adapter.ts'
import { EdgeroomClient, makeRoom, probe } from './edgeroom-client.ts'

const PATH = 'main.txt'
/** Least ms between two positions of a cursor: the SDK's, see client/people/presence.ts. */
const CURSOR_MS = 40
/** Edits per submission when building a text. */
const EDITS = 50

export function edgeroomAdapter(url: string): Adapter {
  return {
    async seed(room, text) {
      await makeRoom(url, room, { [PATH]: text })
      return () => {}
    },
    connect: (room, index, sink) => connect(url, room, index, sink),
    join: (room) => join(url, room),
    build: (room, positions) => build(url, room, positions),
    rows: async (room) => (await probe(url, room)).rows ?? Number.NaN,
  }
}

interface Op {
  readonly n: number
  readonly position: number
  readonly letter: string
}

/** Joins a room and types into its first file. */
async function connect(url: string, room: string, index: number, sink: Sink): Promise<LoadClient> {
  let waiting: Op[] = []
  let isBusy = false
  /** Ops seen of each client: a submission carries those up to its number. */
  const seen: number[] = []
  const client = await EdgeroomClient.join(
    url,
    room,
    index,
    {
      commit(entries) {
        for (const entry of entries) {
          const from = seen[entry.index] ?? 0
          seen[entry.index] = entry.n
          if (entry.index !== index) {
            for (let n = from; n < entry.n; n++) sink.remote(entry.index, n)
            continue
          }
          isBusy = false
          for (let n = from; n < entry.n; n++) sink.ack(n)
          if (!isBusy && waiting.length > 0) submit(waiting)
        }
      },
      presence(indexes) {
        sink.cursors?.(indexes.filter((other) => other !== index).length)
      },
      closed: sink.closed,
    },
    PATH,
  )
  const file = client.files[0]?.file ?? ''
  await client.open(file)
  const submit = (ops: readonly Op[]) => {
    isBusy = true
    waiting = []
    const changes = ops.map(({ position, letter }) => {
      return { type: 'edit' as const, file, op: position === 0 ? [letter] : [position, letter] }
    })
    client.submit((ops.at(-1)?.n ?? 0) + 1, changes)
  }
  let cursor = 0
  let isCursorDue = false
  let cursorSentAt = 0
  const sendCursor = () => {
    isCursorDue = false
    cursorSentAt = performance.now()
    client.point(file, cursor)
  }
  return {
    socket: client.socket,
    send(n, position, letter) {
      const op = { n, position, letter }
      waiting.push(op)
      if (!isBusy) submit(waiting)
    },
    moveCursor(position) {
      cursor = position
      if (isCursorDue) return
      isCursorDue = true
      setTimeout(sendCursor, Math.max(0, cursorSentAt + CURSOR_MS - performance.now()))
    },
    close: () => client.close(),
  }
}

/**
 * Inserts letter by letter, many of them in one submission: how they travel does not matter to a later
 * join.
 */
async function build(url: string, room: string, positions: readonly number[]): Promise<Built> {
  await makeRoom(url, room, { [PATH]: '' })
  let settled: { resolve: () => void; reject: (reason: Error) => void } | undefined
  const client = await EdgeroomClient.join(url, room, 0, {
    commit: () => settled?.resolve(),
    closed: (reason) => settled?.reject(new Error(reason)),
  })
  const file = client.files[0]?.file ?? ''
  let text = ''
  for (let from = 0, n = 1; from < positions.length; from += EDITS, n++) {
    const changes = positions.slice(from, from + EDITS).map((at, i) => {
      const letter = letterOf(from + i)
      text = text.slice(0, at) + letter + text.slice(at)
      return { type: 'edit' as const, file, op: at === 0 ? [letter] : [at, letter] }
    })
    await new Promise<void>((resolve, reject) => {
      settled = { resolve, reject }
      client.submit(n, changes)
    })
  }
  return { text, release: () => client.close() }
}

async function join(url: string, room: string): Promise<Joined> {
  const started = performance.now()
  let lost = ''
  const client = await EdgeroomClient.join(
    url,
    room,
    99_999,
    {
      commit() {},
      closed: (reason) => {
        lost = reason
      },
    },
    PATH,
  )
  const text = await client.open(client.files[0]?.file ?? '')
  const ms = performance.now() - started
  if (lost !== '') throw new Error(lost)
  client.close()
  return { text, ms, bytes: client.socket.bytesIn }
}
