/**
 * A WebSocket client on a bare TCP connection that can stop reading, so that frames fill the buffers
 * on the way and wait at the sender. Implements only what that needs of RFC 6455: sends short text
 * frames, receives whole frames.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type ClientMessage, type ServerMessage, SUBPROTOCOL } from '../../../core/protocol/messages.ts'

const TEXT = 1
const CLOSE = 8

interface Frame {
  readonly opcode: number
  readonly payload: Buffer
}

export class PausedSocket {
  /** Messages read so far, in order. */
  readonly messages: ServerMessage[] = []
  /** The close code of the server; null until it was read. */
  code: number | null = null
  readonly #socket: Socket
  #unread: Buffer = Buffer.alloc(0)
  #look = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Opens a WebSocket without reading from it. */
  static async open(url: string, room: string, token: string): Promise<PausedSocket> {
    const { hostname, port, host } = new URL(url)
    const socket = connect(Number(port), hostname)
    const head = [
      `GET /api/rooms/${room}/connect HTTP/1.1`,
      `Host: ${host}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      `Sec-WebSocket-Protocol: ${SUBPROTOCOL}, ${token}`,
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    socket.pause()
    const end = answer.indexOf('\r\n\r\n')
    if (!answer.toString('latin1').startsWith('HTTP/1.1 101')) throw new Error(`no socket: ${answer}`)
    const paused = new PausedSocket(socket)
    paused.#unread = answer.subarray(end + 4)
    socket.on('data', (data) => paused.#arrived(data))
    socket.pause()
    return paused
  }

  /** @throws RangeError above 65,535 bytes */
  say(message: ClientMessage): void {
    const payload = Buffer.from(JSON.stringify(message))
    if (payload.length > 0xffff) throw new RangeError('only short frames are sent here')
    const long = payload.length > 125
    const head = Buffer.alloc(long ? 4 : 2)
    head[0] = 0x80 | TEXT
    head[1] = 0x80 | (long ? 126 : payload.length)
    if (long) head.writeUInt16BE(payload.length, 2)
    const mask = randomBytes(4)
    const masked = payload.map((byte, i) => byte ^ (mask[i % 4] ?? 0))
    this.#socket.write(Buffer.concat([head, mask, masked]))
  }

  /** Reads until `holds` is true, and then stops. Rejects if the connection is lost first. */
  read(holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const lost = () => reject(new Error('the connection was lost'))
      this.#look = () => {
        if (!holds()) return
        this.#look = () => {}
        this.#socket.off('close', lost)
        this.#socket.pause()
        resolve()
      }
      this.#socket.once('close', lost)
      this.#socket.resume()
      this.#look()
    })
  }

  /** The messages of a type read so far. */
  all<T extends ServerMessage['type']>(type: T): Extract<ServerMessage, { type: T }>[] {
    return this.messages.filter(
      (message): message is Extract<ServerMessage, { type: T }> => message.type === type,
    )
  }

  drop(): void {
    this.#socket.destroy()
  }

  #arrived(data: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, data])
    for (let frame = this.#take(); frame !== null; frame = this.#take()) {
      if (frame.opcode === TEXT) this.messages.push(JSON.parse(frame.payload.toString()))
      else if (frame.opcode === CLOSE) this.code = frame.payload.readUInt16BE(0)
    }
    this.#look()
  }

  /** The next complete frame: unmasked and unfragmented, as the room sends them. */
  #take(): Frame | null {
    const bytes = this.#unread
    if (bytes.length < 2) return null
    const short = (bytes[1] ?? 0) & 0x7f
    const start = short === 127 ? 10 : short === 126 ? 4 : 2
    if (bytes.length < start) return null
    const length =
      short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short
    if (bytes.length < start + length) return null
    this.#unread = bytes.subarray(start + length)
    return { opcode: (bytes[0] ?? 0) & 0x0f, payload: bytes.subarray(start, start + length) }
  }
}
