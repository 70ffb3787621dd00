/** Edgeroom under load: each op is its own submission; ops made while one is in flight wait for its ack. */
import { type Adapter, buildByTyping, type Joined, type LoadClient, type Sink } from './adapter.ts'
import { EdgeroomClient, makeRoom, probe } from './edgeroom-client.ts'

const PATH = 'main.txt'

export function edgeroomAdapter(url: string): Adapter {
  const adapter: Adapter = {
    async seed(room, text) {
      await makeRoom(url, room, { [PATH]: text })
      return () => {}
    },
    connect: (room, index, sink) => connect(url, room, index, sink),
    join: (room) => join(url, room),
    build: (room, positions) => buildByTyping(adapter, room, positions),
    rows: async (room) => (await probe(url, room)).rows ?? Number.NaN,
  }
  return adapter
}

interface Op {
  readonly n: number
  readonly position: number
  readonly letter: string
}

/** Joins a room and types into its first file. */
async function connect(url: string, room: string, index: number, sink: Sink): Promise<LoadClient> {
  const waiting: Op[] = []
  let isBusy = false
  const client = await EdgeroomClient.join(url, room, index, {
    commit(entries) {
      for (const entry of entries) {
        const n = entry.n - 1
        if (entry.index !== index) {
          sink.remote(entry.index, n)
          continue
        }
        isBusy = false
        sink.ack(n)
        const next = isBusy ? undefined : waiting.shift()
        if (next !== undefined) submit(next)
      }
    },
    closed: sink.closed,
  })
  const file = client.files[0]?.file ?? ''
  await client.open(file)
  const submit = ({ n, position, letter }: Op) => {
    isBusy = true
    client.submit(n + 1, [{ type: 'edit', file, op: position === 0 ? [letter] : [position, letter] }])
  }
  return {
    socket: client.socket,
    send(n, position, letter) {
      const op = { n, position, letter }
      if (isBusy) waiting.push(op)
      else submit(op)
    },
    close: () => client.close(),
  }
}

async function join(url: string, room: string): Promise<Joined> {
  const started = performance.now()
  let lost = ''
  const client = await EdgeroomClient.join(url, room, 99_999, {
    commit() {},
    closed: (reason) => {
      lost = reason
    },
  })
  const text = await client.open(client.files[0]?.file ?? '')
  const ms = performance.now() - started
  if (lost !== '') throw new Error(lost)
  client.close()
  return { text, ms, bytes: client.socket.bytesIn }
}
