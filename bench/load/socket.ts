/**
 * A WebSocket client on a bare TCP socket, to make load cheap: frames are passed on in place in the read
 * buffer, and sent frames use a mask of zeros, which is valid and changes no byte. Offers no compression.
 * Knows no protocol above frames.
 *
 * A frame that is passed on is valid only during the call: all sockets of the process share one read buffer.
 */
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

const READ_BUFFER = Buffer.allocUnsafeSlow(256 * 1024)
const TEXT = 1
const BINARY = 2
const CLOSE = 8
const PING = 9
const PONG = 10
/** ms that a server may take for the upgrade */
const UPGRADE_MS = 20_000
const HEAD_END = '\r\n\r\n'
const NO_BYTES = Buffer.alloc(0)

export interface SocketEvents {
  /** A frame was received; its payload is `data` from `start` to `end`. */
  frame(data: Buffer, start: number, end: number, isText: boolean): void
  /** The server closed the connection, or it broke. Not called after `close`. */
  closed(reason: string): void
}

export class LoadSocket {
  /** Bytes and frames received so far, including the upgrade. */
  bytesIn = 0
  framesIn = 0
  readonly #socket: Socket
  readonly #events: SocketEvents
  #opened: (() => void) | null
  #isClosed = false
  #reason = 'the connection was closed'
  /** The received part of an incomplete frame, and the number of bytes needed to continue. */
  #pieces: Buffer[] = []
  #have = 0
  #need = 0

  private constructor(url: URL, protocol: string | undefined, events: SocketEvents, opened: () => void) {
    this.#events = events
    this.#opened = opened
    this.#socket = connect({
      host: url.hostname,
      port: Number(url.port),
      noDelay: true,
      onread: {
        buffer: READ_BUFFER,
        callback: (bytes) => {
          this.#received(READ_BUFFER.subarray(0, bytes))
          return true
        },
      },
    })
    const head = [
      `GET ${url.pathname}${url.search} HTTP/1.1`,
      `Host: ${url.host}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      'Sec-WebSocket-Version: 13',
      ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
    ]
    this.#socket.once('connect', () => this.#socket.write(head.join('\r\n') + HEAD_END))
    this.#socket.on('error', (error) => this.#end(error.message))
    this.#socket.on('close', () => this.#end(this.#reason))
  }

  /** Resolves after the upgrade. Frames that arrived with it are passed on afterwards. */
  static open(url: string, events: SocketEvents, protocol?: string): Promise<LoadSocket> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${url} did not upgrade in time`)), UPGRADE_MS)
      let isOpen = false
      const closed = (reason: string) => {
        clearTimeout(timer)
        if (isOpen) events.closed(reason)
        else reject(new Error(`${url}: ${reason}`))
      }
      const socket = new LoadSocket(
        new URL(url),
        protocol,
        { ...events, frame: events.frame, closed },
        () => {
          clearTimeout(timer)
          isOpen = true
          resolve(socket)
        },
      )
    })
  }

  sendText(text: string): void {
    this.#send(TEXT, Buffer.byteLength(text), (frame, at) => frame.write(text, at))
  }

  sendBinary(bytes: Uint8Array): void {
    this.#send(BINARY, bytes.length, (frame, at) => frame.set(bytes, at))
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    const { readyState } = this.#socket
    if (readyState === 'open') this.#socket.end(Buffer.from([0x80 | CLOSE, 0x82, 0, 0, 0, 0, 0x03, 0xe8]))
    setTimeout(() => this.#socket.destroy(), 200).unref()
  }

  #end(reason: string): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#events.closed(reason)
  }

  #send(opcode: number, length: number, fill: (frame: Buffer, at: number) => void): void {
    if (this.#isClosed) return
    const head = length < 126 ? 6 : length < 65_536 ? 8 : 14
    const frame = Buffer.allocUnsafe(head + length)
    frame[0] = 0x80 | opcode
    frame[1] = 0x80 | (head === 6 ? length : head === 8 ? 126 : 127)
    if (head === 8) frame.writeUInt16BE(length, 2)
    if (head === 14) frame.writeBigUInt64BE(BigInt(length), 2)
    frame.fill(0, head - 4, head)
    fill(frame, head)
    this.#socket.write(frame)
  }

  #received(chunk: Buffer): void {
    if (this.#isClosed) return
    this.bytesIn += chunk.length
    let data = chunk
    if (this.#pieces.length > 0) {
      if (chunk.length > 0) this.#pieces.push(Buffer.from(chunk))
      this.#have += chunk.length
      if (this.#have < this.#need) return
      data = Buffer.concat(this.#pieces)
      this.#pieces = []
    }
    if (this.#opened !== null) {
      const from = this.#upgrade(data)
      this.#keep(data, from)
      // The caller of `open` must get the socket first.
      if (this.#opened === null && from < data.length) setImmediate(() => this.#received(NO_BYTES))
      return
    }
    let at = 0
    while (at < data.length && !this.#isClosed) {
      const end = this.#frame(data, at)
      if (end > data.length) {
        this.#keep(data, at)
        this.#need = end - at
        return
      }
      at = end
    }
  }

  #keep(data: Buffer, from: number): void {
    if (from >= data.length) return
    this.#pieces = [Buffer.from(data.subarray(from))]
    this.#have = data.length - from
    this.#need = this.#have
  }

  /** Reads the response to the upgrade. @returns the offset of the first frame */
  #upgrade(data: Buffer): number {
    const end = data.indexOf(HEAD_END)
    if (end < 0) return 0
    const status = data.toString('latin1', 0, data.indexOf('\r\n'))
    const opened = this.#opened
    this.#opened = null
    if (status.startsWith('HTTP/1.1 101')) opened?.()
    else {
      this.#end(`${status}: ${data.toString('latin1', end + 4, end + 300)}`)
      this.#socket.destroy()
    }
    return end + HEAD_END.length
  }

  /** Passes on the frame at `at` if it is complete. @returns the offset of its end */
  #frame(data: Buffer, at: number): number {
    const here = data.length - at
    if (here < 2) return at + 2
    const first = data[at] ?? 0
    const short = (data[at + 1] ?? 0) & 127
    const head = short < 126 ? 2 : short === 126 ? 4 : 10
    if (here < head) return at + head
    const start = at + head
    const length =
      head === 2
        ? short
        : head === 4
          ? data.readUInt16BE(at + 2)
          : data.readUInt32BE(at + 2) * 2 ** 32 + data.readUInt32BE(at + 6)
    const end = start + length
    if (end > data.length) return end
    const opcode = first & 15
    if (opcode === TEXT || opcode === BINARY) {
      if ((first & 0x80) === 0) throw new Error('a server sent a frame in fragments: not supported here')
      this.framesIn++
      this.#events.frame(data, start, end, opcode === TEXT)
    } else if (opcode === PING) {
      const payload = Buffer.from(data.subarray(start, end))
      this.#send(PONG, payload.length, (frame, to) => frame.set(payload, to))
    } else if (opcode === CLOSE) {
      const code = length >= 2 ? data.readUInt16BE(start) : 1005
      this.#reason = `closed with ${code} ${data.toString('utf8', start + 2, end)}`.trim()
      this.#end(this.#reason)
      this.#socket.end()
    }
    return end
  }
}
