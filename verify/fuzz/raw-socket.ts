/**
 * A WebSocket client over plain TCP (RFC 6455) that can do what a correct one never does: omit masks,
 * fragment messages, set reserved bits, stop in the middle. It knows bytes and close codes, and must not
 * know what the frames mean.
 */
import { createHash, randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { SUBPROTOCOL } from '../../core/protocol/messages.ts'
import { FrameReader } from './frame-reader.ts'

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/** The code for a connection that ended without a close frame. */
export const LOST = 1006

/** ms that a closed connection may stay open. */
const HANG_UP_MS = 1_000

export interface FrameOptions {
  readonly opcode?: number
  readonly isFinal?: boolean
  readonly isMasked?: boolean
  /** The three reserved bits, 0 to 7. */
  readonly reserved?: number
}

export interface SocketOptions {
  /** The value of Sec-WebSocket-Protocol; by default the protocol and the token. */
  readonly protocols?: string
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A separate address for each token, so that attackers are not counted together with healthy people. */
function addressOf(token: string): string {
  return `198.18.${createHash('sha256').update(token).digest().subarray(0, 2).join('.')}`
}

/** The upgrade was answered with a status other than 101. */
export class NotUpgraded extends Error {
  readonly status: number
  constructor(status: number, head: string) {
    super(`no upgrade: ${head.split('\r\n', 1)[0]}`)
    this.status = status
  }
}

export class RawSocket {
  /** Called with each text message. */
  onText: (text: string) => void = () => {}
  onPong: () => void = () => {}
  /** The code of the other side's close; LOST if there was none. */
  readonly closed: Promise<number>
  #code: number | null = null
  #ended: (code: number) => void = () => {}
  readonly #socket: Socket
  readonly #reader = new FrameReader()

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (bytes) => this.#read(bytes))
    this.closed = new Promise((resolve) => {
      this.#ended = resolve
    })
    socket.once('close', () => this.#ended(this.#code ?? LOST))
  }

  /** @throws NotUpgraded; Error if the connection ends before an answer */
  static async open(url: string, room: string, options: SocketOptions = {}): Promise<RawSocket> {
    const { token = 'guest-of-no-name-7c1e90b2', headers = {} } = options
    const { hostname, port, host } = new URL(url)
    const tcp = connect({ host: hostname, port: Number(port), noDelay: true })
    const lines = {
      Host: host,
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      'Sec-WebSocket-Protocol': options.protocols ?? `${SUBPROTOCOL}, ${token}`,
      'CF-Connecting-IP': addressOf(token),
      ...headers,
    }
    const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`)
    tcp.write(`GET /api/rooms/${room}/connect HTTP/1.1\r\n${head.join('')}\r\n`)
    const { answer, rest } = await answered(tcp)
    const status = Number(answer.split(' ')[1])
    if (status !== 101) {
      tcp.destroy()
      throw new NotUpgraded(status, answer)
    }
    const socket = new RawSocket(tcp)
    // The caller sets its handlers in this turn; what came with the answer is read in the next.
    setImmediate(() => {
      socket.#read(rest)
      tcp.resume()
    })
    return socket
  }

  get isOpen(): boolean {
    return this.#code === null && this.#socket.writable
  }

  /** Sends text messages in one write, so that they arrive together. */
  send(...texts: readonly string[]): void {
    this.write(Buffer.concat(texts.map((text) => encodeFrame(Buffer.from(text)))))
  }

  /** Sends raw bytes. */
  write(bytes: Buffer): void {
    if (this.isOpen) this.#socket.write(bytes)
  }

  /** Closes with a close frame. */
  async close(): Promise<number> {
    this.write(encodeFrame(closePayload(1000), { opcode: OPCODE.close }))
    return this.closed
  }

  /** Stops reading from the socket. */
  stopReading(): void {
    this.#socket.pause()
  }

  /** Closes the connection without a close frame. */
  destroy(): void {
    this.#socket.destroy()
  }

  #read(bytes: Buffer): void {
    for (const { opcode, payload } of this.#reader.read(bytes)) {
      if (this.#code !== null) return
      if (opcode === OPCODE.text) this.onText(payload.toString())
      else if (opcode === OPCODE.ping) this.write(encodeFrame(payload, { opcode: OPCODE.pong }))
      else if (opcode === OPCODE.pong) this.onPong()
      else if (opcode === OPCODE.close) {
        const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005
        this.write(encodeFrame(payload, { opcode: OPCODE.close }))
        this.#code = code
        this.#socket.end()
        // How long the other side takes to close the connection does not matter.
        this.#ended(code)
        setTimeout(() => this.#socket.destroy(), HANG_UP_MS).unref()
      }
    }
  }
}

/** One frame as bytes. */
export function encodeFrame(payload: Buffer, options: FrameOptions = {}): Buffer {
  const { opcode = OPCODE.text, isFinal = true, isMasked = true, reserved = 0 } = options
  const { length } = payload
  const size = length < 126 ? 0 : length < 0x1_0000 ? 2 : 8
  const head = Buffer.alloc(2 + size)
  head[0] = (isFinal ? 0x80 : 0) | (reserved << 4) | opcode
  head[1] = (isMasked ? 0x80 : 0) | (size === 0 ? length : size === 2 ? 126 : 127)
  if (size === 2) head.writeUInt16BE(length, 2)
  if (size === 8) head.writeBigUInt64BE(BigInt(length), 2)
  if (!isMasked) return Buffer.concat([head, payload])
  const mask = randomBytes(4)
  const masked = Buffer.from(payload)
  for (let i = 0; i < length; i++) masked[i] = (masked[i] ?? 0) ^ (mask[i & 3] ?? 0)
  return Buffer.concat([head, mask, masked])
}

export function closePayload(code: number, reason = ''): Buffer {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason))
  payload.writeUInt16BE(code, 0)
  payload.write(reason, 2)
  return payload
}

/** The head of the answer to an upgrade, and the bytes after it. */
function answered(tcp: Socket): Promise<{ answer: string; rest: Buffer }> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0)
    const over = () => reject(new Error('the connection ended before the upgrade was answered'))
    const read = (more: Buffer) => {
      bytes = Buffer.concat([bytes, more])
      const end = bytes.indexOf('\r\n\r\n')
      if (end === -1) return
      tcp.pause()
      tcp.off('data', read)
      tcp.off('close', over)
      resolve({ answer: bytes.subarray(0, end).toString('latin1'), rest: bytes.subarray(end + 4) })
    }
    tcp.on('data', read)
    tcp.once('close', over)
    // A reset emits an error before the close event; the close event is handled.
    tcp.on('error', () => {})
  })
}
