/**
 * What demos do: each keystroke sends the whole file over socket.io (engine.io 4, WebSocket only), and the
 * server relays it. A client types into the last file it received, so one of two concurrent edits is lost.
 */
import { LoadSocket } from '../load/socket.ts'
import { type Adapter, buildByTyping, type LoadClient, QUIET, type Sink } from './adapter.ts'

/** The payload: who typed which op last, and the file. */
interface Whole {
  readonly from: number
  readonly n: number
  readonly text: string
}

/** First characters of a packet: engine.io's type, then socket.io's. */
const OPEN = '0'
const PING = '2'
const CONNECTED = '40'
const EVENT = '42'
const ACK = '43'
const JOIN_ID = 0

interface Events {
  joined(whole: Whole): void
  acked(id: number): void
  whole(whole: Whole): void
  closed(reason: string): void
}

export function socketioAdapter(url: string): Adapter {
  const adapter: Adapter = {
    async seed(room, text) {
      let stored = () => {}
      const isStored = new Promise<void>((resolve) => {
        stored = resolve
      })
      const socket = await open(url, room, { joined() {}, acked: () => stored(), whole() {}, closed() {} })
      send(socket, room, 1, { from: -1, n: 0, text })
      await isStored
      return () => socket.close()
    },
    connect: (room, index, sink) => connect(url, room, index, sink),
    async join(room) {
      const started = performance.now()
      let text = ''
      const events = {
        joined: (whole: Whole) => (text = whole.text),
        acked() {},
        whole() {},
        closed: QUIET.closed,
      }
      const socket = await open(url, room, events)
      const joined = { text, ms: performance.now() - started, bytes: socket.bytesIn }
      socket.close()
      return joined
    },
    build: (room, positions) => buildByTyping(adapter, room, positions),
  }
  return adapter
}

/** Resolves when the server has sent the file. */
async function open(url: string, room: string, events: Events): Promise<LoadSocket> {
  let joined: () => void
  const isJoined = new Promise<void>((resolve) => {
    joined = resolve
  })
  const socket: LoadSocket = await LoadSocket.open(`${url}/socket.io/?EIO=4&transport=websocket`, {
    frame(data, start, end) {
      const packet = data.toString('utf8', start, end)
      if (packet.startsWith(EVENT)) {
        const [, whole] = JSON.parse(packet.slice(EVENT.length)) as [string, Whole]
        events.whole(whole)
      } else if (packet.startsWith(ACK)) {
        const list = packet.indexOf('[')
        const id = Number(packet.slice(ACK.length, list))
        if (id !== JOIN_ID) events.acked(id)
        else {
          events.joined((JSON.parse(packet.slice(list)) as [Whole])[0])
          joined()
        }
      } else if (packet.startsWith(CONNECTED)) {
        socket.sendText(`${EVENT}${JOIN_ID}${JSON.stringify(['join', room])}`)
      } else if (packet.startsWith(OPEN)) socket.sendText(CONNECTED)
      else if (packet === PING) socket.sendText('3')
    },
    closed: events.closed,
  })
  await isJoined
  return socket
}

function send(socket: LoadSocket, room: string, id: number, whole: Whole): void {
  socket.sendText(`${EVENT}${id}${JSON.stringify(['file', room, whole])}`)
}

async function connect(url: string, room: string, index: number, sink: Sink): Promise<LoadClient> {
  let text = ''
  const socket = await open(url, room, {
    joined: (whole) => {
      text = whole.text
    },
    acked: (id) => sink.ack(id - 1),
    whole: (whole) => {
      text = whole.text
      sink.remote(whole.from, whole.n)
    },
    closed: sink.closed,
  })
  return {
    socket,
    send(n, position, letter) {
      text = text.slice(0, position) + letter + text.slice(position)
      send(socket, room, n + 1, { from: index, n, text })
    },
    close: () => socket.close(),
  }
}
