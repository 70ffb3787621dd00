/**
 * Encodes and decodes Yjs updates (format version 1) of single letters, and awareness updates with a cursor,
 * without a document, so that the load generator needs none per client. One author seeded the document; each
 * letter goes between two neighbouring seeded letters.
 */
import { nameOf } from './adapter.ts'

/** Client ids: large numbers, like those that Yjs picks. */
export const SEED_AUTHOR = 4_000_000_000
export const FIRST_AUTHOR = 3_000_000_000

/** Name of the text in the document. */
export const TEXT = 'main'

const HAS_LEFT = 0x80
const HAS_RIGHT = 0x40
const HAS_KEY = 0x20
const GARBAGE = 0
const STRING = 4
const SKIP = 10

export class Writer {
  readonly #bytes: number[] = []

  byte(value: number): this {
    this.#bytes.push(value)
    return this
  }

  /** An unsigned integer, seven bits per byte, lowest first. */
  number(value: number): this {
    let rest = value
    while (rest > 127) {
      this.#bytes.push((rest % 128) | 128)
      rest = Math.floor(rest / 128)
    }
    this.#bytes.push(rest)
    return this
  }

  bytes(bytes: Uint8Array): this {
    this.number(bytes.length)
    for (const byte of bytes) this.#bytes.push(byte)
    return this
  }

  text(text: string): this {
    return this.bytes(Buffer.from(text))
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#bytes)
  }
}

export class Reader {
  readonly #data: Buffer
  at: number

  constructor(data: Buffer, at: number) {
    this.#data = data
    this.at = at
  }

  byte(): number {
    return this.#data[this.at++] ?? 0
  }

  number(): number {
    let value = 0
    let weight = 1
    for (;;) {
      const byte = this.byte()
      value += (byte & 127) * weight
      if (byte < 128) return value
      weight *= 128
    }
  }

  /** A view, without copying. */
  bytes(): Buffer {
    const length = this.number()
    this.at += length
    return this.#data.subarray(this.at - length, this.at)
  }
}

/** Op `n` of an author: inserts a letter before the seeded letter at `position`. */
export function letterUpdate(author: number, n: number, position: number, letter: string): Uint8Array {
  return new Writer()
    .number(1)
    .number(1)
    .number(author)
    .number(n)
    .byte(STRING | HAS_LEFT | HAS_RIGHT)
    .number(SEED_AUTHOR)
    .number(position - 1)
    .number(SEED_AUTHOR)
    .number(position)
    .text(letter)
    .number(0)
    .done()
}

/**
 * Move `clock` of an author's cursor, to before the seeded letter at `position`: the state of the usual
 * editor bindings, with the user and a selection of two relative positions.
 */
export function cursorUpdate(author: number, clock: number, position: number, index: number): Uint8Array {
  const item = { client: SEED_AUTHOR, clock: position }
  const place = { type: null, tname: TEXT, item, assoc: 0 }
  const user = { name: nameOf(index), color: '#30bced', colorLight: '#30bced33' }
  const state = { user, cursor: { anchor: place, head: place } }
  return new Writer().number(1).number(author).number(clock).text(JSON.stringify(state)).done()
}

/** The author of each state in an awareness update. */
export function cursorsOf(data: Buffer, start: number): readonly number[] {
  const reader = new Reader(data, start)
  return Array.from({ length: reader.number() }, () => {
    const author = reader.number()
    reader.number()
    reader.bytes()
    return author
  })
}

/** Author and clock of each letter inserted by an update, alternating. */
export function lettersOf(data: Buffer, start: number): readonly number[] {
  const reader = new Reader(data, start)
  const letters: number[] = []
  const authors = reader.number()
  for (let i = 0; i < authors; i++) {
    const structs = reader.number()
    const author = reader.number()
    let clock = reader.number()
    for (let j = 0; j < structs; j++) {
      const info = reader.byte()
      const kind = info & 31
      if (kind === GARBAGE || kind === SKIP) {
        clock += reader.number()
        continue
      }
      if (kind !== STRING) throw new Error(`an update has content of kind ${kind}, not a string`)
      const hasNeighbour = (info & (HAS_LEFT | HAS_RIGHT)) !== 0
      if ((info & HAS_LEFT) !== 0) pair(reader)
      if ((info & HAS_RIGHT) !== 0) pair(reader)
      if (!hasNeighbour) {
        // The parent: a root type by name, or an item.
        if (reader.number() === 1) reader.bytes()
        else pair(reader)
        if ((info & HAS_KEY) !== 0) reader.bytes()
      }
      // ASCII only: as many bytes as letters.
      const { length } = reader.bytes()
      for (let k = 0; k < length; k++) letters.push(author, clock++)
    }
  }
  return letters
}

function pair(reader: Reader): void {
  reader.number()
  reader.number()
}
