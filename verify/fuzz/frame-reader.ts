/**
 * Decodes the bytes of a server into whole WebSocket messages and control frames. Trusts the server's
 * framing.
 */

export interface Message {
  readonly opcode: number
  readonly payload: Buffer
}

export class FrameReader {
  #bytes: Buffer = Buffer.alloc(0)
  #parts: Buffer[] = []
  #opcode = 0

  /** Takes the bytes that arrived and returns the messages that they complete. */
  read(more: Buffer): Message[] {
    const messages: Message[] = []
    this.#bytes = this.#bytes.length === 0 ? more : Buffer.concat([this.#bytes, more])
    for (let frame = this.#next(); frame !== null; frame = this.#next()) {
      const { opcode, isFinal, payload } = frame
      if (opcode >= 8) {
        messages.push({ opcode, payload })
        continue
      }
      if (opcode !== 0) this.#opcode = opcode
      this.#parts.push(payload)
      if (!isFinal) continue
      messages.push({ opcode: this.#opcode, payload: Buffer.concat(this.#parts) })
      this.#parts = []
    }
    return messages
  }

  #next(): { opcode: number; isFinal: boolean; payload: Buffer } | null {
    const bytes = this.#bytes
    if (bytes.length < 2) return null
    const [first = 0, second = 0] = bytes
    const short = second & 0x7f
    const start = short < 126 ? 2 : short === 126 ? 4 : 10
    if (bytes.length < start) return null
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
    if (bytes.length < start + length) return null
    this.#bytes = bytes.subarray(start + length)
    return {
      opcode: first & 0x0f,
      isFinal: (first & 0x80) !== 0,
      payload: bytes.subarray(start, start + length),
    }
  }
}
