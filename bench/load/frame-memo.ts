/**
 * Decodes a frame once, although every client of a room receives it: the result is cached by the frame's
 * bytes. So the load generator, which plays all clients, does not saturate before a server that sends few
 * large frames to many clients.
 */
const SLOTS = 1024
/** Bytes sampled for the hash. */
const SAMPLES = 24

interface Slot<T> {
  readonly bytes: Buffer
  readonly value: T
}

export class FrameMemo<T> {
  readonly #slots: (Slot<T> | undefined)[] = new Array(SLOTS)
  readonly #decode: (data: Buffer, start: number, end: number) => T

  constructor(decode: (data: Buffer, start: number, end: number) => T) {
    this.#decode = decode
  }

  /** The decoded frame. */
  read(data: Buffer, start: number, end: number): T {
    const length = end - start
    const step = Math.max(1, Math.floor(length / SAMPLES))
    let hash = length
    for (let i = start; i < end; i += step) hash = (hash * 31 + (data[i] ?? 0)) | 0
    const slot = (hash >>> 0) % SLOTS
    const known = this.#slots[slot]
    if (known?.bytes.length === length && known.bytes.compare(data, start, end) === 0) return known.value
    const value = this.#decode(data, start, end)
    this.#slots[slot] = { bytes: Buffer.from(data.subarray(start, end)), value }
    return value
  }
}
